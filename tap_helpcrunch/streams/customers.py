"""The stream ``customers``: POST /customers/search by ``lastSeen``, GET /customers for those who were never seen."""

from __future__ import annotations

import typing as t

from tap_helpcrunch.api.models import CUSTOMER
from tap_helpcrunch.progress import Progress
from tap_helpcrunch.streams.base import HelpCrunchStream
from tap_helpcrunch.streams.chats import FULL_TABLE
from tap_helpcrunch.sync.bookmark import Bookmark
from tap_helpcrunch.sync.moments import DAWN
from tap_helpcrunch.sync.unseen import never_seen
from tap_helpcrunch.sync.walk import Walk

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record


class CustomersStream(HelpCrunchStream):
    """Every customer on the first run, later those seen since.

    The walk goes up by ``lastSeen``: a customer who comes back meanwhile moves ahead of it and is met again, so the
    place it has reached is itself the bookmark. Customers who were never seen have no ``lastSeen``; they come with the
    first run (or a full refresh).
    """

    name = "customers"
    model = CUSTOMER
    replication_key = "lastSeen"

    def get_records(self, context: Context | None) -> Iterator[Record]:  # noqa: ARG002
        """Yield the customers, page by page; after each page write the STATE."""
        session = self.session
        bookmark = (
            Bookmark() if self.replication_method == FULL_TABLE else Bookmark.read(self.stream_state.get("account"))
        )
        bookmark.expect(session.settings.start_date)
        if bookmark.since is None:
            yield from never_seen(session.account)
        start = session.bounds.back(bookmark.since) or DAWN
        walk, done = Walk(session.account, "customers", "lastSeen"), 0
        with Progress("customers", session) as progress:
            for rows in walk.pages(start):
                yield from rows
                seen = [row["lastSeen"] for row in rows if row.get("lastSeen")]
                # What was written just before the run began may become visible only after the walk has passed its
                # place.
                bookmark.since = min(max([*seen, start, bookmark.since or DAWN]), session.began)
                self._keep(bookmark)
                done += len(rows)
                progress.tell(done, walk.total)
        bookmark.ended(session.began)
        self._keep(bookmark)

    def _keep(self, bookmark: Bookmark) -> None:
        self.keep({"account": bookmark.written()})
        self.write_state()
