"""Promise 2 if runs are killed again and again: a load still completes, even of rows with the same time."""

from __future__ import annotations

import typing as t

import pytest

from simulator import Account, Dialect, Server
from tests.happenings import DAY, Happenings
from tests.lives.runners import End, InProcess, Kill
from tests.running import config
from tests.target import Target

MOST_RUNS = 40
HOUR = 3600


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


def test_edits_that_only_updated_at_tells(account: Account, server: Server) -> None:
    """The kill comes between the chats that moved, which the listing brings, and the rest, which the search brings."""
    server.dialect = Dialect(updated_at="honoured")
    happenings, target = Happenings(account), Target()
    for _ in range(90):
        happenings.say(happenings.open())
        account.advance(HOUR)
    assert run(server, target) is End.WELL
    for lines in range(60, 340, 40):
        for chat in range(1, 71):
            happenings.edit(chat, 0)
        for chat in range(71, 91):
            happenings.say(chat)
        account.advance(DAY)
        assert run(server, target, lines) is End.KILLED
        account.advance(DAY)
        assert run(server, target) is End.WELL
        held = {number: message["text"] for number, message in target.of("messages").items()}
        assert held == {number: message.text for number, message in account.messages.items()}


@pytest.mark.parametrize("lines", [120, 200])
def test_chats_closed_between_two_kills(account: Account, server: Server, lines: int) -> None:
    """The first kill comes when their messages are in the target; the second when all moved chats are."""
    server.dialect = Dialect(updated_at="refused")
    target = Target()
    for _ in range(130):
        account.add_message(account.add_chat(), "hello")
        account.advance(HOUR)
    account.advance(DAY)
    assert run(server, target) is End.WELL
    account.advance(DAY)
    for chat in range(51, 101):
        account.add_message(chat, "news")
    account.advance(HOUR)
    assert run(server, target, 80) is End.KILLED
    account.advance(HOUR)
    for chat in range(6, 101):
        account.close_chat(chat)
    account.advance(HOUR)
    assert run(server, target, lines) is End.KILLED
    account.advance(HOUR)
    assert run(server, target) is End.WELL
    held = {number: chat["status"] for number, chat in target.of("chats").items()}
    assert held == {number: chat.status for number, chat in account.chats.items()}


def test_chats_that_come_while_increments_are_killed(account: Account, server: Server) -> None:
    """Each run lists what changed, and brings some of it for good, although new ones come first."""
    server.dialect = Dialect(updated_at="honoured")
    happenings, target = Happenings(account), Target()
    for _ in range(10):
        happenings.say(happenings.open())
    account.advance(DAY)
    assert run(server, target) is End.WELL
    for runs in range(1, MOST_RUNS):
        if runs < 4:
            for _ in range(90):
                account.advance(60)
                chat = happenings.open()
                for _ in range(5):
                    happenings.say(chat)
        if run(server, target, 420) is End.WELL:
            break
    assert set(target.of("messages")) == set(account.messages)
    assert 3 <= runs <= 12
