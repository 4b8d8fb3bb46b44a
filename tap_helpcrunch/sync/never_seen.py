"""Customers without ``lastSeen``: no key to walk by, so their part of the listing is read by offset.

They stand first or last, whatever the order asked for; the documents do not say where. Where they keep their order,
the reading can be left and gone on with; where they do not, passes are made until as many were seen as there are.
"""

from __future__ import annotations

import typing as t

from tap_helpcrunch.api.envelope import PAGE, Page
from tap_helpcrunch.api.errors import UnprovenError
from tap_helpcrunch.sync.any_order import in_any_order

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.sync.source import ByOffset

# So many are read again after an interruption: their order shows whether those before them are the ones read then.
AGAIN = 10 * PAGE


class NeverSeen:
    """The rows without the listing's key.

    Attributes:
        place: how many were read, and the id of the last of them; None where that cannot be gone on with.
        are_counted: whether as many were read, from the first on, as there are. Those read before an interruption count
            where the order is that of the ids, which nothing changes.
    """

    def __init__(self, source: ByOffset, place: tuple[int, int] | None, expected: int | None) -> None:
        """Go on from a place, if it is still there.

        Args:
            source: the listing.
            place: see above.
            expected: how many there are, as far as the API counts.
        """
        self._expected = expected
        self.are_counted = False
        self.place = place
        self._source = source
        self._before = 0  # rows that stand before them
        self._begin = 0  # ... and before those that are not read yet
        self._last: int | None = None
        self._directions = [False, True]  # whether ids go down, as far as the rows have shown

    def rows(self) -> Iterator[list[Row]]:
        """Yield the rows.

        Raises:
            UnprovenError: more are counted than could be listed.
        """
        found = skipped = 0
        resumed = self.place is not None
        if self._find() or (self._expected and self._find()):
            skipped = self._resumed()
            self._begin += skipped
            for rows in in_any_order(f"{self._source.name}, those never seen", self._read):
                found += len(rows)
                yield rows
        if found == 0 and self._expected:
            for rows in self._all():
                found += len(rows)
                yield rows
        is_one_reading = not skipped or bool(self._directions)
        self.are_counted = is_one_reading and self._expected is not None and skipped + found >= self._expected
        # A count that is off by a few is odd; one that finds next to none is not believed.
        if not resumed and 2 * found < (self._expected or 0) - 1:
            raise UnprovenError(f"{found:,} of {self._expected:,} customers who were never seen could be listed")

    def _all(self) -> Iterator[list[Row]]:
        """Yield them from the whole listing, where they have no place of their own in it."""

        def read(offset: int) -> tuple[Page, bool]:
            page = self._source.ask(offset).answer()
            return Page(page.rows), self._source.evidence.is_last(page, offset)

        for rows in in_any_order(self._source.name, read):
            never = [row for row in rows if not row.get(self._source.key)]
            if never:
                yield never

    def _read(self, offset: int) -> tuple[Page, bool]:
        page = self._source.ask(self._begin + offset).answer()
        is_last = self._source.evidence.is_last(page, self._begin + offset)
        rows = [row for row in page.rows if not row.get(self._source.key)]
        in_order = offset == 0 or (bool(rows) and rows[0]["id"] == self._last)
        self._last = rows[-1]["id"] if rows else None
        ids = [row["id"] for row in rows]
        self._directions = [down for down in self._directions if ids == sorted(ids, reverse=down)]
        done = self._begin + offset + len(rows) - self._before
        self.place = (done, self._last) if in_order and self._last is not None else None
        total = self._source.evidence.proven_total(page)
        # Where they stand last, they are all rows behind their beginning.
        return Page(rows, total - self._begin if total is not None and self._before else None), is_last or (
            bool(rows) and len(rows) < len(page.rows)
        )

    def _find(self) -> bool:
        """Find where they begin; tell whether there are any."""
        key = self._source.key
        first = self._source.sought(lambda row: bool(row.get(key)), None)
        page = first.answer()
        if not page.rows:
            page = first.again().answer()
        self._before = self._begin = self._source.offset + sum(1 for row in page.rows if row.get(key))
        if page.rows and not page.rows[0].get(key):
            self._before = self._begin = 0
        return any(not row.get(key) for row in page.rows)

    def _resumed(self) -> int:
        """Return how many need not be read again, because the last of them stands where it stood."""
        if self.place is None:
            return 0
        rows = self._source.ask(self._begin + self.place[0] - 1).answer().rows
        return max(0, self.place[0] - 1 - AGAIN) if rows and rows[0]["id"] == self.place[1] else 0
