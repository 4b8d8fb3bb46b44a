"""A list sorted by a time, newest first: how to request its pages, and what shows that two of them join.

A search is read by key ("created at or before"), which neither additions nor deletions disturb; a listing by offset.
"""

from __future__ import annotations

import itertools
import typing as t
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from tap_helpcrunch.api.envelope import PAGE, Page
from tap_helpcrunch.api.errors import RejectedError, UnprovenError
from tap_helpcrunch.api.times import second, seconds, to_datetime, to_moment

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_helpcrunch.api.envelope import Counts, Row
    from tap_helpcrunch.api.questions import Question

# A place in a list that goes from the newest row to the oldest: the row's time, and its id, which distinguishes rows of
# one time. Places compare as tuples do, so a walk can stop and resume inside a second that many rows share.
Place = tuple[str, int]
TOP: Place = ("~", 0)  # above every row
BOTTOM: Place = ("", 0)  # behind the last one

MOST_STEPS = 64  # to find a place in a listing
_FAR = 1 << 40  # an offset behind every row


def of(row: Row, key: str) -> Place:
    """Return a row's place in a list sorted by this field; rows without it are at the bottom."""
    return row.get(key) or "", row["id"]


def newest_first(rows: Iterable[Row], key: str) -> list[Row]:
    """Return the rows in the order of their places."""
    return sorted(rows, key=lambda row: of(row, key), reverse=True)


@dataclass(slots=True)
class Window:
    """A page, and where it was requested.

    Attributes:
        page: the answer.
        dated: its rows that have the time by which the list is sorted.
        offset: where it began, if the list is read by offset.
        until: only rows of this time or earlier were requested; "" for all.
    """

    page: Page
    dated: list[Row]
    offset: int = 0
    until: str = ""


class _Feed:
    """What both kinds have in common.

    Attributes:
        name: for error messages.
        key: the field with the time.
        counts: what its endpoint has shown.
        counted: the largest ``total`` so far.
        is_odd: returns whether rows lack what they must show.
        looks: whether a short page counts as the last one only if the next request shows nothing more, where no total
            proves it.
    """

    looks = True

    def __init__(
        self, name: str, key: str, counts: Counts, is_odd: Callable[[list[Row]], bool] = lambda _rows: False
    ) -> None:
        """Prepare to read; nothing is requested yet."""
        self.name, self.key, self.counts, self.is_odd = name, key, counts, is_odd
        self.counted = 0

    def is_in_order(self, page: Page) -> bool:
        """Return whether the rows of a page that have the time are sorted by its second, newest first."""
        times = [self.bucket(row) for row in page.rows if row.get(self.key)]
        return times == sorted(times, reverse=True)

    def bucket(self, row: Row) -> str:
        """Return a row's second: filters take whole seconds, and within one, rows may come in any order."""
        return second(row[self.key])

    def asked_twice(self, ask: Callable[[], Page], offset: int) -> Page:
        """Return a page; one that is shorter than it should be, or not in order, is requested twice."""
        page = ask()
        total = self.counts.total(page)
        self.counted = max(self.counted, total or 0)
        is_long = self._is_long(page, 1 if total is None else min(PAGE, total - offset))
        if is_long and self.is_in_order(page):
            return page
        again = ask()
        ids = {row["id"] for row in page.rows}
        if is_long or len(again.rows) > len(page.rows) or any(row["id"] not in ids for row in again.rows):
            return again
        self.counts.short |= {len(page.rows)} - {0}
        return page

    def _is_long(self, page: Page, expected: int) -> bool:
        size = len(page.rows)
        return size > 0 and (size >= expected or size in self.counts.short)


