"""Whole accounts that are odd or in trouble: a first load, an increment with refresh, and runs without changes."""

import pickle
import typing as t
from dataclasses import replace
from functools import cache

import pytest

from simulator import ACCOUNTS, ANY, DEVIATIONS, Account, OddAccount, Server
from simulator.deviations.base import CHATS, CUSTOMERS
from tests.conftest import NOW
from tests.deviations.accounts import ALL_STREAMS, go_on, is_whole, mixed
from tests.deviations.playing import NEXT, QUICK, SCENARIOS, TOLD, WHOLE, Ended, outcome_in, run
from tests.happenings import DAY
from tests.target import Target

TINY = 0.000001  # days, less than between any two runs
MOST = 4  # requests for chats and messages in a run without changes; a debt may cost one more
# In every answer of both ways to list something these are no longer merely odd.
ONE_WAY = ("order-ignored", "order-reversed", "last-message-at-missing", "last-message-at-null", "created-at-missing",
           "created-at-null", "last-seen-missing", "last-seen-null", "rows-swapped")  # fmt: skip

# Without the account's clock bookmarks follow this host's, on which hardly a second passes between two runs.
HOST_CLOCK = ("date-absent", "date-text", "date-1970", "date-far-future")


def odd_accounts() -> dict[str, OddAccount]:
    """Return the odd accounts, and one for each deviation that is odd in every answer."""
    found = {name: odd for name, odd in ACCOUNTS.items() if odd.trouble == 2}
    for name, deviation in DEVIATIONS.items():
        kinds = sorted(deviation.kinds & {"chats/search", "customers/search"}) if name in ONE_WAY else [ANY]
        if deviation.class_of("messages", None) == 2 or not deviation.kinds - CHATS - CUSTOMERS:
            found[name] = OddAccount(name, 2, deviation.text, tuple(f"{name}:{kind}" for kind in kinds))
    return found


ODD = odd_accounts()


@cache
def loaded() -> tuple[bytes, bytes, bytes]:
    """Return the account before its first load, the same after it, and the target."""
    made, target = mixed(), Target()
    before = pickle.dumps(made)
    with Server(made) as server:
        assert run(server, target, ALL_STREAMS, emit_activate_version_messages=True).code == 0
    assert is_whole(made, ALL_STREAMS, target)
    return before, pickle.dumps(made), pickle.dumps(target)


def served(odd: OddAccount, made: Account) -> Server:
    """Return a server for an account that is odd in this way."""
    odd.prepare(made)
    server = Server(made, odd.dialect)
    server.measures = replace(QUICK, stale=odd.measures.stale, window=odd.measures.window)
    server.deviations += odd.played()
    return server


def begun(odd: OddAccount, scenario: str) -> tuple[Account, Target]:
    """Return the account and the target before the run in which it is odd."""
    if odd.is_new:
        made = Account(now=NOW)
        made.add_agent("Ira")
        return made, Target()
    fresh, after, held = loaded()
    if scenario == "first load":
        return pickle.loads(fresh), Target()  # noqa: S301 - made above
    made = pickle.loads(after)  # noqa: S301
    go_on(made, "messages")
    return made, pickle.loads(held)  # noqa: S301


@pytest.mark.parametrize("life", [f"{name} {scenario}" for name in ACCOUNTS for scenario in SCENARIOS])
def test_an_outcome_is_that_of_the_class(life: str) -> None:
    name, scenario = life.split(" ", 1)
    odd = ACCOUNTS[name]
    made, target = begun(odd, scenario)
    days = {"refresh_days": TINY} if scenario == "increment" else {}
    with served(odd, made) as server:
        found, told = outcome_in(server, target, ALL_STREAMS, emit_activate_version_messages=True, **days)
    allowed = {1: {WHOLE}, 2: {WHOLE}, 3: {WHOLE, TOLD}}[odd.trouble] | ({NEXT, TOLD} if odd.lasts else set())
    assert odd.hides or found in allowed, told
    assert removed(made, target) == {}


def removed(made: Account, target: Target) -> dict[str, set[int]]:
    """Return the rows that exist and were removed from the target at any time."""
    there = {"chats": set(made.chats), "messages": set(made.messages), "customers": set(made.customers)}
    there |= {name: set(rows) for name, rows in made.small.items()}
    found = {name: target.removed.get(name, set()) & numbers for name, numbers in there.items()}
    return {name: numbers for name, numbers in found.items() if numbers}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_account_is_quiet_when_nothing_changes(name: str) -> None:
    odd, target = ODD[name], Target()
    made, _ = begun(odd, "first load")
    with served(odd, made) as server:
        before = run(server, target, ALL_STREAMS)
        assert (before.code, is_whole(made, ALL_STREAMS, target)) == (0, True), before.said
        for _ in range(2):
            was, debts = moments(target.state), owed(target.state)
            made.advance(2 * 3600)
            quiet = run(server, target, ALL_STREAMS)
            assert (quiet.code, quiet.said) == (0, [line for line in quiet.said if line not in before.said])
            assert_cheap(quiet, debts)
            now = moments(target.state)
            assert was.keys() == now.keys()
            if name not in HOST_CLOCK:
                assert [stream for stream, moment in was.items() if not moment < now[stream]] == []
            before.said += quiet.said
            made.advance(DAY)


def assert_cheap(quiet: Ended, debts: int) -> None:
    assert quiet.asked <= MOST + debts


def found_in(value: t.Any, key: str, path: str = "") -> dict[str, t.Any]:
    """Return what a STATE holds under a key, by the path to it."""
    if not isinstance(value, dict):
        return {}
    found = {path: value[key]} if key in value else {}
    for name, inner in value.items():
        found |= found_in(inner, key, f"{path}/{name}")
    return found


def moments(state: dict[str, t.Any]) -> dict[str, str]:
    return {path: moment for path, moment in found_in(state, "since").items() if isinstance(moment, str)}


def owed(state: dict[str, t.Any]) -> int:
    return sum(len(debts) for debts in found_in(state, "owed").values() if debts)
