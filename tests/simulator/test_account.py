"""The account: generated history, single changes, and life going on."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from simulator import Account
from tests.simulator.client import NOW

ROOT = Path(__file__).resolve().parents[2]
DUMP = """
import sys
from simulator import Account
account = Account.generate(seed=3, chats=60, messages=700)
account.live(5, 30)
sys.stdout.write(repr((account.chats, account.messages, account.customers, account.small, account.now)))
"""


def said(*values: Any) -> tuple[Any, ...]:
    """Return the values for a comparison of exact with whole numbers."""
    return values


def test_two_processes_generate_the_same() -> None:
    outputs = []
    for hashes in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": hashes}
        done = subprocess.run([sys.executable, "-c", DUMP], cwd=ROOT, env=env, capture_output=True, check=True)
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) > 100_000


@pytest.mark.parametrize(
    ("chats", "messages", "customers"),
    [(0, 0, 0), (0, 0, None), (1, 500, None), (3, 2, 0), (7, 5, 50), (430, 3000, 10)],
)
def test_exactly_that_many(chats: int, messages: int, customers: int | None) -> None:
    account = Account.generate(seed=2, chats=chats, messages=messages, customers=customers)
    assert said(len(account.chats), len(account.messages)) == (chats, messages)
    assert len(account.customers) == customers or customers is None
    assert sum(map(len, account.threads.values())) == messages


def test_every_record_is_consistent_and_everything_occurs() -> None:
    account = Account.generate(seed=7, chats=430, messages=3000)
    for chat in account.chats.values():
        thread = account.messages_of(chat.id)
        places = [(message.created_at, message.id) for message in thread]
        assert places == sorted(places, reverse=True)
        assert all(int(message.created_at) >= chat.created_at for message in thread)
        moving = [message for message in thread if message.moves_chat]
        assert chat.last_message_id == (moving[0].id if moving else None)
        assert (chat.last_message_at is None) == (not moving)
        assert (chat.status == "empty") == (not thread)
        assert (chat.closed_at is None) == (chat.status != "closed")
        assert chat.created_at == chat.created_at.to_integral_value()
        assert max(places, default=(Decimal(0), 0))[0] <= NOW - 7200
    assert {one.type for one in account.messages.values()} == {"message", "private", "tech", "email", "knowledgeBase"}
    assert {"empty", "closed", "opened", "new", "pending"} <= {chat.status for chat in account.chats.values()}
    assert 2 <= sum(len(thread) > 100 for thread in account.threads.values()) <= 10
    assert 10 <= sum(not thread for thread in account.threads.values()) <= 16
    for field in ("name", "email", "device", "last_seen"):
        assert {getattr(customer, field) is None for customer in account.customers.values()} == {True, False}


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


def test_what_moves_nothing_but_updated_at(account: Account) -> None:
    account.advance(10)
    chat, message = account.chats[1], account.messages_of(1)[1]
    before = vars(chat).copy()
    account.read_message(message.id)
    assert said(message.read, message.updated_at, vars(chat)) == (True, None, before)
    account.edit_message(message.id, "better")
    assert said(message.text, message.edited, message.updated_at) == ("better", True, NOW + 10)
    account.add_message(1, "note", sender="agent", type="private", agent=2, moves_chat=False)
    assert {name for name, value in vars(chat).items() if before[name] != value} == {"updated_at", "agents"}


def test_deletions(account: Account) -> None:
    newest, second = account.messages_of(1)[:2]
    account.delete_message(newest.id)
    chat = account.chats[1]
    assert said(chat.last_message_id, chat.last_message_at) == (second.id, NOW - 3998)
    for message in account.messages_of(1):
        account.delete_message(message.id)
    assert said(chat.last_message_at, chat.last_message_id, chat.last_customer_message_at) == (None,) * 3
    assert account.add_message(1) > newest.id, "no id comes twice"
    account.delete_chat(1)
    assert not any(message.chat == 1 for message in account.messages.values())
    assert account.add_chat(customer=1) == 4
    account.delete_customer(2)
    assert account.chats[2].customer is None
