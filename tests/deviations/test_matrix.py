"""Promise 11: trouble now and then, and what is merely odd, leave a run whole; what cannot be read is told.

Each deviation is played in the first answer, in the second, and in every one, of each kind of request.
"""

from __future__ import annotations

import pytest

from simulator import DEVIATIONS
from tests.deviations import table
from tests.deviations.playing import SCENARIOS, kinds_of, outcome, times_of, wanted, worst

# One kind of each column of the table: the small tables differ only in whether they may be missing.
FIRSTS = {kinds[0] for kinds in table.KINDS_OF.values()}
CELLS = [(name, kind) for name in DEVIATIONS for kind in kinds_of(name) if kind in FIRSTS]
PAGE = table.read()


PLAYS = [
    (name, kind, scenario, times) for name, kind in CELLS for scenario in SCENARIOS for times in times_of(name, kind)
]


@pytest.mark.parametrize(("name", "kind", "scenario", "times"), PLAYS, ids=map(" | ".join, PLAYS))
def test_an_outcome_is_that_of_the_class(name: str, kind: str, scenario: str, times: str) -> None:
    found, told = outcome(name, kind, scenario, times)
    assert found in wanted(name, kind, times), told


@pytest.mark.parametrize(("name", "kind"), CELLS, ids=[f"{name} {kind}" for name, kind in CELLS])
def test_the_docs_say_what_happens(name: str, kind: str) -> None:
    assert PAGE[name, kind] == worst(name, kind)


def test_the_table_has_a_cell_for_every_deviation() -> None:
    assert {(name, kind) for (name, kind), told in PAGE.items() if told and kind in FIRSTS} == set(CELLS)


def test_a_deviation_is_played() -> None:
    assert outcome("own-500", "messages", SCENARIOS[0], "every")[0] == "told"
