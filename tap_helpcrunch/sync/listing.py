"""All chats or all customers, the newest first, by the best way that works for this account."""

from __future__ import annotations

import logging
import typing as t
from dataclasses import dataclass, field

from tap_helpcrunch.api.envelope import PAGE, Page
from tap_helpcrunch.api.errors import HelpCrunchError, KeyRefusedError
from tap_helpcrunch.api.values import seconds
from tap_helpcrunch.sync.any_order import in_any_order
from tap_helpcrunch.sync.counts import Counts
from tap_helpcrunch.sync.descent import Descent
from tap_helpcrunch.sync.evidence import Evidence, Limit
from tap_helpcrunch.sync.place import TOP, Place, newest_first, of
from tap_helpcrunch.sync.source import ByKey, ByOffset
from tap_helpcrunch.sync.without_key import WithoutKey

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.api.questions import Api, Question
    from tap_helpcrunch.sync.bookmark import Walk

logger = logging.getLogger("tap-helpcrunch")

# Two lists of so many rows are read in seven minutes at the usual pace: a run of any schedule has time for them.
MOST_COMPARED = 40_000


@dataclass(slots=True)
class _Reading:
    """How far a reading has come, by one way or several.

    Attributes:
        start: the place behind which it began.
        place: where it is; the rows behind are still to be yielded.
        walk: the walk that it belongs to, or None.
        above: how many rows the same walk met above the start, in earlier readings.
        began: when that walk began, epoch seconds; None if this reading is the whole walk.
        failed_at: where the search failed, if it had shown rows before; None if it did not.
        top: the first place that the current way showed, or None.
        seen: the ids of all rows that the search showed or that were yielded.
        behind: how many rows were yielded.
    """

    start: Place
    place: Place
    walk: Walk | None = None
    above: int = 0
    began: int | None = None
    failed_at: Place | None = None
    top: Place | None = None
    seen: set[int] = field(default_factory=set)
    behind: int = 0

    @classmethod
    def of(cls, start: Place, walk: Walk | None) -> _Reading:
        if walk is None or start == TOP:
            return cls(start, start, walk)
        return cls(start, start, walk, walk.seen, walk.version)

    @property
    def first(self) -> Place:
        """The place from which, or behind which, rows were shown."""
        return self.start if self.start != TOP else self.top or TOP

    @property
    def shown(self) -> int:
        """How many rows were shown to the walk."""
        return len(self.seen) if self.began is None else self.above + self.behind

    def note(self, rows: list[Row], key: str) -> None:
        if rows and self.top is None:
            self.top = of(rows[0], key)
        self.seen.update(row["id"] for row in rows)


