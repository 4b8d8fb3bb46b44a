"""Walks through all rows: when the next refresh is due, and what a walk that has ended proves."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from tap_helpcrunch.sync.moments import INDEX_LAG, earlier
from tap_helpcrunch.sync.place import TOP

if t.TYPE_CHECKING:
    from tap_helpcrunch.sync.bookmark import Bookmark, Walk
    from tap_helpcrunch.sync.listing import Listing
    from tap_helpcrunch.sync.round import Round


# A walk that met less than this share of what is listed, minus a few, was shown only a part.
LISTED_SHARE, FEW = 0.5, 5


@dataclass(slots=True)
class Refresh:
    """A refresh in a run.

    Attributes:
        before: how many rows earlier runs brought; a refresh may take several runs.
        rows: how many rows this run brought; for the stream of messages, how many chats were read again.
        listed: how many rows there are to bring in all, as far as the API has said.
        is_over: whether it has ended.
    """

    before: int
    rows: int = 0
    listed: int = 0
    is_over: bool = False

    @property
    def how_far(self) -> str:
        """The rows brought, of all there are."""
        brought = self.before + self.rows
        return f"{brought:,} of {max(brought, self.listed):,}"


@dataclass(slots=True)
class Walks:
    """The walks of a run.

    Attributes:
        days: after how many days a stream is walked again, by the stream's name; absent: never.
        versioned: whether records carry the version of their walk.
        outcomes: streams whose walk ended, each with the reason why it does not prove what exists (None: it does).
        refreshes: those that this run began or continued, by the stream's name.
        left_out: streams of which a setting leaves out rows that exist; a walk with such a run in it proves nothing.
    """

    days: dict[str, float]
    versioned: bool
    outcomes: list[tuple[str, str | None]] = field(default_factory=list)
    refreshes: dict[str, Refresh] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    _refreshed: set[str] = field(default_factory=set)

    def begin_run(self, stream: str, walk: Walk) -> None:
        """Begin a run: if it cannot prove what exists, a walk that is under way is no longer whole."""
        walk.is_whole = walk.is_whole and self._proves(stream)

    def begin(self, stream: str, walk: Walk, now: Round) -> None:
        """Begin a walk, a first load or a refresh."""
        walk.version = max(walk.version + 1, now.epoch)
        walk.seen, walk.beyond, walk.is_whole = 0, 0, self._proves(stream)

    def _proves(self, stream: str) -> bool:
        return self.versioned and stream not in self.left_out

    def is_due(self, stream: str, walk: Walk, now: Round) -> bool:
        """Return whether a refresh is under way; if one is due, begin it."""
        if walk.place is not None:
            if walk.ended is not None:  # else it is the end of a first load
                self.refreshes.setdefault(stream, Refresh(walk.seen))
            return True
        days = self.days.get(stream)
        if days is None or walk.ended is None or stream in self._refreshed:
            return False
        if walk.ended > earlier(now.now, days * 24):
            return False
        self._refreshed.add(stream)  # once per run, whatever the clock says
        self.begin(stream, walk, now)
        walk.place = TOP
        self.refreshes[stream] = Refresh(0)
        return True

    def brought(self, stream: str, rows: int) -> None:
        """Count rows that a refresh brought; those of a first load are counted elsewhere."""
        if stream in self.refreshes:
            self.refreshes[stream].rows += rows

    def listed(self, stream: str, rows: int) -> None:
        """Note how many rows a refresh has to bring in this run."""
        if stream in self.refreshes:
            self.refreshes[stream].listed = self.refreshes[stream].before + rows

    def end(self, stream: str, bookmark: Bookmark, total: int | None, now: Round) -> None:
        """End a walk that has reached the end of its list."""
        walk = bookmark.walk
        walk.place, walk.ended = None, now.moment
        if stream in self.refreshes:
            self.refreshes[stream].is_over = True
        if self.versioned and walk.version:
            self.outcomes.append((stream, self._doubt(walk, total)))

    def _doubt(self, walk: Walk, total: int | None) -> str | None:
        if not walk.is_whole:
            return "not all records since the walk began carry its version, or some were left out or could not be read"
        if not walk.met:
            return "the walk met no rows"  # an account that looks empty by mistake looks like an empty one
        if total is None:
            return "the API does not count the rows"
        return f"the API counts {total:,} rows, the walk met {walk.met:,}" if walk.met < total else None

    def counted(self, listing: Listing, walk: Walk) -> int | None:
        """Return how many customers seen a walk must have met; None if that is not needed or not known."""
        if not self.versioned:
            return None
        found = listing.proven
        if found is None and listing.is_searched:
            found = listing.counts.searched(walk.version - int(INDEX_LAG.total_seconds()))
        # A total that counts the rows of its page says 1, because the request has a limit of 1.
        return None if found is None or found <= 1 < walk.met else found

    def counted_chats(self, listing: Listing, walk: Walk) -> int | None:
        """Return how many chats a walk must have met: the search and the listing may disagree."""
        found = self.counted(listing, walk)
        if found is None:
            return None
        every = listing.counts.listed() if listing.every is None else listing.every
        if every is None or every <= 1 < walk.met:
            return None
        # The listing also counts chats that are newer than the walk, but it reveals a search that shows only a part.
        return max(found + listing.counts.hidden(every, found), int(every * LISTED_SHARE) - FEW)
