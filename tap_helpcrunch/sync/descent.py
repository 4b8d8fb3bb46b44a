"""The walk through a list from its newest row to its oldest: pages that join.

Each page repeats the last rows of the previous one. If it does not, rows may be missing between the two (some were
deleted, an offset was ignored, an answer was empty), so the walk looks again, further back. It needs no ``total``.

Rows with the same time may change places at every request. So those with a page's last time are held back until the
next page, which begins before them, shows all of them.
"""

from __future__ import annotations

import typing as t

from tap_helpcrunch.api.envelope import PAGE, Page
from tap_helpcrunch.api.errors import UnprovenError
from tap_helpcrunch.sync.any_order import in_any_order
from tap_helpcrunch.sync.place import TOP, Place, newest_first, of

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.api.questions import Question
    from tap_helpcrunch.sync.source import Source

# How often a page that does not join is asked for, and how many times further back it begins each time.
MOST_TRIES, FURTHER = 6, 4
CROWD_TRIES = 2
# How often a short page that lacks the last rows of the previous one is asked for again; then they were deleted.
HELD_TRIES = 2
# A first page with this many rows may be a full one that rows were left out of.
LONG = PAGE // 2


class Descent:
    """The rows of a source, in lists that end between two times: what has been yielded is complete down to there."""

    def __init__(
        self, source: Source, start: Place = TOP, stop: str = "", question: Question[Page] | None = None
    ) -> None:
        """Begin at the row behind a place.

        Args:
            source: the list.
            start: the place.
            stop: a time; the page with an older row is the last one, and is yielded whole.
            question: the request for the first page, if it has been sent already.
        """
        self._source = source
        self._start = start
        self._stop = stop
        self._question = question or source.first(start)
        self._rows: list[Row] = []  # of the last page that joined
        self._offset = 0  # where that page began
        self._edge: str | None = None  # its last time
        self._held: dict[int, Row] = {}  # its rows of that time, not yielded yet
        self._yielded: set[int] = set()  # rows of that time that were yielded, if they filled more than a page
        self._is_last = False

    def __iter__(self) -> Iterator[list[Row]]:
        """Yield the rows; the next page is requested before these are worked on.

        Raises:
            UnprovenError: if pages do not join, or are not in the requested order, however often they are requested.
        """
        while True:
            page = self._joining_page()
            rows, goes_on = self._take(page)
            if rows:
                yield rows
            if not goes_on:
                return

    def _joining_page(self) -> Page:
        wrong: str | None = ""
        for attempt in range(MOST_TRIES):
            page = self._complete(self._page_with_held())
            wrong = self._what_is_wrong(page, attempt)
            if wrong is None:
                return page
            self._question = self._further_back(attempt)
        raise UnprovenError(f"{self._source.name}: {wrong}")

    def _further_back(self, attempt: int) -> Question[Page]:
        if not self._rows:
            return self._question.again() if self._source.offset == 0 else self._source.first(self._start)
        if self._yielded:
            return self._source.past_crowd(self._edge or "", max(1, len(self._yielded) + 1 - FURTHER**attempt))
        return self._source.after(self._rows, self._offset, (len(self._held) + 1) * FURTHER**attempt)

    def _page_with_held(self) -> Page:
        """Return the page; ask for it again if it is short and lacks the last rows of the previous one."""
        for _ in range(HELD_TRIES):
            page = self._question.answer()
            if not page.rows or len(page.rows) >= PAGE or self._held.keys() <= {row["id"] for row in page.rows}:
                return page
            self._question = self._question.again()
        return self._question.answer()

    def _complete(self, page: Page) -> Page:
        """Request again a page that is short although rows follow: some may have been left out."""
        evidence = self._source.evidence
        # A full page is never taken for the last one: proving that it is would cost as much as reading the next one.
        self._is_last = evidence.is_last(page, self._source.offset) and len(page.rows) < PAGE
        if self._is_last and self._may_be_cut(page):
            self._is_last = False  # the next one shows whether it is
            if len(page.rows) < LONG:
                return page
        if self._is_last or not page.rows or self._is_explained(page):
            return page
        return self._with_second_answer(page)

    def _with_second_answer(self, page: Page) -> Page:
        evidence = self._source.evidence
        again = self._question.again().answer()
        if not again.rows:
            again = self._question.again().answer()  # an empty one says nothing of a page that has rows
        for one in (page, again):
            if not is_in_order([row.get(self._source.key) for row in one.rows]):
                return one  # and not both, sorted: that they came in another order would not be seen
        evidence.limit.note_twice(len(again.rows))
        rows = {row["id"]: row for row in (*page.rows, *again.rows)}
        if rows.keys() == {row["id"] for row in page.rows}:
            return page
        self._is_last = False
        nulls_first = not page.rows[0].get(self._source.key)
        return Page(newest_first(rows.values(), self._source.key, nulls_first=nulls_first), again.total)

    def _is_explained(self, page: Page) -> bool:
        """Return whether the total or the limit explains why a page ends where it does."""
        evidence, count = self._source.evidence, len(page.rows)
        return evidence.total(page) == self._source.offset + count or evidence.limit.explains(count)

    def _may_be_cut(self, page: Page) -> bool:
        """Return whether only its length makes a page the last one: a page that rows were left out of is as short."""
        if not self._source.looks_behind or not page.rows or self._source.evidence.proven_total(page) is not None:
            return False
        is_later = self._edge is not None and (page.rows[-1].get(self._source.key) or "") < self._edge
        return is_later or (page.total is None and len(page.rows) >= LONG)

    def _what_is_wrong(self, page: Page, attempt: int) -> str | None:
        if not page.rows:
            # The first page may be empty if it is so twice. Later ones must repeat the last rows of the previous one.
            return "a page is empty" if self._edge is not None or attempt == 0 else None
        dated = self._dated(page)
        wrong = self._not_as_asked(page, dated)
        if wrong or not dated:
            return wrong
        # A page that has only rows of a crowd may be an old one.
        is_old = attempt == 0 and all(row["id"] in self._yielded for row in page.rows)
        return None if self._joins(page, dated[0][self._source.key]) and not is_old else "pages do not join"

    def _not_as_asked(self, page: Page, dated: list[Row]) -> str | None:
        """Return what is wrong with a page, whatever was read before; ``dated`` are its rows with a time."""
        key = self._source.key
        # A row that had a time on the previous page has one here.
        if any(map(self._source.is_odd, page.rows)) or self._held.keys() & undated(page.rows, key):
            return f"rows lack {key}"
        if not is_in_order([row.get(key) for row in page.rows]):
            return f"the rows are not in the requested order of {key}"
        if dated and self._source.is_above(dated[0][key]):
            return f"the filter by {key} is ignored"
        return None

    def _dated(self, page: Page) -> list[Row]:
        return [row for row in page.rows if row.get(self._source.key)]

    def _joins(self, page: Page, first: str) -> bool:
        """Return whether a page with this first time begins at or above the end of the last one."""
        if not page.rows[0].get(self._source.key):
            return True  # it begins with rows that come before the newest
        if self._edge is None:
            return self._source.offset == 0 or of(page.rows[0], self._source.key) >= self._start
        if first > self._edge:
            return True
        if self._source.shows_whole_times:
            known = self._yielded | {row["id"] for row in self._rows}
            return any(row["id"] in known for row in page.rows)
        # At the edge's own time, rows may have changed places unless all are known; offset 0 leaves nothing out.
        return self._source.offset == 0 or any(row["id"] in self._yielded for row in page.rows)

    def _take(self, page: Page) -> tuple[list[Row], bool]:
        """Return the rows that are now complete, and whether others follow."""
        key, dated = self._source.key, self._dated(page)
        pool = self._held | self._fresh(dated)
        edge = str(dated[-1][key]) if dated else ""
        if self._is_done(page, edge):
            return newest_first(pool.values(), key), False
        if self._edge is not None and edge >= self._edge:
            return self._without_progress(page, pool)
        self._move(page.rows, edge, {number: row for number, row in pool.items() if row[key] == edge})
        self._yielded = set()
        # A page that shows all rows of its first time shows those that are held; else a row before them shows that none
        # is missing.
        back = len(self._held) + (0 if self._source.shows_whole_times else 1)
        self._question = self._source.after(self._rows, self._offset, back)
        return newest_first((row for number, row in pool.items() if number not in self._held), key), True

    def _fresh(self, dated: list[Row]) -> dict[int, Row]:
        """Return the rows of a page that were not yielded: neither above the edge nor in a crowd that was read."""
        top = self._edge or TOP[0]
        return {row["id"]: row for row in dated if row[self._source.key] <= top and row["id"] not in self._yielded}

    def _is_done(self, page: Page, edge: str) -> bool:
        """Return whether a page in order, with this last time ("" for none), is the last one to read."""
        if self._is_last or not edge or edge < self._stop:
            return True
        first, last = page.rows[0], page.rows[-1]
        # Rows with a time are followed by those without one.
        return bool(first.get(self._source.key)) and not last.get(self._source.key)

    def _move(self, rows: list[Row], edge: str, held: dict[int, Row]) -> None:
        self._rows, self._offset, self._edge, self._held = rows, self._source.offset, edge, held

    def _without_progress(self, page: Page, pool: dict[int, Row]) -> tuple[list[Row], bool]:
        """Read in passes the rows of a time that fills more than a page; a short page with no other time is the end."""
        edge = self._edge or ""
        if not self._source.evidence.limit.nearly_cuts(len(page.rows) + page.repeats):
            self._source.evidence.counts_wrong()
            return newest_first(pool.values(), self._source.key), False
        pool |= self._crowd(edge, {row["id"] for row in page.rows if row.get(self._source.key) == edge})
        self._move([row for row in pool.values() if row[self._source.key] == edge], edge, {})
        before = self._yielded
        self._yielded = set(pool) | before
        if before:
            raise UnprovenError(f"{self._source.name}: offsets are ignored")
        self._question = self._source.past_crowd(edge, len(self._yielded))
        return newest_first(pool.values(), self._source.key), True

    def _crowd(self, edge: str, known: set[int]) -> dict[int, Row]:
        """Read the rows of one time, of which ``known`` are on the page."""
        crowd: dict[int, Row] = {}
        for _ in range(CROWD_TRIES):
            for rows in in_any_order(self._source.name, self._source.crowd(edge)):
                crowd |= {row["id"]: row for row in rows if row.get(self._source.key) == edge}
            if known <= crowd.keys():
                break
        # Some may have been deleted meanwhile, but hardly all.
        if known and not known & crowd.keys():
            raise UnprovenError(f"{self._source.name}: rows with the same time were not found again")
        return crowd


def undated(rows: list[Row], key: str) -> set[int]:
    """Return the ids of the rows that have no time."""
    return {row["id"] for row in rows if not row.get(key)}


def is_in_order(keys: list[str | None]) -> bool:
    """Return whether times go from the newest to the oldest, and missing ones are all at one end."""
    times = [key for key in keys if key]
    are_there = [bool(key) for key in keys]
    return times == sorted(times, reverse=True) and are_there in (sorted(are_there), sorted(are_there, reverse=True))
