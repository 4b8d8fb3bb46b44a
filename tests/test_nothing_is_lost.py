"""Promises 1, 2, 10 and 11, whatever happens between and during runs, and however they end."""

from __future__ import annotations

import os
import typing as t
from collections import Counter

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.lives import choices
from tests.lives.life import Life
from tests.lives.playing import KINDS, play
from tests.lives.runners import InProcess, Kill, Processes

# The environment variable LIFE, or `make fuzz`, plays others.
FIRST = int(os.environ.get("LIFE", "1"))


def one_of_each(of: choices.Choices) -> st.SearchStrategy[dict[str, t.Any]]:
    return st.fixed_dictionaries({name: st.sampled_from(values) for name, values in of.items()})


SPEECH, REFRESHES = one_of_each(choices.SPEECH), one_of_each(choices.REFRESHES)
PLACE = st.floats(0, 0.999)
KILL = st.builds(Kill, st.integers(0, 60) | st.integers(0, 600))


class Lives(RuleBasedStateMachine):
    """A life whose steps Hypothesis draws, and shrinks if one fails."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life(InProcess())

    def teardown(self) -> None:
        self.life.end()

    @initialize(
        chats=st.sampled_from(choices.CHATS),
        imported=st.sampled_from(choices.IMPORTED),
        customers=st.sampled_from(choices.CUSTOMERS),
        never_seen=st.sampled_from(choices.NEVER_SEEN),
        seed=st.integers(0, 2**16),
        chosen=st.none() | PLACE,
        speech=SPEECH,
        refreshes=REFRESHES,
    )
    def begin(self, **given: t.Any) -> None:
        self.life.begin(**given)

    @rule(what=st.lists(st.tuples(st.sampled_from(KINDS), PLACE), min_size=1, max_size=6))
    def the_account_goes_on(self, what: list[tuple[str, float]]) -> None:
        self.life.the_account_goes_on(what)

    @rule(speech=SPEECH)
    def the_api_speaks_otherwise(self, speech: dict[str, t.Any]) -> None:
        self.life.the_api_speaks_otherwise(speech)

    @rule(
        days=st.sampled_from(choices.START_DATES),
        lookback=st.sampled_from(choices.LOOKBACKS),
        streams=st.sampled_from(choices.STREAMS),
        chosen=st.none() | PLACE,
        forgotten=st.sampled_from(choices.FORGOTTEN),
    )
    def the_operator_changes(self, **given: t.Any) -> None:
        self.life.the_operator_changes(**given)

    @rule(refreshes=REFRESHES)
    def the_operator_changes_refreshes(self, refreshes: dict[str, t.Any]) -> None:
        self.life.the_operator_changes_refreshes(refreshes)

    @rule()
    def a_run(self) -> None:
        self.life.a_run()

    @rule(kill=KILL)
    def a_killed_run(self, kill: Kill) -> None:
        self.life.a_killed_run(kill)

    @rule(wrong=st.sampled_from(choices.WRONGS), after=st.sampled_from([0, 1, 2, 5]), times=st.sampled_from([1, 2]))
    def a_run_that_is_told_wrong(self, wrong: tuple[str, str], after: int, times: int) -> None:
        self.life.a_run_that_is_told_wrong(*wrong, after=after, times=times)

    @rule(seed=st.integers(0, 2**16))
    def a_run_while_the_account_moves(self, seed: int) -> None:
        self.life.a_run_while_the_account_moves(seed)

    @rule(
        seed=st.integers(0, 2**16),
        news=st.sampled_from(choices.NEWS),
        moves=st.sampled_from(choices.MOVES),
        pace=st.sampled_from(choices.PACES),
        requests=st.sampled_from(choices.MOST_REQUESTS),
        kill=st.none() | KILL,
    )
    def a_run_of_hours(self, **given: t.Any) -> None:
        self.life.a_run_of_hours(**given)

    @rule(pace=st.sampled_from(choices.MORE_PACES), requests=st.sampled_from(choices.MORE_REQUESTS))
    def runs_cut_by_time(self, **given: t.Any) -> None:
        self.life.runs_cut_by_time(**given)


TestLives = Lives.TestCase
TestLives.settings = hypothesis.settings(
    max_examples=40,
    stateful_step_count=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    print_blob=True,
)
TestLives.pytestmark = [pytest.mark.timeout(900)]  # type: ignore[attr-defined]


def test_lives_by_number() -> None:
    """A life that fails shows its number, and ``make fuzz LIFE=number`` plays it again."""
    runs: Counter[str] = Counter()
    for number in range(FIRST, FIRST + 20):
        runs.update(play(number, InProcess()).runs)
    assert {"killed", "out of time", "in rounds", "deviations played"} <= runs.keys()


def test_lives_of_real_processes_and_real_kills() -> None:
    for number in range(FIRST, FIRST + 4):
        assert play(number, Processes()).runs
