"""Promise 10 in numbers: a refresh costs its pages and a few requests more, and delays no change.

So one of 20,000 chats and 20,000 customers costs a fiftieth of their first load. Measured once at full size: 410
requests, with versions or without, of the 20,539 of a first load in which each chat takes one.
"""

from __future__ import annotations

import math
import typing as t

import pytest

from simulator import Account, Server
from tests.conftest import NOW
from tests.happenings import DAY
from tests.virtual import Hours

if t.TYPE_CHECKING:
    from collections.abc import Iterator

CHATS = 600
# Each page shows the last row of the one before again.
NEW_ROWS_A_PAGE = 99
# Customers never seen are looked for at both ends of the listing; those seen meanwhile are asked for once more; and a
# count shows whether GET /chats lists chats that the search does not.
MORE = 8


@pytest.fixture
def hours() -> Iterator[Hours]:
    account = Account(now=NOW)
    for number in range(CHATS):
        account.advance(3600)
        chat = account.add_chat(customer=account.add_customer(name=f"Customer {number}"))
        account.add_message(chat, "hello")
    account.advance(DAY)
    with Server(account) as server:
        yield Hours(server)


def pages(rows: int) -> int:
    return math.ceil(rows / NEW_ROWS_A_PAGE)


def cost(hours: Hours, state: dict[str, t.Any], **settings: t.Any) -> int:
    hours.server.requests.clear()
    hours.run(state=state, **settings)
    return len(hours.server.requests)


def test_a_refresh_costs_its_pages_and_a_quiet_run_nothing_more(hours: Hours) -> None:
    state = hours.run().state
    hours.server.account.advance(DAY)
    quiet = cost(hours, state)
    assert quiet == cost(hours, state, refresh_days=1000)
    hours.server.account.advance(8 * DAY)
    refresh = cost(hours, state, emit_activate_version_messages=True) - quiet
    assert 2 * pages(CHATS) < refresh <= 2 * pages(CHATS) + MORE


def test_what_changed_before_comes_before_the_refresh(hours: Hours) -> None:
    account = hours.server.account
    state = hours.run().state
    account.advance(8 * DAY)
    said = account.add_message(min(account.chats), "news")
    account.advance(3600)
    output = hours.run("chats", "messages", "customers", state=state)
    rows = [(m["stream"], m["record"]["id"]) for m in output.messages if m["type"] == "RECORD"]
    assert len(rows) > 2 * CHATS
    # The chat was visited, its row is the group's, and customers are looked at first.
    assert rows.index(("messages", said)) <= 3


def test_what_changes_during_a_long_refresh_comes_within_a_round(hours: Hours) -> None:
    account = hours.server.account
    state = hours.run().state
    account.advance(8 * DAY)
    began, said = hours._passed, list[tuple[float, int]]()

    def happen(seconds: float) -> None:
        # At a request a minute, the first four have asked for changes by then.
        if seconds > began + 480 and not said:
            said.append((seconds, account.add_message(min(account.chats), "news")))

    hours.happen = happen
    hours.at.clear()
    hours.server.requests.clear()
    output = hours.run("chats", "messages", "customers", state=state, requests_per_minute=1)
    asked = zip(hours.at, hours.server.requests, strict=True)
    visited = next(at for at, request in asked if request.path.endswith("/messages"))
    assert hours.at[-1] > visited + 60, "the refresh went on after it"
    assert said[0][1] in output.ids("messages")
    assert visited - said[0][0] <= 12 * 60
