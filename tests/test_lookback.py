"""What `lookback_hours` costs: its chats once a run, however many rounds the run has."""

from __future__ import annotations

import typing as t

import pytest

from simulator import Account, Server
from tests.conftest import NOW
from tests.rules.helpers import chats
from tests.virtual import Hours

if t.TYPE_CHECKING:
    from collections.abc import Iterator

CHATS = 1500  # of the last ten hours; at 120 requests a minute, more than one round
ROUNDS = 3


@pytest.fixture
def hours() -> Iterator[Hours]:
    account = Account(now=NOW)
    chats(account, CHATS, apart=24)
    account.advance(600)
    with Server(account) as server:
        yield Hours(server)


def test_a_first_load_looks_behind_nothing(hours: Hours) -> None:
    hours.run(lookback_hours=24)
    assert len(hours.at) <= 1.02 * CHATS + CHATS / 99 + 20 * ROUNDS


def test_an_increment_looks_behind_its_bookmark_once(hours: Hours) -> None:
    state = hours.run().state
    first = len(hours.at)
    hours.server.account.advance(600)
    output = hours.run(state=state, lookback_hours=24)
    assert len(output.ids("messages")) >= CHATS
    assert len(hours.at) - first <= 1.05 * CHATS + 2 * CHATS / 99 + 20 * ROUNDS