class KeyFeed(_Feed):
    """A search, read by key: the next page is what was at the last second or before."""

    def __init__(
        self,
        name: str,
        key: str,
        counts: Counts,
        ask: Callable[..., Question[Page]],
        is_odd: Callable[[list[Row]], bool],
    ) -> None:
        """Read by ``ask(offset, *conditions)``, each condition an operator and epoch seconds."""
        super().__init__(name, key, counts, is_odd)
        self._ask = ask

    def first(self, place: Place, guess: int) -> Window:  # noqa: ARG002 - a place needs no offset here
        """Request the rows behind a place."""
        if place == TOP:
            return self._window()
        return self._window(place[0]) if place[1] else self._window("", ("<", seconds(place[0])))

    def follow(self, last: Window, further: int) -> Window:
        """Request the rows of the last second and before."""
        lowest = self.bucket(last.dated[-1])
        ties = sum(self.bucket(row) == lowest for row in last.dated)
        return self._window(last.dated[max(0, len(last.dated) - ties * further)][self.key])

    def joins(self, window: Window, last: Window) -> bool:
        """Return whether it shows a row of the last page."""
        return not {row["id"] for row in window.page.rows}.isdisjoint(row["id"] for row in last.page.rows)

    def is_crowd(self, window: Window, edge: str) -> bool:  # noqa: ARG002
        """Return True: it began with the last second."""
        return True

    def crowd(self, window: Window, edge: str) -> Callable[[int], tuple[Page, bool]]:  # noqa: ARG002
        """Return what reads the rows of one second."""
        asked = (">=", seconds(edge)), ("<=", seconds(edge) + 1)

        def read(offset: int) -> tuple[Page, bool]:
            page = self._ask(offset, *asked).answer()
            # A row without its time counts as not seen yet.
            rows = [row for row in page.rows if row.get(self.key)]
            return Page(rows, page.total), self.counts.is_last(page, offset)

        return read

    def _window(self, until: str = "", *conditions: tuple[str, int]) -> Window:
        # A second more than shown: what is stored may have fractions that are not shown.
        asked = (("<=", seconds(until) + 1),) if until else conditions
        page = self.asked_twice(lambda: self._ask(0, *asked).answer(), 0)
        bound = to_moment(to_datetime(second(until)) + timedelta(seconds=2)) if until else ""
        return Window(page, [row for row in page.rows if row.get(self.key)], until=bound)


@dataclass(slots=True)
class _Search:
    """A search for the offset of a place: in growing steps, then by halves.

    Attributes:
        low: the last offset known to be before the place.
        high: the first one known to be behind it.
        step: how far the next step goes.
    """

    low: int = 0
    high: int = _FAR
    step: int = PAGE - 1

    def next_offset(self, window: Window, before: int) -> int | None:
        """Return where to look after a page of which so many first rows are before the place; None if it shows it."""
        if before:
            self.low = window.offset + before - 1
        else:
            self.high = window.offset
        if self.high in {0, self.low + 1} or 0 < before < len(window.page.rows):
            return None
        if self.high == _FAR:
            self.step, step = self.step * 4, self.step
            return self.low + step
        return self.low if self.high - self.low < PAGE else (self.low + self.high) // 2


