"""Rule: an interrupted reading of rows without a key is proven if their order cannot have changed."""

from __future__ import annotations

import typing as t

import pytest

from tap_helpcrunch.api.envelope import PAGE, Page
from tap_helpcrunch.sync.evidence import Evidence, Limit
from tap_helpcrunch.sync.source import ByOffset
from tap_helpcrunch.sync.without_key import AGAIN, WithoutKey

if t.TYPE_CHECKING:
    from tap_helpcrunch.api.questions import Question

COUNT = AGAIN + 300
READ = COUNT - 50  # before the interruption
FIRST_AGAIN = READ - 1 - AGAIN


class _Listed:
    """A page that has been requested."""

    def __init__(self, ids: list[int], offset: int) -> None:
        self._page = Page([{"id": number} for number in ids[offset : offset + PAGE]], len(ids))

    def answer(self) -> Page:
        return self._page

    def again(self) -> _Listed:
        return self


def gone_on_with(ids: list[int]) -> tuple[list[int], bool]:
    """Resume a list at the row that was read last; return what is read, and whether all are counted."""
    listing = ByOffset(
        "customers", "lastSeen", Evidence(Limit()), lambda at: t.cast("Question[Page]", _Listed(ids, at))
    )
    resumed = WithoutKey(listing, (READ, ids[READ - 1]), lambda _every: COUNT)
    read = [row["id"] for rows in resumed.rows() for row in rows]
    return read, resumed.are_counted


@pytest.mark.parametrize("goes_down", [False, True])
def test_in_the_order_of_ids_what_was_read_before_counts(*, goes_down: bool) -> None:
    ids = sorted(range(1, COUNT + 1), reverse=goes_down)
    assert gone_on_with(ids) == (ids[FIRST_AGAIN:], True)


def test_in_another_order_it_does_not() -> None:
    ids = list(range(1, COUNT + 1))
    ids[FIRST_AGAIN + 5], ids[FIRST_AGAIN + 9] = ids[FIRST_AGAIN + 9], ids[FIRST_AGAIN + 5]
    assert gone_on_with(ids) == (ids[FIRST_AGAIN:], False)


def test_where_rows_are_missing_it_does_not() -> None:
    ids = list(range(1, COUNT))
    assert gone_on_with(ids) == (ids[FIRST_AGAIN:], False)
