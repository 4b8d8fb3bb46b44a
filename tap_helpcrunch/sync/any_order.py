"""A list without a reliable order: read by offset, again and again, until all of its rows have been seen."""

from __future__ import annotations

import typing as t

from tap_helpcrunch.api.errors import UnprovenError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_helpcrunch.api.envelope import Page, Row

# If neither a count nor pages that join show that all rows were seen, this many passes in a row without a new row do: a
# pass through three pages that are shuffled at every request misses a given row one time in four.
QUIET_PASSES = 12
# If so many in a row stop at a page that is empty or repeats the previous one, more of them show nothing.
STUCK_PASSES = 3
# A page that has so many rows of the previous one repeats it. Pages of a list that is shuffled at every request share
# half of their rows, and perhaps the last one, by chance.
REPEATED = 0.9
# How many rows of a page the next one must repeat, in the same order: in a list of n rows that is shuffled at every
# request, a single one would be in its old place one time in n.
OVERLAP = 3
MOST_PASSES = 100


class _Reading:
    """The list read from its beginning to its end, once or more often.

    Attributes:
        seen: the ids of all rows.
        joined: whether each page of the last pass had rows, and began with the last ones of the previous page.
        quiet: how many passes in a row showed no new row.
        stuck: how many of them, in a row, stopped at a page that repeated a full one, or was empty after a full one.
    """

    def __init__(self, read: Callable[[int], tuple[Page, bool]]) -> None:
        self._read = read
        self._total: int | None = None
        self._since_total: set[int] = set()
        self.seen: set[int] = set()
        self.quiet = self.stuck = 0

    @property
    def is_whole(self) -> bool:
        """Whether as many rows were seen as ``total`` says, all pages joined, or there are none."""
        if self._total is not None and len(self._since_total) >= max(1, self._total):
            return True
        if not self.seen:
            return self.quiet > 1
        # If all pages join, the list is whole, whatever `total` says; if it says otherwise, the list is read twice.
        return self.joined and not self.stuck and (self.quiet > 0 or self._total is None)

    def once(self) -> Iterator[list[Row]]:
        seen_before, self.joined = len(self.seen), True
        offset, before, longest = 0, list[int](), 0
        while True:
            page, is_last = self._read(offset)
            ids = [row["id"] for row in page.rows]
            rows = self._new(page)
            if rows:
                yield rows
            shown_again = before[-OVERLAP:]
            self.joined &= bool(ids) and ids[: len(shown_again)] == shown_again
            is_no_further = 1 < len(before) == longest and is_no_progress(ids, before, are_new=bool(rows))
            if is_last or is_no_further or shows_no_more(ids, shown_again):
                break
            offset, before, longest = offset + max(1, len(ids) - OVERLAP), ids, max(longest, len(ids))
        self._end_pass(are_new=len(self.seen) > seen_before, is_stuck=is_no_further and repeats(ids, before))

    def _end_pass(self, *, are_new: bool, is_stuck: bool) -> None:
        self.quiet = 0 if are_new else self.quiet + 1
        self.stuck = min(self.quiet, self.stuck + 1) if is_stuck else 0

    def _new(self, page: Page) -> list[Row]:
        """Return the rows of a page that no page has shown before, and note that this one does."""
        rows = [row for row in page.rows if row["id"] not in self.seen]
        if page.total != self._total:
            # Rows were added or deleted: what was counted so far no longer proves anything.
            self._since_total.clear()
        self._total = page.total
        self._since_total.update(row["id"] for row in page.rows)
        self.seen.update(row["id"] for row in rows)
        return rows


def is_no_progress(ids: list[int], before: list[int], *, are_new: bool) -> bool:
    """Return whether a page is empty or repeats the previous one: the same length and last row, and no new rows."""
    return not ids or (not are_new and len(ids) == len(before) and ids[-1] == before[-1])


def repeats(ids: list[int], before: list[int]) -> bool:
    """Return whether a page has almost only rows of the previous one, or none at all."""
    return len(set(ids).intersection(before)) >= REPEATED * len(ids)


def shows_no_more(ids: list[int], shown_again: list[int]) -> bool:
    """Return whether a page has only the last rows of the previous one, which each page repeats."""
    return not ids or ids == shown_again[-len(ids) :]


def in_any_order(name: str, read: Callable[[int], tuple[Page, bool]]) -> Iterator[list[Row]]:
    """Yield every row of a list once.

    Args:
        name: the name of the list, for error messages.
        read: returns the page at an offset, and whether it is the last.

    Raises:
        UnprovenError: if offsets are ignored or a page is empty, however often the list is read.
    """
    reading = _Reading(read)
    for _ in range(MOST_PASSES):
        yield from reading.once()
        if reading.is_whole or reading.quiet == QUIET_PASSES:
            return
        if reading.stuck == STUCK_PASSES:
            raise UnprovenError(f"{name}: pages repeat or are empty after {len(reading.seen)} rows")
