"""Which chats changed without a message that moves them: created or closed ones, and what ``chats.updatedAt`` tells.

Chats carry no ``updatedAt``. What the documents offer: search filters by ``createdAt`` and ``closedAt`` (joined by OR
in one request), and, in some versions of them only, a filter by ``chats.updatedAt``: it may work, be refused with 400,
or be ignored, when it returns everything. So a probe decides whether to use it; nothing depends on it.
"""

from __future__ import annotations

import logging
import typing as t

from tap_helpcrunch.api.account import condition
from tap_helpcrunch.api.errors import HelpCrunchError, KeyRefusedError, UnprovenError
from tap_helpcrunch.api.values import seconds
from tap_helpcrunch.sync.descent import Descent
from tap_helpcrunch.sync.source import EVER, ByOffset

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.account import Account
    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.sync.listing import Listing

FAR_FUTURE = 2_000_000_000  # epoch seconds; in the year 2033, and within 32 bits

logger = logging.getLogger("tap-helpcrunch")


class Announced:
    """Asks for them. One object serves a run: what the probe taught is kept."""

    def __init__(self, account: Account, listing: Listing) -> None:
        """Share the listing with the walks."""
        self._account = account
        self._listing = listing
        self._updated_at: bool | None = None
        self._search_works = True

    @property
    def by_updates(self) -> bool:
        """Whether some of the chats were found by ``chats.updatedAt``."""
        return bool(self._updated_at) and self._search_works

    def since(self, moment: str, known: Row | None) -> Iterator[list[Row]]:
        """Yield the chats created, closed or otherwise changed at the moment or later, by their creation.

        Args:
            moment: since when.
            known: a chat that exists. It is asked for too, so that an answer without it shows that the search does not
                tell the truth; so some chats may come that did not change.
        """
        if self._search_works:
            try:
                yield from self._searched(moment, known)
            except HelpCrunchError as fault:
                if isinstance(fault, KeyRefusedError):
                    raise
                self._search_works = False
                logger.warning("%s: created and closed chats are listed instead", fault)
            else:
                return
        yield from self._listing.newest_first(stop=moment)
        yield from Descent(self._listing.by_offset("closedAt"), stop=moment)

    def any_chat(self) -> bool:
        """Tell whether the search finds a chat at all: where the listing is empty, an account may have none."""
        ever = condition("chats.createdAt", ">=", EVER)
        return bool(self._account.search("chats", [ever], sort="chats.createdAt", order="desc", limit=1).answer().rows)

    def _searched(self, moment: str, known: Row | None) -> Iterator[list[Row]]:
        created = min(moment, (known or {}).get("createdAt") or moment)
        asked = [("chats.createdAt", created), ("chats.closedAt", moment)]
        if self._updated_at_works():
            asked.append(("chats.updatedAt", moment))
        filters = [condition(field, ">=", max(EVER, seconds(since))) for field, since in asked]
        source = ByOffset(
            "POST /chats/search for what changed",
            "createdAt",
            self._listing.searched,
            lambda offset: self._account.search(
                "chats", filters, comparison="OR", sort="chats.createdAt", order="desc", offset=offset
            ),
        )
        missing = known is not None
        for rows in Descent(source):
            missing = missing and known not in rows and all(row["id"] != (known or {})["id"] for row in rows)
            yield rows
        if missing:
            raise UnprovenError(f"{source.name} leaves out a chat that GET /chats lists")

    def _updated_at_works(self) -> bool:
        """Ask once for chats updated in the far future: no row means that the filter is honoured."""
        if self._updated_at is None:
            field = condition("chats.updatedAt", ">=", FAR_FUTURE)
            question = self._account.search("chats", [field], optional=True, sort="chats.createdAt", order="desc")
            try:
                self._updated_at = not question.answer().rows
            except HelpCrunchError as fault:
                if isinstance(fault, KeyRefusedError):
                    raise
                self._updated_at = False
            if not self._updated_at:
                logger.info(
                    "this account does not search by chats.updatedAt: changes that move no chat come with its next "
                    "visit or refresh"
                )
        return self._updated_at