class OffsetFeed(_Feed):
    """A listing, read by offset.

    Attributes:
        nulls: how many rows without the time come before the newest: a guess, then what was found.
    """

    def __init__(
        self,
        name: str,
        key: str,
        counts: Counts,
        ask: Callable[[int], Question[Page]],
        is_odd: Callable[[list[Row]], bool] = lambda _rows: False,
        *,
        nulls: int = 0,
    ) -> None:
        """Read by ``ask(offset)``."""
        super().__init__(name, key, counts, is_odd)
        self._ask = ask
        self.nulls = nulls

    def first(self, place: Place, guess: int) -> Window:
        """Request the page that begins with the last row before a place, and shows those behind."""
        window = self.seek(place, guess or self.nulls - 1)
        if place == TOP:
            leading = sum(1 for _ in itertools.takewhile(lambda row: not row.get(self.key), window.page.rows))
            self.nulls = window.offset + leading if leading else 0
        elif not window.dated:
            raise UnprovenError(f"{self.name} shows nothing of what is known")
        elif not self._any_behind(window, place):
            window = self.at(window.offset)
            return window if self._any_behind(window, place) else Window(Page([]), [])
        return window

    def follow(self, last: Window, further: int) -> Window:
        """Request the rows from the one before those of the last time on."""
        lowest, size = self.bucket(last.dated[-1]), last.page.rows.index(last.dated[-1]) + 1
        ties = sum(self.bucket(row) == lowest for row in last.dated)
        back = min((ties + 1) * further, max(ties + 1, size - 1))
        return self.at(max(0, last.offset + size - back))

    def joins(self, window: Window, last: Window) -> bool:
        """Return whether it begins above the rows of the last page's last time."""
        if window.offset == 0 or not window.dated:
            return window.offset == 0
        # Where rows without the time come first, the newest row follows them.
        is_after_nulls = window.offset < self.nulls and not window.page.rows[0].get(self.key)
        return is_after_nulls or self.bucket(window.dated[0]) > self.bucket(last.dated[-1])

    def is_crowd(self, window: Window, edge: str) -> bool:
        """Return whether half of the page or more has this time."""
        return sum(self.bucket(row) == edge for row in window.dated) >= len(window.dated) // 2

    def crowd(self, window: Window, edge: str) -> Callable[[int], tuple[Page, bool]]:
        """Return what reads the rows of one time."""
        begin = window.offset + sum(1 for row in window.dated if self.bucket(row) > edge)

        def read(offset: int) -> tuple[Page, bool]:
            at = self.at(begin + offset, twice=False)
            is_over = bool(at.dated) and self.bucket(at.dated[-1]) < edge
            rows = [row for row in at.dated if self.bucket(row) == edge]
            return Page(rows), is_over or self.counts.is_last(at.page, at.offset)

        return read

    def at(self, offset: int, *, twice: bool = True) -> Window:
        """Request the page at an offset."""

        def ask() -> Page:
            return self._ask(offset).answer()

        page = self.asked_twice(ask, offset) if twice else ask()
        return Window(page, [row for row in page.rows if row.get(self.key)], offset)

    def seek(self, place: Place, guess: int, top: Window | None = None) -> Window:
        """Return the page that begins with a row before a place and shows the first one behind it.

        Or the first page, if no row is before it; or the last one, if all are.

        Args:
            place: what is sought.
            guess: the offset where it may be.
            top: the first page, if it was read already.

        Raises:
            UnprovenError: the list moves too fast.
        """
        if known := self._guessed(place, guess):
            return known
        window, search = top or self.at(0), _Search()
        if self.is_odd(window.page.rows):  # an answer without times does not tell whether they come first or last
            window = self.at(0)
        nulls_first = bool(window.page.rows) and not window.page.rows[0].get(self.key)
        for _ in range(MOST_STEPS):
            before = self._before(window, place, nulls_first=nulls_first)
            is_last = before > 0 and self.counts.is_last(window.page, window.offset)
            offset = search.next_offset(window, before)
            if offset is None or is_last or offset == window.offset:
                return window
            window = self.at(offset)
        raise UnprovenError(f"{self.name}: rows that were listed are not found again")

    def _guessed(self, place: Place, guess: int) -> Window | None:
        """Return the page at a guess, if it shows the place."""
        with suppress(RejectedError):  # an offset that far may be refused
            if guess > 0 and self._shows(window := self.at(guess), place):
                return window
        return None

    def _before(self, window: Window, place: Place, *, nulls_first: bool) -> int:
        """Return how many rows at the beginning of a page are before a place."""
        before = (not self._is_behind(row, place) if row.get(self.key) else nulls_first for row in window.page.rows)
        return sum(1 for _ in itertools.takewhile(bool, before))

    def _any_behind(self, window: Window, place: Place) -> bool:
        return any(self._is_behind(row, place) for row in window.dated)

    def _is_behind(self, row: Row, place: Place) -> bool:
        return of(row, self.key) < place

    def _shows(self, window: Window, place: Place) -> bool:
        """Return whether a page begins before a place, and ends behind it or with the list."""
        if not window.page.rows:
            return False
        first, last = window.page.rows[0], window.page.rows[-1]
        if place == TOP:
            return not first.get(self.key) and bool(last.get(self.key))
        is_end = self._is_behind(last, place) or self.counts.is_last(window.page, window.offset)
        return bool(first.get(self.key)) and not self._is_behind(first, place) and is_end


Feed = KeyFeed | OffsetFeed
