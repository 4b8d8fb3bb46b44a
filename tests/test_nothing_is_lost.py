"""Promises 1, 2, 10 and 11, whatever happens between and during runs, and however they end."""

import os
import typing as t
from collections import Counter

import pytest

from simulator import Account, Dialect, Server
from tests.happenings import DAY
from tests.lives.playing import play
from tests.lives.runners import End, InProcess, Kill, Processes
from tests.running import config
from tests.target import Target

# The environment variable LIFE, or `make fuzz`, plays others.
FIRST = int(os.environ.get("LIFE", "1"))


@pytest.mark.parametrize("first", range(FIRST, FIRST + 40, 20))
def test_lives_by_number(first: int) -> None:
    """A life that fails shows its number, and ``make fuzz LIFE=number`` plays it again."""
    runs: Counter[str] = Counter()
    for number in range(first, first + 20):
        runs.update(play(number, InProcess()).runs)
    assert {"killed", "out of time", "in rounds", "deviations played"} <= runs.keys()


def test_lives_of_real_processes_and_real_kills() -> None:
    """More than fifty runs, so that one of them at least is a new interpreter."""
    runner, runs = Processes(), Counter[str]()
    for number in range(FIRST, FIRST + 8):
        runs.update(play(number, runner).runs)
    assert runs["killed"]


MOST_RUNS = 40


CHATS = ("chats", "messages")


def run(server: Server, target: Target, lines: int | None = None, streams: tuple[str, ...] = CHATS) -> End:
    """Run into the target; the run is killed after ``lines`` lines."""
    return InProcess().run(server, target, config(server), streams, None if lines is None else Kill(lines))


def load(server: Server, streams: tuple[str, ...], lines: int) -> tuple[Target, int]:
    """Run until a run is not killed after ``lines`` lines. Return the target and the number of runs."""
    target = Target()
    for runs in range(1, MOST_RUNS):
        end = run(server, target, lines, streams)
        if end is not End.KILLED:
            assert end is End.WELL
            return target, runs
    raise AssertionError("no run got to the end")


@pytest.mark.parametrize("ties", ["stable", "shuffled"])
def test_600_chats_of_one_second(account: Account, server: Server, ties: t.Literal["stable", "shuffled"]) -> None:
    server.dialect = Dialect(ties=ties)
    for _ in range(600):
        account.add_message(account.add_chat(), "imported")
    account.advance(DAY)
    target, runs = load(server, CHATS, 300)
    assert set(target.of("messages")) == set(account.messages)
    assert runs > 3
    visits = [request for request in server.requests if request.path.endswith("/messages")]
    assert len(visits) <= 600 + runs * 60, "little is asked for again"


@pytest.mark.parametrize("nulls", ["first", "last"])
def test_4000_customers_who_were_never_seen(
    account: Account, server: Server, nulls: t.Literal["first", "last"]
) -> None:
    server.dialect = Dialect(nulls=nulls)
    for _ in range(4000):
        account.add_customer(first_seen=None, last_seen=None)
    account.advance(DAY)
    target, runs = load(server, ("customers",), 1000)
    assert set(target.of("customers")) == set(account.customers)
    assert runs > 3
    assert len(server.requests) <= 41 + runs * 18
