"""A list without a dependable order: read by offset, again and again, until all of its rows have been seen."""

from __future__ import annotations

import typing as t

from tap_helpcrunch.api.errors import UnprovenError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_helpcrunch.api.envelope import Page, Row

# Where neither a count nor pages that join show that all was seen, so many passes in a row without a new row do: a pass
# through three pages that are shuffled at every request misses a given row once in four times.
QUIET_PASSES = 12
MOST_PASSES = 100


class _Pass:
    """One reading of the list from its beginning to its end.

    Attributes:
        joined: each page began with the row that ended the one before.
        stuck: a page showed nothing but what was known, or nothing at all, before the end.
        total: what the list counts, where that is known.
        fresh: rows not seen in an earlier pass.
    """

    def __init__(self, read: Callable[[int], tuple[Page, bool]], seen: set[int]) -> None:
        self._read = read
        self._seen = seen
        self.joined = True
        self.stuck = False
        self.total: int | None = None
        self.fresh = 0

    def rows(self) -> Iterator[list[Row]]:
        offset, end = 0, None
        while True:
            page, is_last = self._read(offset)
            self.total = page.total
            ids = [row["id"] for row in page.rows]
            self.joined = self.joined and (end is None or end in ids[:1])
            rows = [row for row in page.rows if row["id"] not in self._seen]
            self._seen.update(ids)
            self.fresh += len(rows)
            if rows:
                yield rows
            self.stuck = end is not None and len(ids) != 1 and (not ids or (not rows and ids[-1] == end))
            if is_last or self.stuck or not ids or ids == [end]:
                return
            offset, end = offset + max(1, len(ids) - 1), ids[-1]


def in_any_order(name: str, read: Callable[[int], tuple[Page, bool]]) -> Iterator[list[Row]]:
    """Yield every row of a list once.

    Args:
        name: the list, for messages.
        read: returns the page at an offset, and whether it is the last.

    Raises:
        UnprovenError: offsets are ignored, or a page is empty, however often the list is read.
    """
    seen: set[int] = set()
    quiet = 0
    for _ in range(MOST_PASSES):
        one = _Pass(read, seen)
        yield from one.rows()
        quiet = quiet + 1 if not one.fresh else 0
        if one.total is not None and len(seen) >= one.total:
            return
        # What joins up to its end is whole, whatever `total` says; it says otherwise, so it is read twice.
        if one.joined and not one.stuck and (one.total is None or quiet):
            return
        if quiet == QUIET_PASSES and not one.stuck:
            return
        if quiet == QUIET_PASSES:
            break
    raise UnprovenError(f"{name}: pages repeat, or are empty, after {len(seen)} rows")
