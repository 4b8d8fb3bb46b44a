"""Requests, STATE and memory, counted."""

import json
import math
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from simulator import Account, Dialect, Fault, Played, Server
from tests.conftest import NOW
from tests.happenings import DAY
from tests.rules.helpers import chats, load, mark
from tests.running import asked, catalog, config, run, sync
from tests.target import Target


def many(count: int, *, messages: int = 1) -> Account:
    """Return an account with this many chats, ten minutes apart."""
    account = Account(now=NOW)
    for _ in range(count):
        account.advance(600)
        chat = account.add_chat()
        for _ in range(messages):
            account.add_message(chat, "hello")
    account.advance(DAY)
    return account


@pytest.fixture(params=[Dialect(), Dialect.B1(), Dialect(updated_at="ignored", nulls="first")], ids=["A", "B", "C"])
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return t.cast("Dialect", request.param)


def chat_requests(server: Server) -> int:
    return len(asked(server, "/chats"))


@pytest.mark.parametrize("chats", [300, 1500])
def test_a_first_run_then_nothing_changed_then_12_chats_changed(chats: int, dialect: Dialect) -> None:
    account = many(chats)
    for _ in range(chats // 20):
        account.add_chat(created_at=NOW - DAY)
    account.advance(DAY)
    every = len(account.chats)
    with Server(account, dialect) as server:
        first = sync(server, "chats", "messages")
        assert chat_requests(server) <= 1.01 * (every + math.ceil(every / 100))
        server.requests.clear()
        second = sync(server, "chats", "messages", state=first.state)
        assert chat_requests(server) <= 4
        server.requests.clear()
        for chat in list(account.chats)[10:22]:
            account.add_message(chat, "again")
        account.advance(DAY)
        third = sync(server, "chats", "messages", state=second.state)
        assert len(third.ids("chats")) == 12
        assert chat_requests(server) <= 12 + 4
        server.requests.clear()
        fourth = sync(server, "chats", "messages", state=third.state)
        assert chat_requests(server) <= 4
        assert fourth.ids("messages") == []


def test_one_long_chat_with_250_new_messages(dialect: Dialect) -> None:
    account = many(30)
    with Server(account, dialect) as server:
        state = sync(server, "chats", "messages").state
        chat = next(iter(account.chats))
        for _ in range(250):
            account.advance(1)
            account.add_message(chat, "busy")
        account.advance(DAY)
        server.requests.clear()
        assert len(sync(server, "chats", "messages", state=state).ids("messages")) == 251
        assert chat_requests(server) <= 4 + 3


def test_a_resume_repeats_at_most_a_page_of_chats(dialect: Dialect) -> None:
    account = many(400)
    with Server(account, dialect) as server:
        states = sync(server, "chats", "messages").states
        at = states[len(states) * 3 // 4]
        done = mark(at)["walk"]["seen"]
        assert done >= 200
        server.requests.clear()
        sync(server, "chats", "messages", state=at)
        assert chat_requests(server) <= 400 - done + 20 + 10


@pytest.mark.parametrize("streams", [("messages",), ("chats",), ("chats", "messages")])
def test_600_unchanged_chat_ids_cost_600_requests(streams: tuple[str, ...]) -> None:
    account = many(600)
    with Server(account) as server:
        chat_ids = list(account.chats)
        first = sync(server, *streams, chat_ids=chat_ids)
        server.requests.clear()
        second = sync(server, *streams, chat_ids=chat_ids, state=first.state)
        assert len(server.requests) == 600
        state_bytes = len(json.dumps(second.state["bookmarks"][streams[0]]))
        assert state_bytes < 200 + 600 * 12


@pytest.mark.parametrize("mode", ["account", "chat_ids"])
def test_the_sum_of_all_states_grows_linearly(mode: str) -> None:
    sums = {}
    for count in (400, 4000):
        account = many(count)
        with Server(account) as server:
            settings: dict[str, t.Any] = {"chat_ids": list(account.chats)} if mode == "chat_ids" else {}
            output = sync(server, "chats", **settings)
            lines = [line for line in output.lines if '"type":"STATE"' in line]
            sums[count] = sum(len(line) for line in lines)
            assert len(output.schemas("chats")) == 1
            if mode == "account":
                assert max(len(line) for line in lines) < 600
    # With few ids a STATE comes every 20 chats, so only the largest step, a hundred STATE a run, bounds the growth.
    assert sums[4000] <= 10 * max(sums[400], 100 * 400 * 12)


@pytest.mark.parametrize("what", ["chats", "chats that changed", "messages of a chat"])
def test_memory_does_not_grow_with_them(tmp_path: Path, what: str) -> None:
    """The resident size of a process, in KiB."""
    small, large = (resident(tmp_path, what, rows) for rows in (1000, 10_000))
    assert large < small + 6 * 1024
    assert large < 75 * 1024


MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def resident(folder: Path, what: str, rows: int) -> int:
    stream = "messages" if what == "messages of a chat" else "chats"
    account = many(rows, messages=0) if stream == "chats" else many(1, messages=rows)
    with Server(account) as server:
        given = {"config": config(server), "catalog": catalog(stream), "state": {}}
        if what == "chats that changed":
            given["state"] = sync(server, stream).state
            for chat in account.chats:
                account.advance(1)
                account.add_message(chat, "news")
            account.advance(DAY)
        for name, value in given.items():
            (folder / f"{name}.json").write_text(json.dumps(value))
        files = [f"--{name}={folder / name}.json" for name in given]
        with (folder / "out").open("wb") as out, (folder / "log").open("wb") as log:
            # A process counts its parent's memory until it is itself: a small one stands between it and the tests.
            command = [sys.executable, "-c", MEASURED, sys.executable, "-m", "tap_helpcrunch", *files]
            done = subprocess.run(command, stdout=out, stderr=log, check=False)
    assert done.returncode == 0, (folder / "log").read_text()
    assert len((folder / "out").read_text().splitlines()) >= rows
    return int((folder / "log").read_text().splitlines()[-1])


@pytest.mark.parametrize("name", ["offset-ignored", "page-repeated"])
def test_a_page_that_is_stuck_is_given_up_soon(account: Account, server: Server, name: str) -> None:
    mute, *_ = chats(account, 30, messages=1)
    for number in range(250):
        account.add_message(mute, f"{number}")
    account.advance(DAY)
    path = f"/chats/{mute}/messages"
    server.deviations.append(Played(name, "messages", path=path, after=1))
    load(server, end=None)
    assert len(asked(server, path)) <= 30


def test_12000_changed_chats_are_listed_once(account: Account, server: Server) -> None:
    made = chats(account, 12_000, messages=0)
    account.advance(DAY)
    target = load(server, streams=("chats",), max_in_flight=8)
    for chat in made:
        account.advance(1)
        account.add_message(chat, "news")
    account.advance(DAY)
    came = Target()
    came.state = target.next_state()
    load(server, came, streams=("chats",), max_in_flight=8)
    assert set(came.of("chats")) == set(made)
    assert len(server.requests) <= 270


def test_another_websites_address_is_told_soon_and_once(tmp_path: Path, account: Account) -> None:
    with Server(account) as server:
        server.fault = lambda _request, _number: Fault(status=404, body=b"<html>Not Found</html>")
        output = run(tmp_path, server)
    errors = [line for line in output.log.splitlines() if "| ERROR" in line]
    assert output.code == 1
    assert len(errors) == 1
    assert "check api_url" in errors[0]
    assert len(server.requests) <= 8
