"""The customers: those seen since the last run, those still missing, those due to be listed again."""

from __future__ import annotations

import typing as t
from functools import partial

from tap_helpcrunch.api.errors import UnprovenError
from tap_helpcrunch.sync.changed import changed
from tap_helpcrunch.sync.listing import Listing
from tap_helpcrunch.sync.place import BOTTOM, TOP, of
from tap_helpcrunch.sync.visit import Group
from tap_helpcrunch.sync.without_key import WithoutKey

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.api.questions import Api
    from tap_helpcrunch.sync.bookmark import Bookmark
    from tap_helpcrunch.sync.evidence import Limit
    from tap_helpcrunch.sync.place import Place
    from tap_helpcrunch.sync.round import Round
    from tap_helpcrunch.sync.visit import Bounds
    from tap_helpcrunch.sync.walks import Walks

CUSTOMERS, SEEN = "customers", "lastSeen"


class People:
    """The part of a run that brings ``customers``.

    A customer who comes back moves to the top of the list, perhaps from where a walk has not been yet to where it has.
    So those seen since a walk began are requested once more before it counts as ended.
    """

    name, turn = "customers", 1

    def __init__(self, api: Api, limit: Limit, bounds: Bounds, walks: Walks, bookmark: Bookmark) -> None:
        """Plan a run."""
        self.brought = 0
        self.expected: int = 0
        self.can_pause = True  # whether the next round can go on behind the last group
        self._api = api
        self._bounds = bounds
        self._walks = walks
        self._bookmark = bookmark
        self._listing = Listing(api, limit, CUSTOMERS, SEEN)
        self._look_again = False
        self._has_looked_again = False
        self._just_seen: dict[int, str] = {}  # by id; the walk brought them, so the look after it need not
        walks.begin_run(CUSTOMERS, bookmark.walk)

    def begin(self, now: Round) -> None:
        """Begin a round."""
        self._round = now
        self._at_bottom = self._bookmark.walk.place == BOTTOM

    @property
    def needs_round(self) -> bool:
        """Whether there is work for another round."""
        return self._bookmark.since is None or self._bookmark.walk.place is not None or self._look_again

    def finish(self, group: Group) -> None:
        """Move the bookmark past a group that is written."""
        self.brought += len(group.rows)
        group.on_written()

    def how_far(self) -> tuple[str | None, str | None]:
        """Return the moment up to which changes are in, and how far back history goes; None: to the beginning."""
        ends = self._bookmark.moved.ends
        if self._bookmark.since is not None:
            return self._bookmark.since, None
        return (ends[0][1], ends[-1][0][0]) if ends else (None, "")

    def changes(self) -> Iterator[Group]:
        """Yield the customers who were seen since they were complete."""
        now, pages = self._round, 0
        stretches = self._bookmark.moved.all(self._bookmark.since)
        if stretches[0].since is None:
            self._bounds = self._bounds.without_lookback()
        for rows, place in changed(stretches, SEEN, self._bounds.back, self._listing.newest_first):
            pages += bool(rows)
            news = [row for row in rows if self._just_seen.get(row["id"], "") != row.get(SEEN)]
            yield Group(news, on_written=partial(self._came_to, now, place if self._listing.has_order else None))
        if self._bookmark.since is not None:
            yield Group(on_written=partial(self._caught_up, now))
        self._look_again = pages > 1 and not self._has_looked_again
        self._has_looked_again = self._look_again

    def retries(self) -> Iterator[Group]:
        """Yield nothing: customers come in pages, which are retried at once."""
        return iter(())

    def history(self) -> Iterator[Group]:
        """Yield the customers who are still missing, then those who are due to be listed again."""
        walk, now = self._bookmark.walk, self._round
        if self._bookmark.since is None:
            ends = self._bookmark.moved.ends
            if not ends:
                self._walks.begin(CUSTOMERS, walk, now)
            yield from self._walked(ends[-1][0] if ends else TOP, self._came_to)
            yield Group(on_written=partial(self._complete, now))
        elif not self._walks.is_due(CUSTOMERS, walk, now):
            return
        elif walk.place != BOTTOM:
            yield from self._walked(walk.place or TOP, self._walked_to)
        # Those who came back during the walk are requested first, in the next round.
        if self._at_bottom:
            total = self._walks.counted(self._listing, walk)
            yield Group(on_written=partial(self._walks.end, CUSTOMERS, self._bookmark, total, now))

    def _walked(self, start: Place, note: t.Callable[[Round, Place | None], None]) -> Iterator[Group]:
        """Yield all customers behind a place, then those who were never seen."""
        now = self._round
        if start == TOP:
            self._just_seen.clear()
        self._bookmark.walk.beyond = 0
        for rows in self._listing.newest_first(start, walk=self._bookmark.walk) if start != BOTTOM else ():
            self._note_just_seen(rows)
            self.expected = max(self.expected, self.brought + (self._listing.total or 0))
            self._walks.listed(CUSTOMERS, self._listing.total or 0)
            self.can_pause = self._listing.can_resume
            place = of(rows[-1], SEEN) if self.can_pause else None
            yield Group(rows, on_written=partial(self._count, len(rows), place, partial(note, now)))
        if not self._listing.has_order:
            # The reading had them among the others; nothing shows that it was whole.
            yield Group(on_written=partial(self._reached_bottom, partial(note, now, BOTTOM), are_counted=False))
            return
        source = self._listing.by_offset()
        never_seen = WithoutKey(source, self._bookmark.never_seen, self._never_seen_count)
        for rows in never_seen.rows():
            self.can_pause = self._listing.has_order and never_seen.place is not None
            yield Group(rows, on_written=partial(self._came_to_never_seen, len(rows), never_seen.place))
        are_counted = never_seen.are_counted
        yield Group(on_written=partial(self._reached_bottom, partial(note, now, BOTTOM), are_counted=are_counted))

    def _never_seen_count(self, every: int | None) -> int | None:
        """Return how many were never seen: all customers less those who were; None if the API does not count.

        Args:
            every: how many a page of the listing counted, if it did.
        """
        if not self._listing.is_searched:
            return None
        counts = self._listing.counts
        every = counts.listed() if every is None else every
        found = counts.searched() if every != self._listing.proven else every
        if every == 0 and found:
            raise UnprovenError(f"GET /{CUSTOMERS} counts none, the search counts {found:,}")
        return None if found is None or every is None else every - found

    def _count(self, rows: int, place: Place | None, note: t.Callable[[Place | None], None]) -> None:
        if place is None:
            self._bookmark.walk.beyond += rows
        else:
            self._bookmark.walk.seen += rows
        self._walks.brought(CUSTOMERS, rows)
        note(place)

    def _came_to_never_seen(self, rows: int, place: tuple[int, int] | None) -> None:
        self._bookmark.never_seen = place
        self._walks.brought(CUSTOMERS, rows)

    def _came_to(self, now: Round, place: Place | None) -> None:
        if place is not None:
            self._bookmark.moved.came_to(place, now.moment)

    def _note_just_seen(self, rows: list[Row]) -> None:
        """Note those seen since the round began: the look for those who came back finds them again, by its margin."""
        began = self._round.moment
        self._just_seen |= {row["id"]: row[SEEN] for row in rows if (row.get(SEEN) or "") >= began}

    def _walked_to(self, _now: Round, place: Place | None) -> None:
        self._bookmark.walk.place = place or self._bookmark.walk.place

    def _reached_bottom(self, note: t.Callable[[], None], *, are_counted: bool) -> None:
        walk = self._bookmark.walk
        self._bookmark.never_seen = None
        walk.is_whole = walk.is_whole and are_counted
        walk.place, walk.seen, walk.beyond = BOTTOM, walk.met, 0
        note()

    def _complete(self, now: Round) -> None:
        """Note that the first load is complete; its walk ends once those who came back meanwhile are in."""
        self._bookmark.since = now.moment
        self._bookmark.moved.clear()

    def _caught_up(self, now: Round) -> None:
        self._bookmark.distrust_future(now.now)
        self._bookmark.caught_up(now.moment)
        self._bounds = self._bounds.without_lookback()
