"""An account that is merely odd is no fault: every run ends with 0, whole, and quiet ones cost four requests."""

from __future__ import annotations

import typing as t

import pytest

from simulator import Account, Fault, Logged, Server
from tests.happenings import DAY
from tests.hiding import changing_rows
from tests.rules.helpers import CHATS, chats, load
from tests.target import Target

HOUR = 3600


def hourly(server: Server, account: Account, target: Target | None = None, streams: tuple[str, ...] = CHATS) -> Target:
    """Run four times, an hour apart, each ending with 0; the last one is quiet."""
    target = target or Target()
    for _ in range(4):
        load(server, target, streams=streams)
        account.advance(HOUR)
    return target


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
