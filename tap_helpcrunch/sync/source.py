"""The two ways to request a list that goes from the newest row to the oldest: by key and by offset.

An offset is a number in a list that shifts under it. A key is a value: no deletion or addition can hide a row from a
request for "created at or before the last one seen". Not every list can be requested by key. Either way, each page
repeats the last rows of the previous one, which is how a gap is noticed.
"""

from __future__ import annotations

import itertools
import typing as t

from tap_helpcrunch.api.envelope import PAGE, Page
from tap_helpcrunch.api.errors import RejectedError, UnprovenError
from tap_helpcrunch.api.questions import condition
from tap_helpcrunch.api.values import seconds
from tap_helpcrunch.sync.place import TOP, Place, of

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.api.questions import Api, Filter, Question
    from tap_helpcrunch.sync.evidence import Evidence

# What a filter for everything begins with: 0 is a value that no document shows.
EVER = 1
# Bisecting a list of any length takes half as many looks.
MOST_LOOKS = 60


class Source(t.Protocol):
    """Pages of a list, the newest row first.

    Attributes:
        name: the name of the list, for error messages.
        key: the field that sorts it.
        evidence: what this kind of list has shown.
        offset: where the page that was requested last begins, as ``total`` counts.
        shows_whole_times: whether a page begins with all rows of its first time, however they change places.
        looks_behind: whether the end of the list is worth a request if no total proves it.
        is_odd: returns whether a row lacks what it must show.
    """

    name: str
    key: str
    evidence: Evidence
    offset: int
    shows_whole_times: bool
    looks_behind: bool
    is_odd: Callable[[Row], bool]

    def first(self, start: Place) -> Question[Page]:
        """Request the page in which the rows behind a place begin."""

    def after(self, rows: list[Row], offset: int, back: int) -> Question[Page]:
        """Request the page that begins ``back`` rows before the end of ``rows``, which began at the offset."""

    def is_above(self, key: str) -> bool:
        """Return whether a time is newer than the page that was requested last may show."""

    def crowd(self, key: str) -> Callable[[int], tuple[Page, bool]]:
        """Return a function that reads the rows of one time by offset: the page, and whether it is the last."""

    def past_crowd(self, key: str, count: int) -> Question[Page]:
        """Request the page that begins with the last of ``count`` rows of one time."""


class ByKey:
    """``POST /chats/search`` or ``/customers/search``, filtered and sorted by one time."""

    shows_whole_times = True
    looks_behind = True

    def __init__(self, api: Api, evidence: Evidence, what: str, key: str) -> None:
        """Request "chats" or "customers" by the field ``key``."""
        self.name = f"POST /{what}/search by {key}"
        self.key = key
        self.evidence = evidence
        self.offset = 0
        self.is_odd: Callable[[Row], bool] = lambda row: not row.get(key)
        self._api = api
        self._what = what
        self._field = f"{what}.{key}"
        self._newest: int | None = None  # the second that the page requested last may begin with
        self._newer = 0  # rows of the next second that came with a crowd

    def first(self, start: Place) -> Question[Page]:
        """Request the page that begins with the time of a place."""
        return self._ask(condition(self._field, ">=", EVER)) if start == TOP else self._until(start[0])

    def after(self, rows: list[Row], offset: int, back: int) -> Question[Page]:  # noqa: ARG002
        """Request the page that begins with the time of one of the rows."""
        return self._until(of(rows[max(0, len(rows) - back)], self.key)[0])

    def is_above(self, key: str) -> bool:
        """Return whether a time is newer than requested: then the filter is ignored."""
        return self._newest is not None and seconds(key) > self._newest

    def crowd(self, key: str) -> Callable[[int], tuple[Page, bool]]:
        """Return a function that reads what is stored for a second."""
        second = seconds(key)
        within = (condition(self._field, ">=", second), condition(self._field, "<=", second + 1))

        newer = set[int]()

        def read(offset: int) -> tuple[Page, bool]:
            page = self._ask(*within, offset=offset).answer()
            newer.update(row["id"] for row in page.rows if (row.get(self.key) or "") > key)
            self._newer = len(newer)
            is_last = self.evidence.is_last(page, offset)
            return Page(page.rows, self.evidence.proven_total(page)), is_last

        return read

    def past_crowd(self, key: str, count: int) -> Question[Page]:
        """Request by offset the page that begins with a row of the second, which fills more than a page."""
        self._newest = seconds(key) + 1
        return self._ask(condition(self._field, "<=", self._newest), offset=self._newer + count - 1)

    def _until(self, key: str) -> Question[Page]:
        # A second more than shown: what is stored may have fractions that are not shown.
        self._newest = seconds(key) + 1
        return self._ask(condition(self._field, "<=", self._newest))

    def _ask(self, *filters: Filter, offset: int = 0) -> Question[Page]:
        self.offset = offset
        return self._api.search(self._what, list(filters), sort=self._field, order="desc", offset=offset)


