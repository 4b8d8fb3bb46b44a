"""Walks through all rows: when the next refresh is due, and what a walk that came to its end has proven."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from tap_helpcrunch.api.account import condition
from tap_helpcrunch.sync.moments import INDEX_LAG, earlier
from tap_helpcrunch.sync.position import TOP
from tap_helpcrunch.sync.source import EVER

if t.TYPE_CHECKING:
    from tap_helpcrunch.api.account import Account
    from tap_helpcrunch.sync.bookmark import Bookmark, Walk
    from tap_helpcrunch.sync.round import Round


# A walk that met less than this share of what is listed, less a few, was shown a part.
LISTED_SHARE, FEW = 0.5, 5


@dataclass(slots=True)
class Walks:
    """The walks of a run.

    Attributes:
        days: after so many days a stream is walked again, by the stream's name; absent: never.
        versioned: whether records carry the version of their walk.
        ended: streams whose walk ended, each with why it does not prove what exists (None: it does).
        refreshed: how many rows refreshes brought.
    """

    days: dict[str, float]
    versioned: bool
    ended: list[tuple[str, str | None]] = field(default_factory=list)
    refreshed: int = 0
    _begun: set[str] = field(default_factory=set)

    def begin_run(self, walk: Walk) -> None:
        """Note what a run does to a walk that is under way."""
        walk.is_whole = walk.is_whole and self.versioned

    def begin(self, walk: Walk, now: Round) -> None:
        """Begin a walk, a first load or a refresh."""
        walk.version = max(walk.version + 1, now.epoch)
        walk.seen, walk.is_whole = 0, self.versioned

    def is_due(self, stream: str, walk: Walk, now: Round) -> bool:
        """Tell whether a refresh is under way, or begin one whose time has come."""
        if walk.place is not None:
            return True
        days = self.days.get(stream)
        is_over = days is None or walk.ended is None or walk.ended > earlier(now.now, days * 24)
        if days is None or is_over or stream in self._begun:
            return False
        self._begun.add(stream)  # once a run, whatever the clock says
        self.begin(walk, now)
        walk.place = TOP
        return True

    def end(self, stream: str, bookmark: Bookmark, total: int | None, now: Round) -> None:
        """End a walk that came to the end of its list."""
        walk = bookmark.walk
        walk.place, walk.ended = None, now.moment
        if self.versioned and walk.version:
            self.ended.append((stream, self._doubt(walk, total)))

    def _doubt(self, walk: Walk, total: int | None) -> str | None:
        if not walk.is_whole:
            return "not all records since the walk began carry its version, or some could not be read"
        if total is None:
            return "the API does not count the rows"
        return f"the API counts {total:,} rows, the walk met {walk.seen:,}" if walk.seen < total else None

    def counted(self, account: Account, what: str, key: str, walk: Walk) -> int | None:
        """Return how many "chats" or "customers" a walk must have met; None if that is not needed or not told.

        The search and the listing are both asked, for they may not tell the same.
        """
        if not self.versioned:
            return None
        until = max(EVER, walk.version - int(INDEX_LAG.total_seconds()))
        name = f"{what}.{key}"
        page = account.search(what, [condition(name, "<=", until)], sort=name, order="desc", limit=1).answer()
        every = account.count(what)
        if page.total is None or page.total < len(page.rows) or every is None:
            return None
        # A total that counts the rows of its page says 1: so many were asked for.
        if min(page.total, every) <= 1 < walk.seen:
            return None
        # The listing counts newcomers and, of customers, those never seen; but a search that shows a part is found out.
        return max(page.total, int(every * LISTED_SHARE) - FEW)
