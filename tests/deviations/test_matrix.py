"""Promise 11: trouble now and then, and what is merely odd, leave a run whole; what cannot be read is told.

Each deviation is played in the first answer, in the second, and in every one, of each kind of request.
"""

import pytest

from simulator import DEVIATIONS
from tests.deviations import table
from tests.deviations.playing import (
    TOLD,
    WHOLE,
    cases_of,
    kinds_of,
    outcome,
    outcome_of,
    played,
    wanted,
    worst,
)

# One kind of each column of the table: the small tables differ only in whether they may be missing.
FIRSTS = {kinds[0] for kinds in table.KINDS_OF.values()}
CELLS = [(name, kind) for name in DEVIATIONS for kind in kinds_of(name) if kind in FIRSTS]
PAGE = table.read()


@pytest.mark.parametrize(("name", "kind"), CELLS, ids=[f"{name} {kind}" for name, kind in CELLS])
def test_an_outcome_is_that_of_the_class_and_of_the_page(name: str, kind: str) -> None:
    for scenario, times in cases_of(name, kind):
        found, told = outcome(name, kind, scenario, times)
        assert found in wanted(name, kind, times), f"{scenario}, {times}: {told}"
    assert PAGE[name, kind] == worst(name, kind)


def test_the_table_has_a_cell_for_every_deviation() -> None:
    assert {(name, kind) for (name, kind), told in PAGE.items() if told and kind in FIRSTS} == set(CELLS)


def test_a_deviation_is_played() -> None:
    assert outcome("own-500", "messages", "first load", "every")[0] == "told"


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
