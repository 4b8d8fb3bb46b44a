"""The account: generated history, single changes, and life going on."""

from __future__ import annotations

import collections
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from simulator import Account
from simulator.generation import working
from tests.simulator.client import NOW

ROOT = Path(__file__).resolve().parents[2]
DUMP = """
import sys, json
from simulator import Account, Dialect
from simulator.speech import Speaker
account = Account.generate(seed=3, chats=60, messages=700)
account.live(5, 30)
speaker = Speaker(account, Dialect())
rows = [speaker.chat(x) for x in account.chats.values()]
rows += [speaker.message(x) for x in account.messages.values()]
rows += [speaker.customer(x) for x in account.customers.values()]
rows += [*map(speaker.small, account.small), str(account.now)]
sys.stdout.write(json.dumps(rows))
"""


def said(*values: Any) -> tuple[Any, ...]:
    """Return the values for a comparison of exact with whole numbers."""
    return values


@pytest.fixture(scope="module")
def big() -> Account:
    return Account.generate(seed=7, chats=430, messages=3000)


def test_two_processes_generate_the_same() -> None:
    outputs = []
    for hashes in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", DUMP],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hashes},
            capture_output=True,
            timeout=30,
            check=True,
        )
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) > 100_000


def test_customers_write_in_the_hours_of_a_working_week(big: Account) -> None:
    monday = 4 * 86_400
    hours = collections.Counter(int(chat.created_at - monday) % 604_800 // 3600 for chat in big.chats.values())
    at_work = sum(number for hour, number in hours.items() if hour < 5 * 24 and 8 <= hour % 24 < 18)
    assert 0.55 < at_work / len(big.chats) < 0.8
    assert len(hours) > 80


def test_a_week_is_filled_in_order_and_to_its_ends() -> None:
    week = range(345_600_000, 345_600_000 + 604_800_000, 7_321)
    moved = [working(moment) for moment in week]
    assert moved == sorted(moved)
    assert moved[0] == week[0]
    assert week[-1] - 400_000 < moved[-1] < week.stop


def test_another_seed_generates_another_account(big: Account) -> None:
    assert Account.generate(seed=7).messages == big.messages
    assert Account.generate(seed=8).messages != big.messages


@pytest.mark.parametrize(
    ("chats", "messages", "customers"),
    [
        (0, 0, 0),
        (0, 0, None),
        (1, 0, None),
        (1, 1, 1),
        (1, 500, None),
        (3, 2, 0),
        (7, 5, 50),
        (30, 29, None),
        (430, 3000, 10),
        (2000, 2500, None),
        (50, 6000, None),
    ],
)
def test_exactly_that_many(chats: int, messages: int, customers: int | None) -> None:
    account = Account.generate(seed=2, chats=chats, messages=messages, customers=customers)
    assert said(len(account.chats), len(account.messages)) == (chats, messages)
    assert len(account.customers) == customers or customers is None
    assert sum(map(len, account.threads.values())) == messages


@pytest.mark.parametrize("wrong", [{"chats": -1}, {"chats": 0, "messages": 1}, {"customers": -1}])
def test_impossible_accounts(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="chat"):
        Account.generate(**wrong)


def test_history(big: Account) -> None:
    moments = [message.created_at for message in big.messages.values()]
    edits = [message.updated_at for message in big.messages.values() if message.updated_at]
    assert big.now == NOW
    assert max(moments + edits + [chat.updated_at for chat in big.chats.values()]) <= NOW - 7200
    began = [chat.created_at for chat in big.chats.values()]
    assert 600 * 86400 < max(began) - min(began) < 800 * 86400
    assert sorted(big.chats) == list(big.chats)
    assert began == sorted(began), "ids follow creation"
    assert collections.Counter(began).most_common(1)[0][1] > 1, "some share a second"
    seen = [customer.last_seen for customer in big.customers.values()]
    assert None in seen
    assert max(moment for moment in seen if moment is not None) <= NOW - 7200


def test_every_record_is_consistent(big: Account) -> None:
    for chat in big.chats.values():
        thread = big.messages_of(chat.id)
        places = [(message.created_at, message.id) for message in thread]
        assert places == sorted(places, reverse=True)
        assert all(message.chat == chat.id for message in thread)
        assert all(int(message.created_at) >= chat.created_at for message in thread)
        moving = [message for message in thread if message.moves_chat]
        assert chat.last_message_id == (moving[0].id if moving else None)
        assert (chat.last_message_at is None) == (not moving)
        assert (chat.status == "empty") == (not thread)
        assert (chat.closed_at is None) == (chat.status != "closed")
        assert chat.customer in big.customers
        assert chat.created_at == chat.created_at.to_integral_value()


def test_content_shows_everything(big: Account) -> None:
    messages = list(big.messages.values())
    assert {message.type for message in messages} == {
        "message", "private", "tech", "email", "knowledgeBase",
    }  # fmt: skip
    texts = "\n".join(message.text or "" for message in messages)
    for part in ("замовлення", "paczka", "Rechnung", "注文", "طلب", "❤️", "```", '"', "\n\n", "**"):
        assert part in texts
    assert "https://files.example.test/" in texts
    assert all(".test" in word for word in texts.split() if word.startswith("http"))
    assert {"request_rating", "resolution_time"} <= {message.text for message in messages}
    assert any(message.text is None for message in messages)
    assert any(message.edited and message.updated_at for message in messages)
    assert any(message.agent is None and message.sender == "agent" for message in messages)
    bot = next(number for number, agent in big.agents.items() if agent.name == "HelpBot")
    assert any(message.agent == bot for message in messages)
    assert len({message.broadcast_type for message in messages}) >= 5
    sizes = sorted(map(len, big.threads.values()))
    assert sizes[-1] == 250
    assert 2 <= sum(size > 100 for size in sizes) <= 10
    assert 10 <= sizes.count(0) <= 16
    statuses = {chat.status for chat in big.chats.values()}
    assert {"empty", "closed", "opened", "new", "pending", "onhold"} <= statuses
    for field in ("name", "email", "device", "created_from", "user_id"):
        values = {getattr(customer, field) is None for customer in big.customers.values()}
        assert values == {True, False}


def test_a_message_moves_its_chat(account: Account) -> None:
    account.advance("10.5")
    number = account.add_message(3, "hello")
    chat = account.chats[3]
    assert account.messages[number].created_at == Decimal("1790000010.500")
    assert said(chat.last_message_at, chat.last_message_id) == (NOW + 10, number)
    assert said(chat.last_message_text, chat.status) == ("hello", "new")
    account.add_message(3, "hi", sender="agent", agent=1)
    assert said(chat.status, chat.last_customer_message_at) == ("opened", NOW + 10)
    assert said(chat.last_communicated_agent_id, chat.agents) == (1, [1])
    late = account.add_message(3, "was on its way", created_at=NOW - 50)
    assert account.messages_of(3)[-1].id == late
    assert chat.last_message_text == "hi"
    with pytest.raises(KeyError):
        account.add_message(3, agent=99)


def test_a_silent_note_moves_nothing_but_updated_at(account: Account) -> None:
    account.advance(10)
    before = vars(account.chats[1]).copy()
    account.add_message(1, "note", sender="agent", type="private", agent=2, moves_chat=False)
    after = vars(account.chats[1])
    changed = {name for name, value in after.items() if before[name] != value}
    assert changed == {"updated_at", "agents"}
    assert account.messages_of(1)[0].text == "note"


def test_edits_and_reading(account: Account) -> None:
    account.advance(10)
    chat, message = account.chats[1], account.messages_of(1)[1]
    moved = chat.last_message_at
    account.read_message(message.id)
    assert said(message.read, message.updated_at, chat.updated_at) == (True, None, NOW - 3997)
    account.edit_message(message.id, "better")
    assert said(message.text, message.edited, message.updated_at) == ("better", True, NOW + 10)
    assert said(chat.last_message_at, chat.updated_at) == (moved, NOW + 10)


def test_deletions(account: Account) -> None:
    newest, second = account.messages_of(1)[:2]
    account.delete_message(newest.id)
    chat = account.chats[1]
    assert said(chat.last_message_id, chat.last_message_text) == (second.id, second.text)
    assert chat.last_message_at == NOW - 3998
    for message in account.messages_of(1):
        account.delete_message(message.id)
    assert said(chat.last_message_at, chat.last_message_id, chat.last_customer_message_at) == (None,) * 3
    number = account.add_message(1)
    assert number > newest.id, "no id comes twice"
    account.delete_chat(1)
    assert not any(message.chat == 1 for message in account.messages.values())
    assert account.add_chat(customer=1) == 4
    account.delete_customer(2)
    assert account.chats[2].customer is None
    assert list(account.customers) == [1]


def test_a_chats_life(account: Account) -> None:
    chat = account.chats[2]
    assert said(chat.status, chat.closed_by, chat.closed_at) == ("closed", "agent", NOW)
    account.advance(5)
    account.reopen_chat(2)
    assert said(chat.status, chat.closed_at, chat.updated_at) == ("opened", None, NOW + 5)
    account.close_chat(2, by="customer")
    assert said(chat.closed_by, chat.closed_at) == ("customer", NOW + 5)
    account.add_message(2, "still broken")
    assert said(chat.status, chat.closed_at) == ("opened", None)
    account.assign_chat(2, None)
    account.see_customer(2)
    assert account.customers[2].first_seen == account.customers[2].last_seen == NOW + 5


def test_a_chat_brings_its_customer() -> None:
    account = Account(5)
    number = account.add_chat(created_at=3.9, status="pending", closed_at=4.5)
    chat = account.chats[number]
    assert said(chat.created_at, chat.closed_at, chat.status) == (3, 4, "pending")
    assert account.customers[chat.customer or 0].last_seen == 3
    assert account.messages_of(number) == []
    assert account.add_chat(id=70) == 70
    assert account.add_chat() == 71


@pytest.mark.parametrize("changes", [0, 1, 40])
def test_live(changes: int) -> None:
    account = Account.generate(seed=4, chats=80, messages=500)
    messages, chats = len(account.messages), set(account.chats)
    marks = {number: chat.updated_at for number, chat in account.chats.items()}
    summary = account.live(9, changes)
    assert sum(summary["counts"].values()) == changes
    assert 3000 <= account.now - NOW <= 15000
    assert len(set(account.chats) - chats) == summary["counts"]["new_chats"]
    moved = {number for number, chat in account.chats.items() if marks.get(number) != chat.updated_at}
    assert moved <= set(summary["chats"])
    assert set(summary["announced"]) <= set(summary["chats"])
    assert set(account.chats) - chats <= set(summary["announced"])
    assert len(account.messages) >= messages + summary["counts"]["notes"]
    if changes == 40:
        assert set(summary["announced"]) < set(summary["chats"])
        assert len(moved) > 10
        assert summary != account.live(9, changes)


def test_life_begins_in_an_empty_account() -> None:
    account = Account(NOW)
    summary = account.live(1, 15)
    assert sum(summary["counts"].values()) == 15
    assert account.chats
