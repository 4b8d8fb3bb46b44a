"""Oddities that cost requests in every run, or hundreds in one, cost a few."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator import Account, Fault, Played, Server
from tests.happenings import DAY
from tests.hiding import changing_rows
from tests.rules.helpers import chats, load
from tests.running import asked, run
from tests.target import Target

HOUR = 3600


def quiet(server: Server, account: Account) -> Target:
    """Run three times, an hour apart; the last run's requests are those of the account."""
    target = Target()
    for _ in range(3):
        load(server, target)
        account.advance(HOUR)
    return target


@pytest.mark.parametrize("where", [0, 150, 299])
def test_a_chat_with_a_message_but_without_its_time(account: Account, server: Server, where: int) -> None:
    made = chats(account, 300)
    account.advance(DAY)
    odd = made[where]
    with changing_rows("/chats", lambda row: {**row, "lastMessageAt": None} if row.get("id") == odd else row):
        target = quiet(server, account)
    assert set(target.of("messages")) == set(account.messages)
    assert len(server.requests) <= 4


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
