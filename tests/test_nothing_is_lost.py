"""Promises 1, 2, 10 and 11, whatever happens between and during runs, and however they end."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.lives.playing import play
from tests.lives.runners import InProcess, Processes

# The environment variable LIFE, or `make fuzz`, plays others.
FIRST = int(os.environ.get("LIFE", "1"))


@pytest.mark.parametrize("first", range(FIRST, FIRST + 80, 20))
def test_lives_by_number(first: int) -> None:
    """A life that fails shows its number, and ``make fuzz LIFE=number`` plays it again."""
    runs: Counter[str] = Counter()
    for number in range(first, first + 20):
        runs.update(play(number, InProcess()).runs)
    assert {"killed", "out of time", "in rounds", "deviations played"} <= runs.keys()


def test_lives_of_real_processes_and_real_kills() -> None:
    for number in range(FIRST, FIRST + 4):
        assert play(number, Processes()).runs
