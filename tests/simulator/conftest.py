"""A small account, its server, and a client made of the standard library only."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

import pytest

from simulator import Account, Server
from tests.conftest import NOW


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def ids(self) -> list[int]:
        return [row["id"] for row in self.json["data"]]

    @property
    def codes(self) -> list[str]:
        errors = self.json["errors"]
        assert all(error["message"] for error in errors)
        return [error["code"] for error in errors]


class Client:
    """Asks one server over one kept connection."""

    def __init__(self, server: Server, key: str | None = "test-key") -> None:
        self.server = server
        self.key = key
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def ask(self, method: str, path: str, body: Any = None, **params: Any) -> Answer:
        """Ask; a body that is not bytes goes as JSON, a path without /_ below /v1."""
        target = path if path.startswith("/_") else f"/v1{path}"
        if params:
            target += "?" + urlencode(params)
        headers = {} if self.key is None else {"Authorization": f"Bearer {self.key}"}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        self.connection.request(method, target, data, headers)
        answer = self.connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())

    def get(self, path: str, **params: Any) -> Answer:
        return self.ask("GET", path, **params)

    def search(self, kind: str, *filters: tuple[str, str, Any], **body: Any) -> Answer:
        """Search with filters given as (field, operator, value)."""
        names = ("field", "operator", "value")
        rows = [dict(zip(names, one, strict=True)) for one in filters]
        return self.ask("POST", f"/{kind}/search", {"filter": rows, **body})


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
