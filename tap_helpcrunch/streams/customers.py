"""The stream ``customers``: POST /customers/search by ``lastSeen``, GET /customers for those never seen."""

from __future__ import annotations

from typing_extensions import override

from tap_helpcrunch.api.models import CUSTOMER
from tap_helpcrunch.streams.parts import ACCOUNT, FULL_TABLE, PartStream
from tap_helpcrunch.sync.bookmark import Bookmark
from tap_helpcrunch.sync.people import People
from tap_helpcrunch.sync.visit import Bounds


class CustomersStream(PartStream):
    """Every customer in the first run, newest first; in later runs those seen since.

    ``start_date`` does not limit them, because an old customer may have a chat that is still active.
    """

    name = "customers"
    model = CUSTOMER
    replication_key = "lastSeen"

    known: Bookmark

    @override
    def plan(self) -> People:
        """Plan the customers for a run."""
        session = self.session
        full = self.replication_method == FULL_TABLE
        self.known = Bookmark() if full else Bookmark.read(self.stream_state.get(ACCOUNT))
        self.known.expect(None, self.filter)
        self.note_what_is_left_out()
        bounds = Bounds(None, session.settings.lookback_hours)
        return People(session.api, session.limit, bounds, session.walks, self.known)

    @override
    def carry_versions(self) -> None:
        """Let the records carry the version of their walk."""
        self.carry(self.known.walk.version)

    @override
    def keep_bookmarks(self) -> None:
        """Keep the bookmark as it is now."""
        self.keep({ACCOUNT: self.known.to_state(self.session.latest)})
