"""A small account, its server and a client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulator import Account, Server
from tests.simulator.client import NOW, Client

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def account() -> Account:
    """Three chats: one with four messages, one closed without a customer's word, one empty."""
    account = Account(NOW)
    ira = account.add_agent("Ira", role="admin")
    petro = account.add_agent("Petro")
    account.add_department("Billing", [ira, petro])
    account.add_application("shop-web", "Shop")
    olena = account.add_customer(
        name="Olena",
        email="olena@shop.test",
        user_id="u-1",
        location={"regionCode": "30", "countryCode": "UA", "city": "Kyiv"},
        device={"id": 1, "ip": "203.0.113.1"},
        tags=[{"name": "VIP", "color": "#f00"}, {"name": "lead", "color": "#0f0"}],
        custom_data={"plan": "pro", "seats": 4},
        first_seen=NOW - 9000,
        last_seen=NOW - 5000,
    )
    account.add_customer(name="Max", first_seen=None, last_seen=None)
    long = account.add_chat(created_at=NOW - 5000, customer=olena, department=1, assignee=ira)
    for index in range(4):
        account.add_message(
            long,
            f"line {index}",
            sender="agent" if index % 2 else "customer",
            agent=ira if index % 2 else None,
            created_at=f"{NOW - 4000 + index}.{index}18",
        )
    closed = account.add_chat(created_at=NOW - 3000, customer=2)
    account.add_message(closed, "hi", sender="agent", agent=petro, created_at=NOW - 2900)
    account.close_chat(closed)
    account.rate_chat(closed, "perfect")
    account.add_chat(created_at=NOW - 100, customer=2)
    return account


@pytest.fixture
def server(account: Account) -> Iterator[Server]:
    with Server(account) as server:
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server) as client:
        yield client
