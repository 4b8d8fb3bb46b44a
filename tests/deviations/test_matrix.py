"""Promise 11: whatever an account answers, a run is whole, or ends with 1 and the run after it is whole."""

from __future__ import annotations

import pytest

from simulator import DEVIATIONS
from tests.deviations import table
from tests.deviations.playing import HIDDEN, HIDING, NEXT, SCENARIOS, kinds_of, outcome, worst

CELLS = [(name, kind) for name in DEVIATIONS for kind in kinds_of(name)]
PAGE = table.read()


@pytest.mark.parametrize(("name", "kind"), CELLS, ids=[f"{name}-{kind}" for name, kind in CELLS])
def test_an_outcome_is_what_the_docs_say(name: str, kind: str) -> None:
    found = worst(name, kind)
    assert name in HIDING or found not in {NEXT, HIDDEN}
    assert found == PAGE[name, kind]


def test_the_table_has_a_cell_for_every_deviation() -> None:
    assert {cell for cell, told in PAGE.items() if told} == set(CELLS)


def test_a_deviation_is_played() -> None:
    assert outcome("own-500", "messages", SCENARIOS[0], "every") == "told"
