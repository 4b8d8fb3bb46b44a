"""Promise 9: fresh in a minute, complete in hours, within any scheduler's time."""

from __future__ import annotations

import itertools
import math
import typing as t

import pytest

from simulator import Account, Server
from tests.conftest import NOW
from tests.expected import STREAMS
from tests.happenings import DAY
from tests.rules.helpers import mark
from tests.target import Target
from tests.virtual import PACE, Hours

if t.TYPE_CHECKING:
    from collections.abc import Iterator

CHATS = 1200
APART = 12 * 3600  # seconds between two chats: 60 in 30 days
NEWEST_DAYS = 30


@pytest.fixture
def hours() -> Iterator[Hours]:
    account = Account(now=NOW)
    account.add_agent("Ada")
    account.add_department("Sales")
    account.add_application("web")
    for number in range(CHATS):
        account.advance(APART)
        customer = account.add_customer(name=f"Customer {number}")
        chat = account.add_chat(customer=customer)
        account.add_message(chat, "hello")
    account.advance(60)
    with Server(account) as server:
        yield Hours(server)


def newest(hours: Hours, count: int) -> list[int]:
    return sorted(hours.server.account.chats)[-count:]


def test_after_a_minute_tables_and_newest_chats_are_there(hours: Hours) -> None:
    first = hours.run(max_run_minutes=1)
    assert {m["stream"] for m in first.messages if m["type"] == "SCHEMA"} == set(STREAMS)
    assert all(first.ids(stream) for stream in STREAMS)
    assert {message["chat"] for message in first.records("messages")} >= set(newest(hours, 50))
    assert hours.at[-1] < 60 + 10


def test_the_newest_30_days_come_first(hours: Hours) -> None:
    account = hours.server.account
    recent = {n for n, chat in account.chats.items() if chat.created_at > account.now - NEWEST_DAYS * DAY}
    needed = len(recent) + math.ceil(len(recent) / 100)
    output = hours.run("chats", "messages", "customers", max_run_minutes=math.ceil(1.1 * needed / PACE))
    asked = [r.path.split("/")[3] for r in hours.server.requests if r.path.endswith("/messages")]
    last = max(
        place
        for place, r in enumerate(hours.server.requests)
        if r.path.endswith("/messages") and int(r.path.split("/")[3]) in recent
    )
    assert {int(number) for number in asked[: len(recent)]} == recent
    assert last + 1 <= 1.05 * needed + 5, "five for the first customers"
    assert recent <= {message["chat"] for message in output.records("messages")}


def test_a_message_to_a_chat_already_read_comes_soon(hours: Hours) -> None:
    chat, account = newest(hours, 1)[0], hours.server.account
    said: list[tuple[float, int]] = []

    def happen(seconds: float) -> None:
        if seconds > 700 and not said:
            said.append((seconds, account.add_message(chat, "one more thing")))

    hours.happen = happen
    output = hours.run("chats", "messages", "customers", requests_per_minute=PACE / 2)
    again = [at for at, r in zip(hours.at, hours.server.requests, strict=True) if f"/{chat}/messages" in r.path]
    assert said[0][1] in output.ids("messages")
    assert again[1] - said[0][0] <= 12 * 60


def test_a_load_ends_however_fast_the_account_changes(hours: Hours) -> None:
    """Changes take up every round; history has at least half of the time."""
    account = hours.server.account
    old = sorted(account.chats)
    numbers = itertools.count()

    def happen(_seconds: float) -> None:
        assert len(hours.server.requests) < 6 * CHATS, "the load does not end"
        for _ in range(2):
            # A number without common factors: chats far apart, each about as often as the others.
            account.add_message(old[next(numbers) * 601 % CHATS], "one more thing")

    before = set(account.messages)
    hours.happen = happen
    output = hours.run("chats", "messages", requests_per_minute=PACE / 2)
    assert before <= set(output.ids("messages"))


def test_a_load_cut_into_runs_costs_little_more(hours: Hours) -> None:
    whole = hours.run()
    expected = len(hours.server.requests)
    hours.server.requests.clear()
    target, runs = Target(), 0
    while True:
        runs += 1
        cut = hours.run(state=target.next_state(), max_run_minutes=15, requests_per_minute=PACE / 2)
        target.load(cut.lines)
        if target.state["bookmarks"]["messages"]["account"]["walk"]["ended"] is not None:
            break
    assert runs > 1
    assert set(target.of("messages")) == set(whole.ids("messages"))
    assert set(target.of("customers")) == set(whole.ids("customers"))
    assert len(hours.server.requests) <= 1.02 * expected


def test_a_run_ends_at_most_ten_seconds_late(hours: Hours) -> None:
    for minutes in (0.2, 0.5, 1, 1.6, 3, 7.3):
        hours.at.clear()
        before = hours._passed
        hours.run(max_run_minutes=minutes)
        assert 60 * minutes - 5 < hours._passed - before < 60 * minutes + 10


def test_changes_too_many_for_a_run_are_cut_too(hours: Hours) -> None:
    account = hours.server.account
    target = Target()
    target.load(hours.run("chats", "messages").lines)
    account.advance(DAY)
    for chat in list(account.chats):
        account.add_message(chat, "news for everyone")
        account.advance(1)
    account.advance(DAY)
    hours.server.requests.clear()
    cut = []
    for _ in range(6):
        target.load(hours.run("chats", "messages", state=target.next_state(), max_run_minutes=3).lines)
        cut.append(hours.is_cut)
    assert cut[:3] == [True, True, True], "the last line of a run must say so"
    assert not cut[-1]
    assert set(target.of("messages")) == set(account.messages)
    listings = [r for r in hours.server.requests if not r.path.endswith("/messages")]
    assert len(hours.server.requests) - len(listings) <= CHATS + 6 * (20 + 5), "the newest 20 come first in each run"
    assert len(listings) <= 2.25 * CHATS / 100 + 6 * 20


def test_an_increment_has_a_state_on_the_way(hours: Hours) -> None:
    account = hours.server.account
    state = hours.run("chats", "messages").state
    account.advance(DAY)
    for chat in list(account.chats):
        account.advance(1)
        account.add_message(chat, "news for everyone")
    account.advance(DAY)
    hours.server.requests.clear()
    states = hours.run("chats", "messages", state=state).states
    reached = {mark(state)["reached"] for state in states} - {None}
    assert len(reached) >= CHATS / 20 - 5
    assert len(hours.server.requests) - CHATS <= PACE
