"""The offset paginator, against lists that change between its pages."""

from __future__ import annotations

import random
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_helpcrunch.api.envelope import Page
from tap_helpcrunch.api.errors import BadAnswerError
from tap_helpcrunch.sync.offsets import Offsets

if t.TYPE_CHECKING:
    from collections.abc import Callable


def walk(
    rows: list[int], total: Callable[[], int | None], between: Callable[[], None] = lambda: None
) -> tuple[list[int], int]:
    """Page through a list that `between` changes before each request; return what was seen, and the requests."""
    offsets, seen, requests = Offsets("list"), [], 0
    while (offset := offsets.offset) is not None:
        between()
        page = rows[offset : offset + 100]
        requests += 1
        seen += page
        offsets.advance(Page([{"id": row} for row in page], total()))
    return seen, requests


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 1), (99, 1), (100, 1), (101, 2), (200, 2), (950, 10)])
def test_ends_at_total_without_an_extra_request(count: int, requests: int) -> None:
    rows = list(range(count, 0, -1))
    assert walk(rows, lambda: len(rows)) == (rows, requests)


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 1), (99, 1), (100, 2), (101, 2), (200, 3), (950, 10)])
def test_ends_on_a_short_page_where_there_is_no_total(count: int, requests: int) -> None:
    rows = list(range(count, 0, -1))
    assert walk(rows, lambda: None) == (rows, requests)


def test_a_total_that_cannot_be_true_is_not_believed() -> None:
    rows = list(range(150, 0, -1))
    assert walk(rows, lambda: 0)[0] == rows


def test_a_page_that_repeats_the_last_is_an_error_not_a_loop() -> None:
    offsets, page = Offsets("messages of chat 5"), Page([{"id": row} for row in range(100)], 300)
    offsets.advance(page)
    with pytest.raises(BadAnswerError, match="messages of chat 5: the page at offset 100 equals the one before"):
        offsets.advance(page)


@given(st.integers(0, 400), st.integers(0, 2**32), st.floats(0, 1))
def test_steps_back_by_what_total_fell_so_that_no_deletion_hides_a_row(count: int, seed: int, deletions: float) -> None:
    """Rows are deleted anywhere and added at the front before every request: all that stay are seen."""
    rng = random.Random(seed)
    rows = list(range(count, 0, -1))
    fresh = iter(range(count + 1, count + 100_000))

    def between() -> None:
        for _ in range(rng.randrange(4)):
            if rows and rng.random() < deletions:
                del rows[rng.randrange(len(rows))]
            else:
                rows.insert(0, next(fresh))

    seen, _ = walk(rows, lambda: len(rows), between)
    assert {row for row in rows if row <= count} <= set(seen)
