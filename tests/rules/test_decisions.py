"""Decisions, tested without requests."""

from __future__ import annotations

import pytest

from tap_helpcrunch.api.envelope import Page
from tap_helpcrunch.sync.any_order import is_no_progress, repeats, shows_no_more
from tap_helpcrunch.sync.descent import is_in_order
from tap_helpcrunch.sync.evidence import Evidence, Limit
from tap_helpcrunch.sync.source import Bisection


@pytest.mark.parametrize(
    ("keys", "are"),
    [
        ([], True),
        ([None, None], True),
        (["b", "a", "a"], True),
        (["a", "b"], False),
        ([None, "b", "a"], True),
        (["b", "a", None], True),
        (["b", None, "a"], False),
        ([None, "a", None], False),
    ],
)
def test_times_go_down_with_the_missing_ones_at_one_end(keys: list[str | None], *, are: bool) -> None:
    assert is_in_order(keys) is are


@pytest.mark.parametrize(
    ("ids", "before", "are_new", "is_none"),
    [
        ([], [1, 2], False, True),
        ([1, 2], [1, 2], False, True),
        ([3, 2], [1, 2], True, False),
        ([2, 1], [1, 2], False, False),
        ([2], [1, 2], False, False),
    ],
)
def test_a_page_that_repeats_is_no_progress(ids: list[int], before: list[int], *, are_new: bool, is_none: bool) -> None:
    assert is_no_progress(ids, before, are_new=are_new) is is_none


@pytest.mark.parametrize(
    ("ids", "is_so"),
    [
        (range(100), True),
        (range(99, -1, -1), True),
        (range(10, 110), True),
        (range(11, 111), False),
        (range(50, 150), False),
        ([], True),
    ],
)
def test_a_page_with_the_rows_of_the_previous_one_repeats_it(ids: list[int], *, is_so: bool) -> None:
    assert repeats(list(ids), list(range(100))) is is_so


@pytest.mark.parametrize(
    ("ids", "shown_again", "is_end"),
    [
        ([], [1, 2, 3], True),
        ([3], [1, 2, 3], True),
        ([1, 2, 3], [1, 2, 3], True),
        ([2], [1, 2, 3], False),
        ([1, 2, 3, 4], [1, 2, 3], False),
    ],
)
def test_the_end_shown_again_alone_is_the_end(ids: list[int], shown_again: list[int], *, is_end: bool) -> None:
    assert shows_no_more(ids, shown_again) is is_end


def looked(guess: int | None, before: int, rows: int, *, total: bool) -> list[int]:
    """Return the offsets that are looked at, with pages of a hundred, until the first row that is not before shows."""
    bisection, looks = Bisection(guess), list[int]()
    while (look := bisection.look()) is not None:
        looks.append(look)
        end = min(rows, look + 100)
        if look < before < end or (end == rows and look < before) or look == 0 >= before:
            return looks
        if look < before:
            bisection.is_before(look, end - look, rows if total else None)
        else:
            bisection.begins_behind(look)
    raise AssertionError(looks)


@pytest.mark.parametrize(
    ("guess", "before", "rows", "total", "looks"),
    [
        (-1, 0, 500, True, [0]),
        (-1, 30, 500, True, [0]),
        (29, 30, 500, True, [29]),
        (29, 10, 500, True, [29, 0]),
        (-1, 300, 500, True, [0, 299]),
        (-1, 300, 500, False, [0, 199, 597, 447, 372, 298]),
        (-1, 1_000, 1_500, False, [0, 199, 597, 1393, 1044, 870, 969]),
        # Those sought stand last, as far as anybody has seen: the last row is looked at first.
        (None, 480, 500, True, [0, 499, 299, 448]),
        (None, 500, 500, True, [0, 499]),
        (None, 480, 500, False, [0, 199, 597, 447]),
    ],
)
def test_a_place_is_found_by_bisection(
    guess: int | None, before: int, rows: int, looks: list[int], *, total: bool
) -> None:
    assert looked(guess, before, rows, total=total) == looks


class TestTheEnd:
    def test_a_row_shown_twice_fills_a_place_of_its_page(self) -> None:
        evidence = Evidence(Limit())
        assert not evidence.is_last(Page([{"id": number} for number in range(100)]))
        assert not evidence.is_last(Page([{"id": number} for number in range(80)], repeats=20))
        assert evidence.is_last(Page([{"id": number} for number in range(80)]))

    @pytest.mark.parametrize("total", [None, 97])
    def test_a_page_that_is_short_by_some_rows_is_not_the_last(self, total: int | None) -> None:
        """Unless a total says so: then it is believed, once it has counted more than a page."""
        evidence = Evidence(Limit())
        assert not evidence.is_last(Page([{"id": number} for number in range(100)], total and 250))
        assert evidence.is_last(Page([{"id": number} for number in range(97)], total)) is (total is not None)
