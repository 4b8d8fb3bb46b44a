"""A list without a reliable order: read until all of its rows have been seen, or until that is hopeless."""

from __future__ import annotations

import itertools
import random
import typing as t

import pytest

from tap_helpcrunch.api.envelope import Page
from tap_helpcrunch.api.errors import UnprovenError
from tap_helpcrunch.sync.any_order import in_any_order
from tests.rules.helpers import ids

if t.TYPE_CHECKING:
    from collections.abc import Callable


def pages(passes: list[list[list[int]]], total: int | None = None) -> Callable[[int], tuple[Page, bool]]:
    """Return a list that answers with other pages at each pass, and repeats the last pass."""
    left = [list(one) for one in passes]

    def read(offset: int) -> tuple[Page, bool]:
        if offset == 0 and len(left) > 1 and read.was_asked:  # type: ignore[attr-defined]
            left.pop(0)
        read.was_asked = True  # type: ignore[attr-defined]
        rows = [number for page in left[0] for number in page][offset : offset + len(left[0][0])]
        return Page([{"id": number} for number in rows], total), offset + len(rows) >= sum(map(len, left[0]))

    read.was_asked = False  # type: ignore[attr-defined]
    return read


class TestInAnyOrder:
    @staticmethod
    def seen(read: Callable[[int], tuple[Page, bool]]) -> list[int]:
        return [number for rows in in_any_order("a list", read) for number in ids(rows)]

    def test_every_row_comes_once(self) -> None:
        assert self.seen(pages([[[1, 2, 3], [4, 5, 6]]])) == [1, 2, 3, 4, 5, 6]

    def test_passes_are_made_until_as_many_are_seen_as_there_are(self) -> None:
        shuffled = [[[1, 2, 3], [3, 1, 6]], [[4, 1, 6], [4, 2, 3]], [[1, 2, 3], [4, 5, 6]]]
        assert sorted(self.seen(pages(shuffled, total=6))) == [1, 2, 3, 4, 5, 6]

    def test_what_joins_by_chance_is_not_whole(self) -> None:
        """A list without a count that is shuffled at every request."""
        rows = [{"id": number} for number in range(110)]
        rng = random.Random(7)

        def read(offset: int) -> tuple[Page, bool]:
            page = rng.sample(rows, len(rows))[offset : offset + 100]
            return Page(page), len(page) < 100

        assert all(len(self.seen(read)) == len(rows) for _ in range(300))

    def test_a_page_that_repeats_forever_is_reported(self) -> None:
        first = Page([{"id": number} for number in range(5)])
        with pytest.raises(UnprovenError, match="a list: pages repeat or are empty after 5 rows"):
            self.seen(lambda _offset: (first, False))

    def test_endless_pages_are_abandoned(self) -> None:
        asked_for = []

        def read(offset: int) -> tuple[Page, bool]:
            asked_for.append(offset)
            return Page([{"id": number} for number in (7, 8, 9)] if offset == 0 else []), False

        with pytest.raises(UnprovenError):
            self.seen(read)
        assert len(asked_for) < 10

    def test_pages_that_repeat_a_row_by_chance_are_no_fault(self) -> None:
        """A list shuffled at every request, whose total counts one row more than there are."""
        rows = [{"id": number} for number in range(30)]
        rng = random.Random(7)

        def read(offset: int) -> tuple[Page, bool]:
            return Page(rng.sample(rows, len(rows))[offset : offset + 10], 31), False

        assert all(len(self.seen(read)) == len(rows) for _ in range(100))

    @pytest.mark.parametrize("after", range(6))
    @pytest.mark.parametrize("times", [1, 2])
    @pytest.mark.parametrize("total", [None, 230])
    def test_an_empty_page_is_no_sign_of_the_end(self, after: int, times: int, total: int | None) -> None:
        """Nor is it one at the beginning of a pass: life 1109039 lost half of a second's chats."""
        rows = [{"id": number} for number in range(230)]
        rng, asked = random.Random(7), itertools.count()

        def read(offset: int) -> tuple[Page, bool]:
            page = rng.sample(rows, len(rows))[offset : offset + 100]
            is_empty = after <= next(asked) < after + times
            return (Page([], total and 0) if is_empty else Page(page, total)), len(page) < 100

        assert len(self.seen(read)) == (0 if (after, times) == (0, 2) else len(rows))

    def test_two_passes_that_end_at_an_empty_page_are_not_the_last(self) -> None:
        rows = [{"id": number} for number in range(30)]
        passes = 0

        def read(offset: int) -> tuple[Page, bool]:
            nonlocal passes
            passes += offset == 0
            page = [] if offset and passes < 3 else rows[offset : offset + 10]
            return Page(page, 30), offset + 10 >= len(rows)

        assert self.seen(read) == list(range(30))
