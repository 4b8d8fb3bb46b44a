"""The two ways to list all chats or all customers: the search by key, and the plain listing by offset."""

from __future__ import annotations

import logging
import typing as t
from dataclasses import dataclass, field

from tap_helpcrunch.api.envelope import Counts, Page
from tap_helpcrunch.api.errors import HelpCrunchError
from tap_helpcrunch.api.questions import condition
from tap_helpcrunch.api.times import earlier, moment
from tap_helpcrunch.sync.descend import begin, descend, passes
from tap_helpcrunch.sync.feeds import BOTTOM, TOP, KeyFeed, OffsetFeed, of

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.api.questions import Api, Question
    from tap_helpcrunch.sync.feeds import Feed, Place
    from tap_helpcrunch.sync.mark import Mark, Walk
    from tap_helpcrunch.sync.rounds import Round

logger = logging.getLogger("tap-helpcrunch")

EVER = 1  # what a filter for everything begins with: 0 is a value that no document shows
MOST_LOOKS = 4  # at a list whose rows move
# A walk that met so many fewer rows than the one before, and a tenth, may have met an index that is being rebuilt.
FAR_FEWER = 20


class Lists:
    """All "chats" or "customers" by a time: the search by key, or else the listing by offset.

    Attributes:
        key: the time.
        total: how many rows there were from where the last walk began, by its first answer.
        search_works: whether the search answers as documented, as far as it was asked.
        is_mixed: whether it failed when it had brought rows already: what it hid above is not known.
    """

    def __init__(self, api: Api, what: str, key: str) -> None:
        """Read by the field ``key`` ("createdAt", "lastSeen")."""
        self.key = key
        self.total = 0
        self.search_works, self.is_mixed = True, False
        self.searched, self._listed = Counts(), Counts()
        self._api, self._what = api, what

    def walk(self, place: Place = TOP, stop: str = "") -> Iterator[list[Row]]:
        """Yield the rows behind a place, in lists; the list with a row older than ``stop`` is the last one."""
        self.total = 0
        feeds: list[Feed] = [self.by_key(), self.by_offset()]
        for feed in feeds if self.search_works else feeds[1:]:
            try:
                for rows in descend(feed, begin(feed, place), stop):
                    self.total = self.total or feed.counted
                    behind = [row for row in rows if of(row, self.key) < place]
                    if behind:
                        yield behind
                        place = of(behind[-1], self.key)
            except HelpCrunchError as fault:
                if fault.refuses_all or isinstance(feed, OffsetFeed):
                    raise
                logger.warning("%s: falling back to GET /%s", fault, self._what)
                self.search_works = False
                self.is_mixed = place != TOP
            else:
                return

    def by_key(self) -> KeyFeed:
        """Return the search by the time."""
        sort = f"{self._what}.{self.key}"

        def ask(offset: int, *conditions: tuple[str, int]) -> Question[Page]:
            asked = [condition(sort, *one) for one in conditions or ((">=", EVER),)]
            return self._api.search(self._what, asked, sort=sort, order="desc", offset=offset)

        name = f"POST /{self._what}/search by {self.key}"
        return KeyFeed(
            name, self.key, self.searched, ask, is_odd=lambda rows: not all(row.get(self.key) for row in rows)
        )

    def by_offset(
        self, key: str = "", *, nulls: int = 0, is_odd: Callable[[list[Row]], bool] | None = None
    ) -> OffsetFeed:
        """Return the listing, sorted by this time or else by the usual one."""
        key = key or self.key

        def lack_key(rows: list[Row]) -> bool:
            return bool(rows) and not any(key in row for row in rows)

        def ask(offset: int) -> Question[Page]:
            return self._api.listing(self._what, sort=f"{self._what}.{key}", order="desc", offset=offset)

        return OffsetFeed(f"GET /{self._what} by {key}", key, self._listed, ask, is_odd or lack_key, nulls=nulls)

    def expected(self, met: int, until: int) -> int | None:
        """Return how many rows a walk must have met; None if the API does not count them.

        Args:
            met: how many it has met.
            until: rows whose time is later, in epoch seconds, need not be among them.
        """
        try:
            every = self._api.count(self._what)
            if every is None or every < met - max(FAR_FEWER, met // 10):  # it counts something else
                return None
            newer = self._newer(until) if met < every else 0
        except HelpCrunchError as fault:
            if fault.refuses_all:
                raise
            return None
        return None if newer is None else every - newer

    def _newer(self, until: int) -> int | None:
        """Return how many rows have a time later than these epoch seconds, if the API counts them."""
        if self.search_works:
            sort = f"{self._what}.{self.key}"
            later = [condition(sort, ">", until)]
            page: Page = self._api.search(self._what, later, sort=sort, order="desc", limit=1).answer()
            return page.total if page.rows or page.total is not None else 0
        stop = moment(until) or ""
        return sum(str(row.get(self.key) or "") > stop for rows in self.walk(stop=stop) for row in rows)

    def left_out(self) -> Iterator[list[Row]]:
        """Yield the rows that the listing shows and the search does not; both are read side by side."""
        if not self.search_works:
            return
        search, listing = self.by_key(), self.by_offset()
        searched, down = descend(search, begin(search)), TOP[0]
        shown: dict[int, str] = {}
        for rows in descend(listing, begin(listing)):
            edge = rows[-1][self.key]
            while down > edge:
                found = next(searched, [])
                shown |= {row["id"]: row[self.key] for row in found}
                down = found[-1][self.key] if found else ""
            missing = [row for row in rows if row["id"] not in shown]
            if missing:
                logger.warning("POST /%s/search left out %d rows of GET /%s", self._what, len(missing), self._what)
                yield missing
            shown = {number: time for number, time in shown.items() if time <= edge}

    def without_key(self, met: int, cursor: list[int]) -> Iterator[list[Row]]:
        """Yield the rows of the listing that lack the time; they come first or last, whatever order is requested.

        Args:
            met: how many rows have the time, as far as that is known: where the others may begin.
            cursor: how many were read before, and the ids of the last of them; emptied if these are not there again.
        """
        feed = self.by_offset()
        bottom = feed.at(max(0, met - 1))
        if not bottom.offset and not bottom.page.rows:
            return
        if len(bottom.dated) == len(bottom.page.rows) == 1 and feed.counts.is_last(bottom.page, bottom.offset):
            return  # the last one has the time, and none without it comes before the first
        top = feed.at(0) if bottom.offset else bottom
        comes_first = bool(top.page.rows) and not top.page.rows[0].get(self.key)
        start = 0 if comes_first else max(0, met - 1)

        def read(offset: int) -> tuple[Page, bool]:
            nonlocal start
            at = feed.at(start + offset, twice=False) if offset or comes_first else feed.seek(BOTTOM, start - 1, top)
            start = start if offset or comes_first else at.offset + len(at.dated)
            rows = [row for row in at.page.rows if not row.get(self.key)]
            is_over = not rows or bool(at.page.rows[-1].get(self.key))
            is_last = feed.counts.is_last(at.page, at.offset)
            total = feed.counts.total(at.page)
            return Page(rows, total - start if total and start else None), is_over or is_last

        yield from passes(f"{feed.name}, rows without it", read, feed.counts, cursor)


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
    """The walks of a run through all rows: first loads and refreshes.

    Attributes:
        days: after how many days a stream is walked again, by the stream's name; absent: never.
        versioned: whether records carry the version of their walk.
        left_out: streams of which a setting leaves out rows that exist; a walk with such a run in it proves nothing.
        outcomes: streams whose walk ended, each with the reason why it does not prove what exists (None: it does).
        refreshed: the marks of streams whose refresh this run began or continued.
        empty: streams of which the first walk met nothing.
    """

    days: dict[str, float]
    versioned: bool
    left_out: set[str] = field(default_factory=set)
    outcomes: list[tuple[str, str | None]] = field(default_factory=list)
    refreshed: dict[str, Mark] = field(default_factory=dict)
    empty: set[str] = field(default_factory=set)

    def proves(self, stream: str) -> bool:
        """Return whether records of this run can belong to a walk that proves what exists."""
        return self.versioned and stream not in self.left_out

    def begin(self, stream: str, mark: Mark, now: Round) -> None:
        """Begin a walk, a first load or a refresh, unless one is under way or, for a refresh, not due.

        Call it after an answer, which shows what time it is, and before what changed is brought: it has to carry the
        version, or an answer that is too old to show it would remove it.
        """
        walk = mark.walk
        if mark.is_complete:
            if walk.place is None and (stream in self.refreshed or not self._is_due(stream, walk, now)):
                return  # once per run, whatever the clock says
            self.refreshed[stream] = mark
        if walk.place is None:
            walk.version = max(walk.version + 1, now.epoch)
            walk.place, walk.before, walk.seen, walk.whole = TOP, walk.seen, 0, self.proves(stream)

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

    def _is_due(self, stream: str, walk: Walk, now: Round) -> bool:
        days = self.days.get(stream)
        return days is not None and (walk.ended or "") <= earlier(now.now, days * 24)


def _doubt(walk: Walk, expected: int | None) -> str | None:
    """Return why a walk does not prove which rows exist; None if it does."""
    if not walk.whole:
        return "not all records since the walk began carry its version, or some were left out or could not be read"
    if not walk.seen:
        return "the walk met no rows"  # an account that looks empty by mistake looks like an empty one
    if walk.before - walk.seen > max(FAR_FEWER, walk.before // 10):
        return f"the walk met {walk.seen:,} rows, the one before {walk.before:,}: another one has to meet as few"
    if expected is None:
        return "the API does not count the rows"
    return f"the API counts {expected:,} rows, the walk met {walk.seen:,}" if walk.seen < expected else None
