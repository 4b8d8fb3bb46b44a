"""The walk through a list from its newest row to its oldest: pages that join.

Each page shows the end of the one before again. Where it does not, rows may be missing between the two (they were
deleted, an offset was ignored, an answer was empty), so the walk looks again, further back. It needs no ``total``.

Rows of one time may change places at every request. So those of a page's last time are held back until the next page,
which begins before them, shows all of them.
"""

from __future__ import annotations

import typing as t

from tap_helpcrunch.api.envelope import PAGE, Page
from tap_helpcrunch.api.errors import UnprovenError
from tap_helpcrunch.sync.any_order import in_any_order
from tap_helpcrunch.sync.position import TOP, Position, newest_first

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.account import Question
    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.sync.source import Source

# So often a page is asked for that does not join; it begins so many times as far back each time.
MOST_TRIES, FURTHER = 6, 4
# A first page with so many rows may be a full one that rows were left out of.
LONG = PAGE // 2


class Descent:
    """The rows of a source, in lists that end between two times: what is yielded is complete down to there."""

    def __init__(
        self, source: Source, start: Position = TOP, stop: str = "", question: Question[Page] | None = None
    ) -> None:
        """Begin at the row behind a place.

        Args:
            source: where to ask.
            start: the place.
            stop: the page that reaches before this time is the last; it is yielded whole.
            question: the first page, if it is asked for already.
        """
        self._source = source
        self._start = start
        self._stop = stop
        self._question = question or source.first(start)
        self._rows: list[Row] = []  # of the last page that joined
        self._offset = 0  # where that page began
        self._edge: str | None = None  # its last time
        self._held: dict[int, Row] = {}  # its rows of that time, not yielded yet
        self._yielded: set[int] = set()  # rows of that time that were yielded, where they filled more than a page
        self._joins_anything = True
        self._is_last = False
        self.ended = False  # the list's end was reached

    def __iter__(self) -> Iterator[list[Row]]:
        """Yield the rows; the next page is asked for before these are worked on.

        Raises:
            UnprovenError: pages do not join, or are not in the order asked for, however often they are asked for.
        """
        while True:
            page = self._joining_page()
            rows, goes_on = self._take(page)
            if rows:
                yield rows
            if not goes_on:
                return

    @property
    def _is_past_crowd(self) -> bool:
        """Whether the page asked for begins behind a time that filled more than a page, and shows none of its rows."""
        return bool(self._yielded) and self._source.shows_whole_times

    def _joining_page(self) -> Page:
        wrong: str | None = ""
        for attempt in range(MOST_TRIES):
            page = self._complete(self._question.answer())
            wrong = self._what_is_wrong(page, attempt)
            if wrong is None:
                return page
            self._question = self._further_back(attempt)
        raise UnprovenError(f"{self._source.name}: {wrong}")

    def _further_back(self, attempt: int) -> Question[Page]:
        if not self._rows or self._is_past_crowd:
            return self._question.again()
        return self._source.after(self._rows, self._offset, (len(self._held) + 1) * FURTHER**attempt)

    def _complete(self, page: Page) -> Page:
        """Ask once more for a page that is shorter than asked for although rows follow: some may have been left out."""
        evidence = self._source.evidence
        # A full page is never taken for the last one: the next, of the same list, would have cost as much to prove.
        self._is_last = evidence.is_last(page, self._source.offset) and len(page.rows) < PAGE
        if self._is_last and self._may_be_cut(page):
            self._is_last = False  # the next one shows whether it is
            if len(page.rows) < LONG:
                return page
        is_all = evidence.total(page) == self._source.offset + len(page.rows)
        if self._is_last or is_all or not page.rows or evidence.limit.explains(len(page.rows)):
            return page
        again = self._question.again().answer()
        evidence.limit.note_twice(len(again.rows))
        rows = {row["id"]: row for row in (*page.rows, *again.rows)}
        if rows.keys() == {row["id"] for row in page.rows}:
            return page
        self._is_last = False
        return Page(newest_first(rows.values(), self._source.key), again.total)

    def _may_be_cut(self, page: Page) -> bool:
        """Tell whether nothing but its length makes a page the last: one that rows were left out of is as short."""
        if not self._source.looks_behind or not page.rows or self._source.evidence.proven_total(page) is not None:
            return False
        is_later = self._edge is not None and (page.rows[-1].get(self._source.key) or "") < self._edge
        return is_later or (page.total is None and len(page.rows) >= LONG)

    def _what_is_wrong(self, page: Page, attempt: int) -> str | None:
        if not page.rows:
            # The first page may be empty, if it is twice, and the one asked for behind a time that filled more than a
            # page. Others must show the end of the one before.
            must_join = self._edge is not None and not self._is_past_crowd
            return "a page is empty" if must_join or attempt == 0 else None
        if any(self._source.is_odd(row) for row in page.rows):
            return f"rows do not tell their {self._source.key}"
        keys = [row.get(self._source.key) for row in page.rows]
        dated = [key for key in keys if key]
        if dated != sorted(dated, reverse=True) or (None in keys and _nulls_between(keys)):
            return f"the rows are not in the order of {self._source.key} that was asked for"
        if not dated:
            return None
        if self._source.is_above(dated[0]):
            return f"the filter by {self._source.key} is ignored"
        return None if self._joins(page, dated[0]) else "pages do not join"

    def _joins(self, page: Page, first: str) -> bool:
        """Tell whether a page whose first time is this begins at or above the end of the last one."""
        if self._joins_anything or self._edge is None or first > self._edge:
            return True
        if not page.rows[0].get(self._source.key):
            return True  # it begins with rows that stand before the newest
        if self._source.shows_whole_times:
            known = self._yielded | {row["id"] for row in self._rows}
            return any(row["id"] in known for row in page.rows)
        # At the edge's own time rows may have changed places, unless all are known; offset 0 leaves out nothing.
        return self._source.offset == 0 or any(row["id"] in self._yielded for row in page.rows)

    def _take(self, page: Page) -> tuple[list[Row], bool]:
        """Return the rows that are complete now, and whether others follow."""
        dated = [row for row in page.rows if row.get(self._source.key)]
        fresh = {row["id"]: row for row in dated if self._edge is None or row[self._source.key] <= self._edge}
        pool = self._held | {number: row for number, row in fresh.items() if number not in self._yielded}
        edge = str(dated[-1][self._source.key]) if dated else ""
        reaches_nulls = len(dated) < len(page.rows) and bool(page.rows[0].get(self._source.key))
        if self._is_last or not dated or reaches_nulls or edge < self._stop:
            self.ended = not edge < self._stop
            return newest_first(pool.values(), self._source.key), False
        if self._edge is not None and edge >= self._edge:
            return self._without_progress(page, pool)
        self._move(page.rows, edge, {number: row for number, row in pool.items() if row[self._source.key] == edge})
        self._yielded = set()
        self._question = self._source.after(self._rows, self._offset, len(self._held) + 1)
        ready = [row for row in pool.values() if row[self._source.key] > edge]
        return newest_first(ready, self._source.key), True

    def _move(self, rows: list[Row], edge: str, held: dict[int, Row]) -> None:
        self._rows, self._offset, self._edge, self._held = rows, self._source.offset, edge, held
        self._joins_anything = False

    def _without_progress(self, page: Page, pool: dict[int, Row]) -> tuple[list[Row], bool]:
        """Read a time that fills more than a page in passes; a page that shows nothing else is the end."""
        edge = self._edge or ""
        if not self._source.evidence.limit.cuts(len(page.rows) + page.repeats):
            self._source.evidence.counts_wrong()
            self.ended = True
            return newest_first(pool.values(), self._source.key), False
        crowd = [row for rows in in_any_order(self._source.name, self._source.crowd(edge)) for row in rows]
        pool |= {row["id"]: row for row in crowd if row.get(self._source.key) == edge}
        self._move([row for row in pool.values() if row[self._source.key] == edge], edge, {})
        before = self._yielded
        self._yielded = set(pool) | before
        if before:
            raise UnprovenError(f"{self._source.name}: offsets are ignored")
        self._question = self._source.past_crowd(edge, len(self._yielded))
        self._joins_anything = self._source.shows_whole_times
        return newest_first(pool.values(), self._source.key), True


def _nulls_between(keys: list[t.Any]) -> bool:
    """Tell whether rows without a time stand elsewhere than at one end."""
    inner = [bool(key) for key in keys]
    return inner not in (sorted(inner), sorted(inner, reverse=True))
