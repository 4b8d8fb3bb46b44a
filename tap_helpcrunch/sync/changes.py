"""Which chats changed since a moment, by the fewest requests.

Chats carry no ``updatedAt``. What the documents offer: a listing with the newest ``lastMessageAt`` first, search
filters by ``createdAt`` and ``closedAt`` (joined by OR in one request), and, in some versions of them only, a filter by
``chats.updatedAt``: it may work, be refused with 400, or be ignored, when it returns everything. So a probe decides
whether to use it; nothing depends on it.
"""

from __future__ import annotations

import logging
import typing as t

from tap_helpcrunch.api.account import condition
from tap_helpcrunch.api.errors import RejectedError
from tap_helpcrunch.api.values import seconds
from tap_helpcrunch.sync.moments import DAWN
from tap_helpcrunch.sync.newest import NewestFirst
from tap_helpcrunch.sync.walk import Walk

if t.TYPE_CHECKING:
    from tap_helpcrunch.api.account import Account
    from tap_helpcrunch.api.envelope import Row

FAR_FUTURE = 4_000_000_000  # epoch seconds; in the year 2096

logger = logging.getLogger("tap-helpcrunch")


class Changes:
    """Finds changed chats. One object serves a run: what the probe and the listing taught is kept."""

    def __init__(self, account: Account, without_messages: int) -> None:
        """Begin with how many chats had no message at the last count (a hint where the newest-first listing begins)."""
        self._account = account
        self._newest = NewestFirst(account, without_messages)
        self._fields: list[str] | None = None

    @property
    def without_messages(self) -> int:
        """How many chats without messages the listing shows before the newest; 0 where it shows them last."""
        return self._newest.nulls

    def since(self, moment: str) -> list[Row]:
        """Return the chats to which something happened at the moment or later.

        They got a message, were created, were closed, or (where the API tells) changed at all.

        In order of creation, each once.
        """
        found = {row["id"]: row for row in self._newest.since(moment)}
        for row in self._moved(moment):
            found[row["id"]] = row
        return sorted(found.values(), key=lambda row: (row.get("createdAt") or DAWN, row["id"]))

    def _moved(self, moment: str) -> list[Row]:
        if self._fields is None:
            self._fields = ["chats.createdAt", "chats.closedAt"]
            if self._updated_at_works():
                self._fields.append("chats.updatedAt")
        filters = [condition(field, ">=", seconds(moment)) for field in self._fields]
        page = self._account.search("chats", filters, comparison="OR", sort="chats.createdAt", order="asc").answer()
        # One answer is one moment: nothing can slip between pages. Where it takes more of them, walk by key for each
        # field apart, for a key cannot be joined to an OR.
        if not page.goes_on():
            return page.rows
        rows = [row for rows in Walk(self._account, "chats", "createdAt").pages(moment) for row in rows]
        for condition_ in filters[1:]:
            for more in Walk(self._account, "chats", "createdAt", [condition_]).pages(DAWN):
                rows.extend(more)
        return rows

    def _updated_at_works(self) -> bool:
        """Ask for chats updated in the far future: no row means that the filter is honoured."""
        try:
            page = self._account.search(
                "chats", [condition("chats.updatedAt", ">=", FAR_FUTURE)], sort="chats.createdAt", order="asc"
            ).answer()
        except RejectedError:
            logger.info(
                "this account does not search by chats.updatedAt: changes that move no chat come with its next visit"
            )
            return False
        if page.rows:
            logger.info(
                "this account ignores the filter chats.updatedAt: changes that move no chat come with its next visit"
            )
        return not page.rows
