"""Promises 9 and 10 on a clock: fresh in a minute, complete in hours, within any scheduler's time."""

import itertools
import json
import math
import typing as t
from collections.abc import Iterator

import pytest

from simulator import Account, Dialect, Played, Server
from tests.conftest import NOW
from tests.expected import STREAMS
from tests.happenings import DAY
from tests.rules.helpers import chats, load, mark
from tests.target import Target
from tests.virtual import PACE, Hours

CHATS = 1200
APART = 12 * 3600  # seconds between two chats: 60 in 30 days
NEWEST_DAYS = 30
AHEAD = 80  # chats


def account_of(chats: int, apart: int) -> Account:
    """Return an account with a customer, a chat and a message each so many seconds."""
    account = Account(now=NOW)
    account.add_agent("Ada")
    account.add_department("Sales")
    account.add_application("web")
    for number in range(chats):
        account.advance(apart)
        customer = account.add_customer(name=f"Customer {number}")
        chat = account.add_chat(customer=customer)
        account.add_message(chat, "hello")
    account.advance(60)
    return account


@pytest.fixture
def hours() -> Iterator[Hours]:
    with Server(account_of(CHATS, APART)) as server:
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


# What cannot be resumed is read in one round, however long: else it would begin anew in each, and never end


def test_customers_never_seen_who_are_shuffled(account: Account, server: Server) -> None:
    server.dialect = Dialect(ties="shuffled")
    for _ in range(1500):
        account.add_customer(first_seen=None, last_seen=None)
    account.advance(DAY)
    hours = Hours(server, happen=lambda _: bounded(server, 600))
    output = hours.run("customers", requests_per_minute=2)
    assert set(output.ids("customers")) == set(account.customers)
    assert hours.at[-1] > 12 * 60


def bounded(server: Server, most: int) -> None:
    assert len(server.requests) < most, "the load does not end"


def test_lookback_looks_behind_the_bookmark_once_a_run(account: Account, server: Server) -> None:
    chats(account, 600, apart=24)  # of the last four hours; at 60 requests a minute, more than one round
    account.advance(600)
    hours = Hours(server)
    state = hours.run().state
    first = len(hours.at)
    account.advance(600)
    output = hours.run(state=state, lookback_hours=24, requests_per_minute=PACE / 2)
    assert len(output.ids("messages")) >= 600
    assert len(hours.at) - first <= 1.05 * 600 + 2 * 600 / 99 + 20 * 3


# Promise 10 in numbers: a refresh costs its pages and a few requests more, and delays no change


@pytest.fixture
def weeks() -> Iterator[Hours]:
    with Server(account_of(600, 3600)) as server:
        yield Hours(server)


def cost(weeks: Hours, state: dict[str, t.Any], **settings: t.Any) -> int:
    weeks.server.requests.clear()
    weeks.run(state=state, **settings)
    return len(weeks.server.requests)


def test_a_refresh_costs_its_pages_and_a_quiet_run_nothing_more(weeks: Hours) -> None:
    state = weeks.run().state
    weeks.server.account.advance(DAY)
    quiet = cost(weeks, state)
    assert quiet == cost(weeks, state, refresh_days=1000)
    weeks.server.account.advance(8 * DAY)
    refresh = cost(weeks, state, emit_activate_version_messages=True) - quiet
    pages = math.ceil(600 / 99)  # each shows the last row of the one before again
    # Customers never seen are looked for at both ends of the listing; those seen meanwhile are asked for once more; and
    # a count shows whether GET /chats lists chats that the search does not.
    assert 2 * pages < refresh <= 2 * pages + 8


def test_what_changes_during_a_long_refresh_comes_within_a_round(weeks: Hours) -> None:
    account = weeks.server.account
    state = weeks.run().state
    account.advance(8 * DAY)
    began, said = weeks._passed, list[tuple[float, int]]()

    def happen(seconds: float) -> None:
        # At a request a minute, the first four have asked for changes by then.
        if seconds > began + 480 and not said:
            said.append((seconds, account.add_message(min(account.chats), "news")))

    weeks.happen = happen
    weeks.at.clear()
    weeks.server.requests.clear()
    output = weeks.run("chats", "messages", "customers", state=state, requests_per_minute=1)
    asked = zip(weeks.at, weeks.server.requests, strict=True)
    visited = next(at for at, request in asked if request.path.endswith("/messages"))
    assert weeks.at[-1] > visited + 60, "the refresh went on after it"
    assert said[0][1] in output.ids("messages")
    assert visited - said[0][0] <= 12 * 60


def test_a_row_listed_before_a_change_does_not_come_after_it() -> None:
    """A page of the history is listed up to ten minutes before its last chats are visited."""
    account, target = account_of(150, APART), Target()
    with Server(account) as server:
        hours = Hours(server)

        def happen(_seconds: float) -> None:
            visited = [int(request.path.split("/")[3]) for request in server.requests if "/messages" in request.path]
            if visited and min(visited) > AHEAD:
                account.add_message(min(visited) - AHEAD, "news")

        hours.happen = happen
        target.load(hours.run("chats", "messages", requests_per_minute=10).lines)
        hours.happen = lambda _seconds: None
        account.advance(3600)
        target.load(hours.run("chats", "messages", state=target.next_state()).lines)
    held = {number: row["lastMessageId"] for number, row in target.of("chats").items()}
    assert held == {number: chat.last_message_id for number, chat in account.chats.items()}


def test_a_chat_created_while_the_first_page_is_read_comes_next() -> None:
    """Chats of one second fill pages, and at this pace to read them takes longer than a round."""
    account, target = account_of(130, 0), Target()
    with Server(account, Dialect(ties="shuffled", total="too many")) as server:
        hours = Hours(server)

        def happen(seconds: float) -> None:
            if seconds > 120 and len(account.chats) == 130:
                account.add_chat()

        hours.happen = happen
        lines = hours.run("chats", "messages", requests_per_minute=3).lines
        kept = [number for number, line in enumerate(lines) if mark(json.loads(line).get("value", {})).get("since")]
        target.load(lines[: kept[0] + 1], whole=False)
        hours.happen = lambda _seconds: None
        account.advance(3600)
        target.load(hours.run("chats", "messages", state=target.next_state()).lines)
    assert set(target.of("chats")) == set(account.chats)


def test_old_chats_of_one_second_first_hide_no_newer_one(account: Account, server: Server) -> None:
    """The API's clock is behind, so an import of today is searched again."""
    server.dialect = Dialect(date_skew=-3 * 3600)
    chats(account, 230, apart=0)
    account.advance(600)
    target = load(server)
    made = chats(account, 3, messages=0)
    server.deviations.append(Played("order-ignored", "chats/search", times=2))
    load(server, target)
    assert set(made) <= set(target.of("chats"))
