"""The simulated account refuses what the API refuses, with the documented errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simulator import Dialect
from tests.simulator.client import Client

if TYPE_CHECKING:
    from simulator import Account, Server

CREATED = {"field": "chats.createdAt", "operator": ">=", "value": 1}


@pytest.mark.parametrize("key", [None, "wrong", "TEST-KEY"])
@pytest.mark.parametrize("path", ["/chats", "/nowhere"])
def test_a_wrong_key_is_401(server: Server, key: str | None, path: str) -> None:
    with Client(server, key) as client:
        answer = client.get(path)
        assert (answer.status, answer.codes) == (401, ["invalid_request", "unauthorized"])
        server.dialect = Dialect.A1()
        assert client.get(path).codes == ["invalid_token"]


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        *(("/chats", {"limit": wrong}, "limit") for wrong in (101, 0, "ten", "-1", "1.5", "")),
        *(("/chats", {"offset": wrong}, "offset") for wrong in ("-1", "x")),
        *(("/chats", {"sort": wrong}, "sort") for wrong in ("chats.updatedAt", "createdAt", "customers.lastSeen")),
        ("/chats", {"order": "up"}, "order"),
        ("/customers", {"sort": "chats.createdAt"}, "sort"),
        ("/customers", {"limit": 500}, "limit"),
        ("/chats/1/messages", {"limit": 101}, "limit"),
        ("/chats/1/messages", {"offset": "-5"}, "offset"),
        ("/agents", {"limit": 101}, "limit"),
    ],
)
def test_wrong_parameters_are_400(
    server: Server, client: Client, path: str, params: dict[str, Any], field: str
) -> None:
    answer = client.get(path, **params)
    assert (answer.status, answer.codes) == (400, ["invalid_request", field])
    server.dialect = Dialect(errors="one")
    assert client.get(path, **params).codes == [f"invalid_{field}_value"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        *(
            ({"filter": [{**CREATED, "field": wrong}]}, "filter[0].field")
            for wrong in ("chats.lastMessageAt", "createdAt", None, "customers.id")
        ),
        *(({"filter": [{**CREATED, "operator": wrong}]}, "filter[0].operator") for wrong in ("=>", "~", None)),
        *(
            ({"filter": [{**CREATED, "value": wrong}]}, "filter[0].value")
            for wrong in ("2024-01-01", "1.5", 1.5, None, True, [1])
        ),
        ({"filter": [{"field": "chats.createdAt", "operator": ">="}]}, "filter[0].value"),
        ({"filter": [{**CREATED, "and": []}]}, "filter[0].and"),
        ({"filter": ["x"]}, "filter[0]"),
        ({"filter": CREATED}, "filter"),
        ({"filter": [CREATED, CREATED]}, "comparison"),
        ({"filter": [CREATED, CREATED], "comparison": "XOR"}, "comparison"),
        ({"filter": [CREATED, {**CREATED, "value": "x"}], "comparison": "AND"}, "filter[1].value"),
        *(({"limit": wrong}, "limit") for wrong in (101, 1.0, True)),
        ({"offset": -1}, "offset"),
        *(({"sort": wrong}, "sort") for wrong in ("lastCustomerMessageAt", ["chats.createdAt"])),
        ({"order": 1}, "order"),
        ({"page": 2}, "page"),
        ([], "body"),
        (b"{", "invalid_json"),
    ],
)
def test_wrong_searches_are_400(client: Client, body: Any, field: str) -> None:
    answer = client.ask("POST", "/chats/search", body)
    assert (answer.status, answer.codes) == (400, ["invalid_request", field])


@pytest.mark.parametrize(
    ("path", "status", "old", "new"),
    [
        ("/chats/999", 404, "chat_not_found", "not_found"),
        ("/chats/999/messages", 404, "chat_not_found", "not_found"),
        ("/customers/999", 404, "customer_not_found", "not_found"),
        ("/nowhere", 404, "entity_not_found", "not_found"),
        ("/chats/1/messages/2", 404, "entity_not_found", "not_found"),
        *((f"/chats/{it}", 400, *["invalid_chat_value"] * 2) for it in ("x", "1.5", "-1", "0", "9" * 20)),
        ("/chats/x/messages", 400, *["invalid_chat_value"] * 2),
    ],
)
def test_what_is_not_there(server: Server, client: Client, path: str, status: int, old: str, new: str) -> None:
    answer = client.get(path)
    assert (answer.status, answer.codes) == (status, ["invalid_request", new])
    server.dialect = Dialect(errors="one")
    assert client.get(path).codes == [old]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/chats"),
        ("POST", "/chats/1/messages"),
        ("POST", "/agents/search"),
        ("PUT", "/chats/1"),
        ("PATCH", "/customers/1"),
        ("DELETE", "/customers/1"),
        ("GET", "/chats/search"),
    ],
)
def test_writes_are_405(account: Account, client: Client, method: str, path: str) -> None:
    answer = client.ask(method, path, {"name": "x"})
    assert (answer.status, answer.codes) == (405, ["invalid_request", "method_not_allowed"])
    assert (len(account.chats), len(account.customers)) == (3, 2)


def test_every_request_is_logged(server: Server, client: Client) -> None:
    client.get("/chats", limit=2, sort="chats.createdAt")
    client.search("chats", ("chats.closedAt", "=", 1))
    client.get("/chats/999")
    client.ask("POST", "/chats/search", b"nonsense")
    first, second, third, fourth = server.requests
    assert (first.method, first.path, first.status, first.body) == ("GET", "/v1/chats", 200, None)
    assert first.params == {"limit": "2", "sort": "chats.createdAt"}
    assert second.body is not None
    assert second.body["filter"][0]["value"] == 1
    assert (third.status, third.path) == (404, "/v1/chats/999")
    assert (fourth.status, fourth.body) == (400, None)
    assert first.at <= second.at <= third.at
