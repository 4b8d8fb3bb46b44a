"""The two ways to list all chats or all customers: the search by key, and the plain listing by offset."""

import heapq
import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter

from tap_helpcrunch import logger
from tap_helpcrunch.api.envelope import Counts, Page, Row
from tap_helpcrunch.api.errors import HelpCrunchError, UnprovenError
from tap_helpcrunch.api.questions import Api, Question, condition
from tap_helpcrunch.api.times import earlier, moment, seconds
from tap_helpcrunch.sync.descend import OVERLAP, begin, descend, passes
from tap_helpcrunch.sync.feeds import BOTTOM, TOP, Feed, KeyFeed, OffsetFeed, Place, of
from tap_helpcrunch.sync.mark import Mark, Walk
from tap_helpcrunch.sync.rounds import Round

EVER = 1  # what a filter for everything begins with: 0 is a value that no document shows
MOST_LOOKS = 4  # at a list whose rows move
# A walk that met so many fewer rows than the one before, and a tenth, may have met an index that is being rebuilt.
FAR_FEWER = 20


class Lists:
    """All "chats" or "customers" by a time: the search by key, or else the listing by offset."""

    def __init__(self, api: Api, what: str, key: str) -> None:
        """Read by the field ``key`` ("createdAt", "lastSeen")."""
        self.key = key
        self.total = 0  # how many rows there were from where the last walk began, by its first answer
        self.search_works = True  # whether the search answers as documented, as far as it was asked
        self.is_mixed = False  # whether it failed on the way: rows that it left out above were not looked for
        self._searched, self.listed = Counts(), Counts()
        self._api, self._what = api, what

    def walk(self, place: Place = TOP, stop: str = "", met: int = 0) -> Iterator[list[Row]]:
        """Yield the rows behind a place, before which so many were met; a list with one before ``stop`` is last."""
        self.total = 0
        if self.search_works:
            try:
                for rows in self._behind(self.by_key(), place, stop):
                    yield rows
                    place, met = of(rows[-1], self.key), met + len(rows)
            except HelpCrunchError as fault:
                logger.warning("%s: falling back to GET /%s", fault, self._what)
                self.search_works, self.is_mixed = False, place != TOP
            else:
                return
        yield from self._behind(self.by_offset(), place, stop, met - 1)

    def _behind(self, feed: Feed, place: Place, stop: str, guess: int = 0) -> Iterator[list[Row]]:
        for rows in descend(feed, begin(feed, place, guess), stop):
            self.total = self.total or feed.counted
            if behind := [row for row in rows if of(row, self.key) < place]:
                yield behind
                place = of(behind[-1], self.key)

    def by_key(self) -> KeyFeed:
        """Return the search by the time."""
        sort = f"{self._what}.{self.key}"

        def ask(offset: int, *conditions: tuple[str, int]) -> Question[Page]:
            asked = [condition(sort, *one) for one in conditions or ((">=", EVER),)]
            return self._api.search(self._what, asked, sort=sort, order="desc", offset=offset)

        return KeyFeed(f"POST /{self._what}/search by {self.key}", self.key, self._searched, ask)

    def by_offset(self) -> OffsetFeed:
        """Return the listing by the time."""
        ask = partial(self._api.listing, self._what, sort=f"{self._what}.{self.key}", order="desc")
        name = f"GET /{self._what} by {self.key}"
        return OffsetFeed(name, self.key, self.listed, ask, lambda rows: not any(self.key in row for row in rows))

    def expected(self, met: int, until: int) -> int | None:
        """Return how many rows a walk must have met: all but those after a time in epoch seconds; None: unknown."""
        with suppress(HelpCrunchError):
            every = self._api.count(self._what)
            # Else it counts something else; 1 may be the only row of the page.
            if every not in {None, 1} and every >= met - max(FAR_FEWER, met // 10):
                return every if every <= met else every - self._newer(until)
        return None

    def _newer(self, until: int) -> int:
        """Return how many rows have a later time, in epoch seconds; a total is off by as much as that of all rows."""
        sort, stop = f"{self._what}.{self.key}", moment(until) or ""
        if self.search_works:
            later = [condition(sort, ">", until)]
            page: Page = self._api.search(self._what, later, sort=sort, order="desc", limit=1).answer()
            if page.total is not None:
                return page.total
        return sum((row.get(self.key) or "") > stop for rows in self.walk(stop=stop) for row in rows)

    def left_out(self) -> Iterator[list[Row]]:
        """Yield the rows that the listing shows and the search does not, or if that failed on the way, all of them."""
        if not self.search_works:
            yield from self._behind(self.by_offset(), TOP, "") if self.is_mixed else ()
            return
        search, listing = self._places(self.by_key()), self._places(self.by_offset())
        both = heapq.merge(search, listing, key=itemgetter(0), reverse=True)
        left_out = 0
        for _, found in itertools.groupby(both, key=itemgetter(0)):
            shown = {is_searched: row for _, is_searched, row in found}
            if True not in shown:
                left_out += 1
                yield [shown[False]]
        if left_out:
            logger.warning("POST /%s/search left out %d rows of GET /%s", self._what, left_out, self._what)

    def _places(self, feed: Feed) -> Iterator[tuple[Place, bool, Row]]:
        for rows in descend(feed, begin(feed)):
            for row in rows:
                yield of(row, self.key), isinstance(feed, KeyFeed), row

    def without_key(self, met: int, cursor: list[int]) -> Iterator[tuple[list[int], list[Row]]]:
        """Yield the rows of the listing that lack the time, with a cursor to resume behind them.

        About so many rows met have the time. A cursor is how many were read, and the ids of the last of them.
        """
        feed = self.by_offset()
        found = self._first_without_key(feed, met)
        if found is None:
            return
        start: int = found
        skipped = max(0, cursor[0] - OVERLAP) if cursor else 0
        if skipped and [row["id"] for row in feed.at(start + skipped).page.rows[:OVERLAP]] != cursor[1:]:
            skipped = 0

        def read(offset: int) -> tuple[Page, bool]:
            nonlocal start
            at = feed.at(start + offset, twice=False) if offset or not start else feed.seek(BOTTOM, start - 1)
            start = start if offset or not start else at.offset + len(at.dated)
            rows = [row for row in at.page.rows if not row.get(self.key)]
            is_last = feed.counts.is_last(at.page, at.offset) or not rows or bool(at.page.rows[-1].get(self.key))
            total = at.page.total - start if at.page.total and start else None
            return Page(rows, total), is_last

        done, last = skipped, list[int]()
        for rows in passes(f"{feed.name}, rows without it", read, feed.counts, skipped):
            done += len(rows)
            last = [*last, *(row["id"] for row in rows)][-OVERLAP:]
            yield [done, *last], rows

    def _first_without_key(self, feed: OffsetFeed, met: int) -> int | None:
        """Return where the rows without the time begin: first or last, whatever the order; None if there are none."""
        bottom = feed.at(max(0, met - 1))
        if not bottom.offset and not bottom.page.rows:
            return None
        if (len(bottom.dated), len(bottom.page.rows), feed.counts.is_last(bottom.page, bottom.offset)) == (1, 1, True):
            return None  # the last one has the time, and none without it comes before the first
        if feed.nulls_come_first(feed.at(0) if bottom.offset else bottom):
            return 0
        at = feed.seek(BOTTOM, met - 2)
        if met and not at.dated:
            raise UnprovenError(f"{feed.name} shows none of the known rows")
        end = at.offset + len(at.dated)
        # If more rows are listed than were met, those without the time may be the first: perhaps that answer was odd.
        return 0 if end > met and feed.nulls_come_first(feed.at(0)) else end


def settled(read: Callable[[str], Iterator[list[Row]]], key: str, floor: str, moment: str) -> Iterator[list[Row]]:
    """Yield the rows of which the time is ``floor`` or later, some twice; ``read`` reads the list back to a time.

    It is read until it fits a page: what moves to the top meanwhile, from a page not read yet to one that was, is found
    there by the next reading, back to the moment when the first one began.
    """
    stop = floor
    for _ in range(MOST_LOOKS):
        pages = 0
        for rows in read(stop):
            pages += 1
            yield [row for row in rows if (row.get(key) or "") >= floor]
        if pages <= 1:
            return
        stop = max(floor, moment)


@dataclass(slots=True)
class Walks:
    """The walks of a run through all rows: first loads and refreshes, by the names of their streams."""

    days: dict[str, float | None]  # after how many days a stream is walked again; None: never
    versioned: bool  # whether records carry the version of their walk
    left_out: set[str] = field(default_factory=set)  # of which a setting leaves out rows: their walks prove nothing
    # What ended, each with the reason why it does not prove what exists (None: it does).
    outcomes: list[tuple[str, str | None]] = field(default_factory=list)
    refreshed: dict[str, Mark] = field(default_factory=dict)  # whose refresh this run began or continued
    empty: set[str] = field(default_factory=set)  # of which the first walk met nothing

    def proves(self, stream: str) -> bool:
        """Return whether records of this run can belong to a walk that proves what exists."""
        return self.versioned and stream not in self.left_out

    def down(self, lists: Lists, marks: dict[str, Mark], now: Round) -> Iterator[list[Row]]:
        """Yield the rows from the walks' place on; begin the walks when the first answer tells the time."""
        place = max(mark.walk.place or TOP for mark in marks.values())
        met = min(mark.walk.seen if mark.walk.place else 0 for mark in marks.values())
        listed = lists.walk(place, met=met) if place != BOTTOM else iter(())
        first = next(listed, [])
        for name, mark in marks.items():
            self.begin(name, mark, now)
        yield from itertools.chain([first] if first else [], listed)

    def begin(self, stream: str, mark: Mark, now: Round) -> None:
        """Begin a walk, a first load or a refresh, unless one is under way or, for a refresh, not due.

        Call it after an answer, which shows the time, and before what changed is brought, which carries the version.
        """
        walk = mark.walk
        if mark.is_complete:
            due = earlier(now.now, 24 * days) if (days := self.days[stream]) else ""
            if walk.place is None and (stream in self.refreshed or (walk.ended or "") > due):
                return  # once per run, whatever the clock says
            self.refreshed[stream] = mark
        if walk.place is None:
            walk.version = max(walk.version + 1, seconds(now.now))
            walk.place, walk.before, walk.seen, walk.whole = TOP, walk.seen, 0, self.proves(stream)

    def is_under_way(self, stream: str, mark: Mark) -> bool:
        """Return whether a walk is to be continued, or begun because the first load is not complete."""
        return bool(mark.walk.place) or not (mark.is_complete or stream in self.empty)

    def end(self, stream: str, mark: Mark, expected: int | None, now: Round) -> None:
        """End a walk that has reached the end of its list; ``expected`` is how many rows it must have met."""
        walk = mark.walk
        walk.place = None
        if not walk.seen and not mark.is_complete:  # an absence is not believed: the next run is a first one again
            mark.since = None
            self.empty.add(stream)
            return
        walk.ended = now.moment
        mark.since = mark.since or now.moment
        if self.versioned and walk.version:
            self.outcomes.append((stream, _doubt(walk, expected)))


def _doubt(walk: Walk, expected: int | None) -> str | None:
    """Return why a walk does not prove which rows exist; None if it does."""
    if not walk.whole:
        return "not all records since the walk began carry its version, or some were left out or could not be read"
    if not walk.seen:
        return "the walk found no rows"  # an account that looks empty by mistake looks like an empty one
    if walk.before - walk.seen > max(FAR_FEWER, walk.before // 10):
        return f"the walk found {walk.seen:,} rows, the one before {walk.before:,}: a second walk must confirm this"
    if expected is None:
        return "the API does not count the rows"
    return f"the API counts {expected:,} rows, the walk found {walk.seen:,}" if walk.seen < expected else None
