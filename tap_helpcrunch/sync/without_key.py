"""Rows without the key that a list is walked by: their part of the listing is read by offset.

They are customers without ``lastSeen``, who were never seen, and chats without ``createdAt``, which no document
mentions. They are first or last, whatever order is requested; the documents do not say which. If they keep their
order, the reading can be interrupted and resumed; if they do not, passes are made until all of them were read.
"""

from __future__ import annotations

import itertools
import typing as t

from tap_helpcrunch.api.envelope import PAGE, Page
from tap_helpcrunch.api.errors import UnprovenError
from tap_helpcrunch.sync.any_order import OVERLAP, in_any_order
from tap_helpcrunch.sync.descent import FURTHER

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.sync.source import ByOffset

# How many rows are read again after an interruption: their order shows whether those before are the ones read then.
AGAIN = PAGE


class WithoutKey:
    """The rows without the listing's key.

    Attributes:
        place: how many were read, and the id of the last one; None if the reading cannot be resumed.
        are_counted: whether as many were read, from the first on, as there are. Those read before an interruption count
            if the order is that of the ids, which nothing changes.
    """

    def __init__(
        self, source: ByOffset, place: tuple[int, int] | None, count: Callable[[int | None], int | None]
    ) -> None:
        """Resume at a place, if it is still there.

        Args:
            source: the listing.
            place: see above.
            count: returns how many there are, if the API counts them; is told the ``total`` of the listing.
        """
        self.are_counted = False
        self.place = place
        self._count = count
        self._source = source
        self._every: int | None = None
        self._before = 0  # rows that come before them
        self._begin = 0  # ... and before the first that this pass reads
        self._read_before = 0  # of them, those read before an interruption, which are not read again
        self._last: int | None = None
        self._directions = [False, True]  # whether ids go down, as far as the rows have shown

    def rows(self) -> Iterator[list[Row]]:
        """Yield the rows.

        Raises:
            UnprovenError: if far more are counted than could be listed.
        """
        are_some = self._find()
        found, expected = 0, self._count(self._every)
        for rows in self._listed(are_some=are_some, are_expected=bool(expected)):
            found += len(rows)
            yield rows
        found += self._read_before
        if expected is not None and found < expected:
            # Customers who came or went between two counts look like ones who were never seen.
            expected = min(expected, self._count(None) or 0)
        self.are_counted = self._is_one_reading and expected is not None and found >= expected
        # A list that lacks a few is odd; one that lacks more than half of them is not believed.
        if 2 * found < (expected or 0) - 1:
            raise UnprovenError(f"{found:,} of {expected:,} customers who were never seen could be listed")

    @property
    def _is_one_reading(self) -> bool:
        """Whether those read before an interruption may be counted with the others."""
        return not self._read_before or bool(self._directions)

    def _listed(self, *, are_some: bool, are_expected: bool) -> Iterator[list[Row]]:
        """Yield them from their part of the listing, or from all of it if they are expected but not found there."""
        are_found = False
        are_some = are_some or (are_expected and self._find())
        if are_some:
            self._read_before = self._not_read_again()
            for rows in in_any_order(f"{self._source.name}, those without {self._source.key}", self._read):
                are_found = True
                yield rows
        if (are_some or are_expected) and not are_found:
            yield from self._all()

    def _all(self) -> Iterator[list[Row]]:
        """Yield them from the whole listing."""

        def read(offset: int) -> tuple[Page, bool]:
            page = self._source.ask(offset).answer()
            return Page(page.rows), self._source.evidence.is_last(page, offset)

        for rows in in_any_order(self._source.name, read):
            without = [row for row in rows if not self._has_key(row)]
            if without:
                yield without

    def _read(self, offset: int) -> tuple[Page, bool]:
        at, page = self._first_page() if offset == 0 else self._page(self._begin + offset)
        rows = [row for row in page.rows if not self._has_key(row)]
        begin = at + sum(1 for _ in itertools.takewhile(self._has_key, page.rows))
        if offset == 0:
            self._begin = begin
        self._note([row["id"] for row in rows], begin + len(rows) - self._before, is_first=offset == 0)
        is_last = self._source.evidence.is_last(page, at)
        # If they come first, others follow.
        others_follow = bool(rows) and self._has_key(page.rows[-1])
        return Page(rows, self._total(page)), is_last or others_follow

    def _note(self, ids: list[int], done: int, *, is_first: bool) -> None:
        """Note the ids of a page, and how many rows have been read with it."""
        in_order = is_first or self._last in ids[:OVERLAP]
        self._last = ids[-1] if ids else None
        self._directions = [down for down in self._directions if ids == sorted(ids, reverse=down)]
        self.place = (done, self._last) if in_order and self._last is not None else None

    def _total(self, page: Page) -> int | None:
        """Return how many there are by a page's ``total``: if they come last, all rows from where they begin."""
        total = self._source.evidence.proven_total(page)
        return total - self._begin if total is not None and self._before else None

    def _page(self, at: int) -> tuple[int, Page]:
        return at, self._source.ask(at).answer()

    def _first_page(self) -> tuple[int, Page]:
        """Return the page in which those to be read begin, with the row before them, and the page's offset."""
        if self._read_before:
            return self._page(self._before + self._read_before)
        back = 1
        while True:
            # Deletions move rows forward, which is noticed only if the page shows the row before them.
            at, page = self._page(max(0, self._before - back))
            if at == 0 or not page.rows or self._has_key(page.rows[0]):
                return at, page
            back *= FURTHER

    def _not_read_again(self) -> int:
        """Return how many need not be read again, if the last one that was read is still in its place."""
        if self.place is None:
            return 0
        count, last = self.place
        rows = self._source.ask(self._before + count - 1).answer().rows
        return max(0, count - 1 - AGAIN) if rows and rows[0]["id"] == last else 0

    def _has_key(self, row: Row) -> bool:
        return bool(row.get(self._source.key))

    def _find(self) -> bool:
        """Find where they begin; return whether there are any."""
        first = self._source.sought(self._has_key, None)
        page = first.answer()
        if not page.rows:
            page = first.again().answer()
        self._every = self._source.evidence.total(page)
        self._before = self._source.offset + sum(1 for row in page.rows if self._has_key(row))
        if page.rows and not self._has_key(page.rows[0]):
            self._before = 0
        return not all(map(self._has_key, page.rows))
