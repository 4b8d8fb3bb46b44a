"""Two deviations at once: one that lasts breaks the first way to read a list, the other the second way."""

from __future__ import annotations

import pytest

from tests.deviations.playing import TOLD, WHOLE, outcome_of, played

BROKEN = ("filter-an-hour-late", "customers/search", "every")


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        # Two answers that are in the reverse order, and one of them short: their rows must not be put in order.
        (
            "customers",
            ("order-reversed", "customers/search", "every"),
            ("row-left-out-middle", "customers/search", "the first"),
        ),
        # A short answer, and an empty one to the question whether it is whole.
        (
            "customers",
            ("row-left-out-first", "customers/search", "the first"),
            ("page-empty-total-0", "customers/search", "the second"),
        ),
        # A page that repeats rows of the previous one without the time that these had there.
        ("customers", BROKEN, ("last-seen-missing", "customers", "the second")),
        # Nothing shows what changed, so everything may have.
        ("customers", BROKEN, ("last-seen-missing", "customers", "every")),
        ("chats", ("foreign-404", "chats/search", "every"), ("created-at-missing", "chats", "every")),
    ],
)
def test_an_increment_is_whole_or_says_that_neither_way_works(
    kind: str, one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    found, told = outcome_of([played(*one), played(*other)], kind, "increment")
    lasts = one[2] == other[2] == "every" and len({one[1], other[1]}) == 2
    assert found in ({WHOLE, TOLD} if lasts else {WHOLE}), told
