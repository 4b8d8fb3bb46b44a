"""An account that is merely odd is no fault: every run ends with 0, whole, and quiet ones cost four requests."""

from __future__ import annotations

import typing as t

import pytest

from simulator import Account, Dialect, Fault, Server
from tests.happenings import DAY, refuse
from tests.hiding import changing, changing_rows
from tests.rules.helpers import CHATS, chats, load, owed
from tests.target import Target

if t.TYPE_CHECKING:
    from simulator import Logged

HOUR = 3600


def hourly(server: Server, account: Account, target: Target | None = None, streams: tuple[str, ...] = CHATS) -> Target:
    """Run four times, an hour apart, each ending with 0; the last one is quiet."""
    target = target or Target()
    for _ in range(4):
        load(server, target, streams=streams)
        account.advance(HOUR)
    return target


def test_customers_of_a_new_account_that_answer_404(account: Account, server: Server) -> None:
    refuse(server, {"/customers": 404, "/customers/search": 404})
    chats(account, 3)
    account.customers.clear()
    account.advance(DAY)
    target = hourly(server, account, streams=(*CHATS, "customers"))
    assert set(target.of("messages")) == set(account.messages)


def test_chats_whose_messages_were_all_deleted(account: Account, server: Server) -> None:
    """Their rows still show the time of the last one."""
    made = chats(account, 60)
    account.advance(DAY)
    for chat in made[10:22]:
        last = account.chats[chat].last_message_at
        for message in account.messages_of(chat):
            account.delete_message(message.id)
        account.chats[chat].last_message_at = last
    account.touch()
    target = hourly(server, account)
    assert set(target.of("messages")) == set(account.messages)
    assert len(server.requests) <= 4
    assert owed(target.state) == []


def test_customers_in_a_window_of_offsets(account: Account, server: Server) -> None:
    """Offsets beyond it are refused; by lastSeen all can be read."""
    for _ in range(350):
        account.advance(60)
        account.add_customer(last_seen=account.now)
    account.advance(DAY)

    def window(request: Logged, _number: int) -> Fault | None:
        offset = int((request.body or request.params).get("offset", 0))
        return Fault(status=400) if "/customers" in request.path and offset >= 100 else None

    server.fault = window
    target = hourly(server, account, streams=("customers",))
    assert set(target.of("customers")) == set(account.customers)
    assert len(server.requests) <= 2


@pytest.mark.parametrize("value", ["0", 0, ""])
def test_times_that_are_not_set_in_other_words(account: Account, server: Server, value: t.Any) -> None:
    """PHP's casts: an empty chat, and a customer never seen, have a time of zero."""
    chats(account, 30)
    chats(account, 14, messages=0)
    chats(account, 30)
    for _ in range(14):
        account.add_customer(first_seen=None, last_seen=None)
    account.advance(DAY)

    def cast(row: t.Any) -> t.Any:
        return {
            name: value if inner is None and name.endswith(("At", "Seen")) else inner for name, inner in row.items()
        }

    with changing_rows("/chats", cast), changing_rows("/customers", cast):
        target = hourly(server, account)
        assert len(server.requests) <= 4
        people = hourly(server, account, streams=("customers",))
    assert set(target.of("messages")) == set(account.messages)
    assert {row["lastMessageAt"] for row in target.of("chats").values() if row["lastMessageId"] is None} <= {None}
    assert set(people.of("customers")) == set(account.customers)


def test_an_empty_chat_that_answers_with_null(account: Account, server: Server) -> None:
    chats(account, 30)
    chats(account, 12, messages=0)
    account.advance(DAY)

    def null(status: int, body: t.Any) -> tuple[int, t.Any]:
        return status, {"data": None, "total": 0} if isinstance(body, dict) and body.get("data") == [] else body

    with changing("/messages", null):
        target = hourly(server, account)
    assert set(target.of("messages")) == set(account.messages)
    assert owed(target.state) == []
    assert len(server.requests) <= 4


@pytest.mark.parametrize("status", [404, 410])
def test_a_deleted_chat_that_a_list_still_shows(account: Account, server: Server, status: int) -> None:
    made = chats(account, 60)
    account.advance(DAY)
    refuse(server, {f"/chats/{chat}/messages": status for chat in made[10:13]})
    target = hourly(server, account)
    assert len(target.of("messages")) == 57
    assert owed(target.state) == []
    assert len(server.requests) <= 4


@pytest.mark.parametrize(
    "dialect",
    [
        Dialect(total="absent"),
        Dialect(total="too many"),
        Dialect(total="page"),
        Dialect(nulls="always first", ties="shuffled"),
        Dialect(updated_at="ignored"),
        Dialect(empty_messages="404", past_end="404", search_none="404"),
        Dialect(date_header=False),
    ],
    ids=lambda dialect: ",".join(f"{k}={v}" for k, v in vars(dialect).items() if v != getattr(Dialect(), k)),
)
def test_an_odd_account_is_whole_and_quiet(account: Account, server: Server, dialect: Dialect) -> None:
    server.dialect = dialect
    chats(account, 130)
    chats(account, 20, messages=0)
    account.advance(DAY)
    target = hourly(server, account)
    assert set(target.of("messages")) == set(account.messages)
    if dialect.date_header:  # without it a run looks a day behind its bookmark
        assert len(server.requests) <= 4
