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
# Where every pass stops at the same page, which is empty or repeats another, more of them show nothing.
STUCK_PASSES = 3
# How many rows of a page the next one must repeat, in the same order: in a list of n rows that is shuffled at every
# request, a single one would be in its old place one time in n.
OVERLAP = 3
MOST_PASSES = 100


class _Reading:
    """The list read from its beginning to its end, once or more often.

    Attributes:
        seen: the ids of all rows.
        fresh: how many rows the last pass was the first to see.
        joined: whether each page of the last pass began with the last rows of the previous one.
        stuck: whether it stopped at a page that repeated a full one, or was empty after a full one.
        is_counted: whether as many rows were seen as ``total`` says, since it last changed.
        has_total: whether the last page had a ``total``.
    """

    def __init__(self, read: Callable[[int], tuple[Page, bool]]) -> None:
        self._read = read
        self._total: int | None = None
        self._since_total: set[int] = set()
        self.seen: set[int] = set()

    @property
    def enough_passes(self) -> int:
        """How many passes in a row without a new row show that there is none."""
        return STUCK_PASSES if self.stuck else QUIET_PASSES

    @property
    def has_total(self) -> bool:
        return self._total is not None

    @property
    def is_counted(self) -> bool:
        return self._total is not None and len(self._since_total) >= self._total

    def once(self) -> Iterator[list[Row]]:
        self.fresh, self.joined, self.stuck = 0, True, False
        offset, before, longest = 0, list[int](), 0
        while True:
            page, is_last = self._read(offset)
            ids = [row["id"] for row in page.rows]
            rows = [row for row in page.rows if row["id"] not in self.seen]
            self._note(ids, page.total)
            if rows:
                self.fresh += len(rows)
                yield rows
            shown_again = before[-OVERLAP:]
            self.joined &= ids[: len(shown_again)] == shown_again
            self.stuck = 1 < len(before) == longest and is_no_progress(ids, before, are_new=bool(rows))
            if is_last or self.stuck or shows_no_more(ids, shown_again):
                return
            offset, before, longest = offset + max(1, len(ids) - OVERLAP), ids, max(longest, len(ids))

    def _note(self, ids: list[int], total: int | None) -> None:
        if total != self._total:
            # Rows were added or deleted: what was counted so far no longer proves anything.
            self._since_total.clear()
        self._total = total
        self._since_total.update(ids)
        self.seen.update(ids)


def is_no_progress(ids: list[int], before: list[int], *, are_new: bool) -> bool:
    """Return whether a page is empty or repeats the previous one: the same length and last row, and no new rows."""
    return not ids or (not are_new and len(ids) == len(before) and ids[-1] == before[-1])


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
    reading, quiet = _Reading(read), 0
    for _ in range(MOST_PASSES):
        yield from reading.once()
        quiet = 0 if reading.fresh else quiet + 1
        if reading.is_counted:
            return
        # If all pages join, the list is whole, whatever `total` says; if it says otherwise, the list is read twice.
        if reading.joined and not reading.stuck and (quiet or not reading.has_total):
            return
        if quiet >= reading.enough_passes:
            break
    if reading.stuck:
        raise UnprovenError(f"{name}: pages repeat or are empty after {len(reading.seen)} rows")