class ByOffset:
    """A list that can only be requested by offset: a listing, a search joined by OR, a chat's messages."""

    shows_whole_times = False
    looks_behind = True

    def __init__(self, name: str, key: str, evidence: Evidence, ask: Callable[[int], Question[Page]]) -> None:
        """Request a list sorted by ``key`` with ``ask(offset)``; ``name`` is for error messages."""
        self.name = name
        self.key = key
        self.evidence = evidence
        self.offset = 0
        self.nulls = 0  # rows without the key that come before the newest: a guess, then what was found
        self.ask = ask
        self.is_odd: Callable[[Row], bool] = lambda _row: False

    def first(self, start: Place) -> Question[Page]:
        """Request the page that shows the first row that has the key and is behind the place."""

        def is_before(row: Row) -> bool:
            return not row.get(self.key) or (start != TOP and of(row, self.key) >= start)

        try:
            question = self.sought(is_before, self.nulls - 1)
        except RejectedError:
            # The guess may be beyond the highest offset that the API answers.
            question = self.sought(is_before, 0)
        rows = question.answer().rows
        if rows and all(map(is_before, rows)):
            # The guess may have missed those that are not: rows without the key may come last.
            top = self._believable(self.ask(0)).answer().rows
            question = question if all(map(is_before, top)) else self.sought(is_before, 0)
        if start == TOP:
            leading = itertools.takewhile(is_before, question.answer().rows)
            self.nulls = self.offset + sum(1 for _ in leading)
        return question

    def sought(self, is_before: Callable[[Row], bool], guess: int | None) -> Question[Page]:
        """Find by bisection the page that begins with a row before what is sought and shows the first that is not.

        Or the first page, if no row is before it; or the last one, if all are.

        Args:
            is_before: returns whether a row is before what is sought; such rows come first.
            guess: an offset that may hit it; None: the last row.

        Raises:
            UnprovenError: if the list keeps changing, has no order, or is empty behind some offset.
        """
        bisection = Bisection(guess)
        while (look := bisection.look()) is not None:
            question = self._believable(self._at(look))
            page = question.answer()
            before = [is_before(row) for row in page.rows]
            total = self.evidence.total(page)
            if not any(before[:1]):
                if look == 0:
                    return question
                bisection.begins_behind(look)
            elif not all(before) or self.evidence.is_last(page, look) or look in bisection.seen:
                # What was looked at twice is the end: nothing behind it could be seen.
                return question
            else:
                bisection.is_before(look, len(before), total)
        raise UnprovenError(f"{self.name}: no order, or rows that were listed are not found again")

    def _believable(self, question: Question[Page]) -> Question[Page]:
        """Return the request, or a second one if the page is empty or has odd rows."""
        rows = question.answer().rows
        if rows and not any(map(self.is_odd, rows)):
            return question
        again = question.again()
        rows = again.answer().rows
        if rows and all(map(self.is_odd, rows)):
            raise UnprovenError(f"{self.name}: rows lack {self.key}")
        return again

    def after(self, rows: list[Row], offset: int, back: int) -> Question[Page]:
        """Request the page that begins ``back`` rows before the end of ``rows``."""
        return self._at(offset + len(rows) - back)

    def is_above(self, key: str) -> bool:  # noqa: ARG002
        """Return False: an offset does not say how new its rows are."""
        return False

    def crowd(self, key: str) -> Callable[[int], tuple[Page, bool]]:
        """Return a function that reads the rows of one time, from the page requested last on."""
        begin = self.offset

        def read(offset: int) -> tuple[Page, bool]:
            page = self._at(begin + offset).answer()
            rows = [row for row in page.rows if row.get(self.key) == key]
            older = any(row.get(self.key) and row[self.key] < key for row in page.rows)
            ends_with_nulls = bool(page.rows) and not page.rows[-1].get(self.key)
            return Page(rows), older or ends_with_nulls or self.evidence.is_last(page, begin + offset)

        self._crowd_began = begin
        return read

    def past_crowd(self, key: str, count: int) -> Question[Page]:  # noqa: ARG002
        """Request the page that begins with a row of the crowd."""
        return self._at(self._crowd_began + count - 1)

    def _at(self, offset: int) -> Question[Page]:
        self.offset = max(0, offset)
        return self.ask(self.offset)


class Bisection:
    """Where to look for the first row that is not before what is sought.

    Attributes:
        seen: the offsets of pages whose rows were all before it.
    """

    def __init__(self, guess: int | None) -> None:
        """Look at the guess first, then at the beginning; if it is None, at the beginning, then at the last row."""
        self.seen: set[int] = set()
        self._behind: set[int] = set()
        self._is_contradicted = False
        self._looks = 0
        self._guesses = [0, guess] if guess is not None and guess > 0 else [0]
        self._then_last = guess is None
        self._low = 0  # rows up to here are before it
        self._high: int | None = None  # those from here on are not

    def look(self) -> int | None:
        """Return the offset to look at next; None if it cannot be found."""
        self._looks += 1
        if self._is_contradicted or self._looks > MOST_LOOKS:
            return None
        if self._guesses:
            return self._guesses.pop()
        if self._high is None:
            return 2 * self._low + 1
        return self._low if self._high - self._low < PAGE else (self._low + self._high) // 2

    def is_before(self, look: int, count: int, total: int | None) -> None:
        """Note that all ``count`` rows of a page are before it, in a list of ``total`` rows."""
        self.seen.add(look)
        self._low = look + count - 1
        self._guesses = [total - 1] if self._then_last and look == 0 and total is not None else []
        self._high = total if self._high is None else self._high

    def begins_behind(self, look: int) -> None:
        """Note that a page begins behind it, or behind the end of the list."""
        # Once, an answer may be odd. Twice, the pages contradict each other: the row at this offset was before it.
        self._is_contradicted = look <= self._low and look in self._behind
        self._behind.add(look)
        self._high = look