class Listing:
    """The rows of "chats" or "customers" in the order of one of their times.

    The search by key first; if it does not answer as documented, the listing by offset; if that has no order either,
    the whole listing as it comes. Chats without the time, which the search does not show, come last; such customers are
    read by whoever keeps how many of them were read.

    Attributes:
        key: the time.
        searched, listed: what the two endpoints have shown.
        counts: asks how many rows there are.
        total: how many rows there are from where the last reading began, by its first answer.
        every: how many ``GET /chats`` counted after the last reading; None if it was not asked.
        proven: how many rows the last whole reading showed, if its first page, of several, counted as many.
        left_out: the ids of rows that the search left out and the listing showed.
        has_order: whether rows come in the order of the time.
    """

    def __init__(self, api: Api, limit: Limit, what: str, key: str) -> None:
        """Read by the field ``key`` ("createdAt", "lastSeen")."""
        self.key = key
        self.searched = Evidence(limit)
        self.listed = Evidence(limit)
        self.counts = Counts(api, what, key)
        self.total: int | None = None
        self.every: int | None = None
        self.proven: int | None = None
        self.left_out: set[int] = set()
        self.has_order = True
        self._compared: list[Walk | None] = []  # walks whose rows were compared with what is counted
        self._comes_late = False
        self._api = api
        self._what = what
        self._ways: list[Callable[[Place, str], Iterator[list[Row]]]] = [
            self._by_key,
            self._by_offset,
            self._as_it_comes,
        ]

    @property
    def is_searched(self) -> bool:
        """Whether the search works, as far as it was tried."""
        return self._ways[0] == self._by_key

    @property
    def can_resume(self) -> bool:
        """Whether a reading can be interrupted now and resumed: what was left out comes when its place is passed."""
        return self.has_order and not self._comes_late

    def by_offset(self, key: str | None = None) -> ByOffset:
        """Return the listing, sorted by this time or else by the usual one."""
        sort = key or self.key

        def ask(offset: int) -> Question[Page]:
            return self._api.listing(self._what, sort=f"{self._what}.{sort}", order="desc", offset=offset)

        return ByOffset(f"GET /{self._what} by {sort}", sort, self.listed, ask)

    def newest_first(self, start: Place = TOP, stop: str = "", walk: Walk | None = None) -> Iterator[list[Row]]:
        """Yield the rows behind a place, in lists; the list with a row older than ``stop`` is the last one.

        Args:
            start: the place.
            stop: the time.
            walk: the walk that continues here, if it began above the place. The rows that it met count too.

        Raises:
            HelpCrunchError: if no way reaches the end of the list.
        """
        self.total = self.every = None
        self._comes_late = False
        reading = _Reading.of(start, walk)
        while True:
            try:
                if (yield from self._reaches(reading, stop)):
                    return
            except HelpCrunchError as fault:
                if len(self._ways) == 1 or isinstance(fault, KeyRefusedError):
                    raise
                self._take_next_way(str(fault), reading)
                continue
            if reading.top is None and self._another_way_has_rows(reading, stop):
                self._take_next_way(f"no row shows {self.key}", reading)
                continue
            if not stop:
                self._note_proven(reading)
            yield from self._rest(reading)
            return

    def _reaches(self, reading: _Reading, stop: str) -> t.Generator[list[Row], None, bool]:
        """Yield the rows by the first way that is left; return whether one is older than ``stop``."""
        reading.top = None
        for rows in self._ways[0](reading.place, stop):
            behind = [row for row in rows if of(row, self.key) < reading.place]
            # What the search left out above the place is not yielded here, so it does not count as seen either.
            reading.note(rows if self.is_searched else behind, self.key)
            if behind:
                reading.behind += len(behind)
                yield behind
                reading.place = of(behind[-1], self.key) if self.has_order else reading.place
            if self.has_order and of(rows[-1], self.key)[0] < stop:
                return True
        return False

    def _note_proven(self, reading: _Reading) -> None:
        is_whole = reading.start == TOP and self.total == len(reading.seen) > PAGE
        self.proven = self.total if is_whole else None

    def _take_next_way(self, reason: str, reading: _Reading) -> None:
        logger.warning("%s: %s are read in another way", reason, self._what)
        if self.is_searched and reading.place != reading.start:
            reading.failed_at = reading.place
        del self._ways[0]
        self.has_order = len(self._ways) > 1

    def _rest(self, reading: _Reading) -> Iterator[list[Row]]:
        """Yield the rows that a reading by key or by offset cannot show but the listing does."""
        if reading.failed_at or (self.is_searched and self._is_incomplete(reading)):
            self._comes_late = True
            for rows in self._left_out(reading):
                logger.warning("POST /%s/search left out %d rows that GET /%s lists", self._what, len(rows), self._what)
                self.left_out.update(row["id"] for row in rows)
                yield rows
        elif self._ways[0] == self._by_offset:
            for rows in self._without_key(reading):
                self._comes_late = True
                yield rows

    def _without_key(self, reading: _Reading) -> Iterator[list[Row]]:
        """Yield the chats without the time; without an order, they came with the others."""
        if self._what != "chats" or not self.has_order:
            return
        for rows in WithoutKey(self.by_offset(), None, lambda _every: None).rows():
            missing = [row for row in rows if row["id"] not in reading.seen]
            if missing:
                yield missing

    def _left_out(self, reading: _Reading) -> Iterator[list[Row]]:
        """Yield the rows that the listing shows but the search left out, down to where it failed if it did."""
        stop = ""
        if reading.failed_at:
            stop = reading.failed_at[0]
        elif reading.above > MOST_COMPARED:
            logger.warning(
                "more %s are counted than POST /%s/search showed; of so many, only the last are compared",
                self._what,
                self._what,
            )
        elif reading.began is not None:
            reading = self._from_top(reading)
        # Also above the newest row that the search showed: its index may lag by more than a round's moment allows for.
        way = self._ways[1] if self.is_searched else self._ways[0]
        for rows in way(reading.start, stop):
            missing = [row for row in rows if row["id"] not in reading.seen and of(row, self.key) < reading.start]
            if missing:
                yield missing
        yield from self._without_key(reading)

    def _is_incomplete(self, reading: _Reading) -> bool:
        """Return whether the search or the listing counts more rows than the search showed.

        Asked once per run and walk: a search that always counts differently is not at fault.
        """
        if reading.top is None or any(walk is reading.walk for walk in self._compared):
            return False
        self._compared.append(reading.walk)
        return self._counts_more(reading) or self._lists_more(reading.shown)

    def _from_top(self, reading: _Reading) -> _Reading:
        """Return a reading of the whole walk, since the ids that its earlier readings showed are no longer known."""
        whole = _Reading(TOP, TOP)
        for rows in self._by_key(TOP, reading.start[0]):
            whole.note(rows, self.key)
        whole.seen |= reading.seen
        return whole

    def _counts_more(self, reading: _Reading) -> bool:
        """Return whether the search counts more rows than it showed, in this reading or in the whole walk."""
        seen = len(reading.seen)
        # Rows that were deleted meanwhile are no longer counted.
        if (self.total or 0) > seen and (self.counts.searched(seconds(reading.first[0]) + 1) or 0) > seen:
            return True
        return reading.began is not None and (self.counts.searched(reading.began) or 0) > reading.shown

    def _lists_more(self, shown: int) -> bool:
        """Return whether the listing counts more chats than the search; of customers, those would be the never seen."""
        if self._what != "chats":
            return False
        self.every = self.counts.listed_if_possible()
        return self.every is not None and self.counts.hidden(self.every, shown) > 0

    def _another_way_has_rows(self, reading: _Reading, stop: str) -> bool:
        """Return whether the listing has rows where the search has none, or, if it is read itself, none with the time.

        Without the time nothing shows where to stop. If there is no stop, whoever expects such rows reads them.
        """
        if not (self.is_searched or (self.has_order and stop and reading.start == TOP)):
            return False
        rows = self.by_offset().first(reading.place).answer().rows
        are_any = self._what == "chats" or not self.is_searched  # also those without the time
        return any(of(row, self.key) < reading.place and (are_any or row.get(self.key)) for row in rows)

    def _by_key(self, place: Place, stop: str) -> Iterator[list[Row]]:
        source = ByKey(self._api, self.searched, self._what, self.key)
        question = source.first(place)
        self.total = self.total or question.answer().total
        yield from Descent(source, place, stop, question)

    def _by_offset(self, place: Place, stop: str) -> Iterator[list[Row]]:
        yield from Descent(self.by_offset(), place, stop)

    def _as_it_comes(self, place: Place, _stop: str) -> Iterator[list[Row]]:
        source = self.by_offset()

        def read(offset: int) -> tuple[Page, bool]:
            page = source.ask(offset).answer()
            is_last = self.listed.is_last(page, offset)
            return Page(page.rows, self.listed.proven_total(page)), is_last

        for rows in in_any_order(source.name, read):
            behind = [row for row in rows if of(row, self.key) < place]
            yield newest_first(behind, self.key) if behind else rows[:0]
