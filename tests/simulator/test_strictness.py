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
@pytest.mark.parametrize("path", ["/chats", "/organization", "/nowhere"])
def test_a_wrong_key_is_401(server: Server, key: str | None, path: str) -> None:
    client = Client(server, key)
    answer = client.get(path)
    assert (answer.status, answer.codes) == (401, ["invalid_request", "unauthorized"])
    server.dialect = Dialect.A1()
    assert client.get(path).codes == ["invalid_token"]
    client.connection.close()


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        ("/chats", {"limit": 101}, "limit"),
        ("/chats", {"limit": 0}, "limit"),
        ("/chats", {"limit": "ten"}, "limit"),
        ("/chats", {"limit": "-1"}, "limit"),
        ("/chats", {"limit": "1.5"}, "limit"),
        ("/chats", {"limit": ""}, "limit"),
        ("/chats", {"offset": "-1"}, "offset"),
        ("/chats", {"offset": "x"}, "offset"),
        ("/chats", {"sort": "chats.updatedAt"}, "sort"),
        ("/chats", {"sort": "createdAt"}, "sort"),
        ("/chats", {"sort": "customers.lastSeen"}, "sort"),
        ("/chats", {"order": "up"}, "order"),
        ("/customers", {"sort": "chats.createdAt"}, "sort"),
        ("/customers", {"limit": 500}, "limit"),
        ("/chats/1/messages", {"limit": 101}, "limit"),
        ("/chats/1/messages", {"offset": "-5"}, "offset"),
        ("/agents", {"limit": 101}, "limit"),
        ("/departments", {"offset": "a"}, "offset"),
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
        ({"filter": [{**CREATED, "field": "chats.lastMessageAt"}]}, "filter[0].field"),
        ({"filter": [{**CREATED, "field": "createdAt"}]}, "filter[0].field"),
        ({"filter": [{**CREATED, "field": None}]}, "filter[0].field"),
        ({"filter": [{**CREATED, "field": "customers.id"}]}, "filter[0].field"),
        ({"filter": [{**CREATED, "operator": "=>"}]}, "filter[0].operator"),
        ({"filter": [{**CREATED, "operator": "~"}]}, "filter[0].operator"),
        ({"filter": [{**CREATED, "value": "2024-01-01"}]}, "filter[0].value"),
        ({"filter": [{**CREATED, "value": "1.5"}]}, "filter[0].value"),
        ({"filter": [{**CREATED, "value": 1.5}]}, "filter[0].value"),
        ({"filter": [{**CREATED, "value": None}]}, "filter[0].value"),
        ({"filter": [{**CREATED, "value": True}]}, "filter[0].value"),
        ({"filter": [{**CREATED, "value": [1]}]}, "filter[0].value"),
        ({"filter": [{"field": "chats.createdAt", "operator": ">="}]}, "filter[0].value"),
        ({"filter": [{**CREATED, "and": []}]}, "filter[0].and"),
        ({"filter": ["x"]}, "filter[0]"),
        ({"filter": CREATED}, "filter"),
        ({"filter": [CREATED, CREATED]}, "comparison"),
        ({"filter": [CREATED, CREATED], "comparison": "XOR"}, "comparison"),
        ({"filter": [CREATED, {**CREATED, "value": "x"}], "comparison": "AND"}, "filter[1].value"),
        (
            {"filter": [{"field": "chats.status", "operator": ">", "value": "new"}]},
            "filter[0].operator",
        ),
        (
            {"filter": [{"field": "chats.rating", "operator": "=", "value": ["great"]}]},
            "filter[0].value",
        ),
        (
            {"filter": [{"field": "chats.assignee", "operator": "=", "value": "Ira"}]},
            "filter[0].value",
        ),
        (
            {"filter": [{"field": "chats.customer.tagsData", "operator": "=", "value": "VIP"}]},
            "filter[0].value",
        ),
        (
            {"filter": [{"field": "chats.customer.tagsData", "operator": "!=", "value": []}]},
            "filter[0].operator",
        ),
        ({"limit": 101}, "limit"),
        ({"limit": 1.0}, "limit"),
        ({"limit": True}, "limit"),
        ({"offset": -1}, "offset"),
        ({"sort": "lastCustomerMessageAt"}, "sort"),
        ({"sort": ["chats.createdAt"]}, "sort"),
        ({"order": 1}, "order"),
        ({"page": 2}, "page"),
        ([], "body"),
        (b"{", "invalid_json"),
    ],
)
def test_wrong_searches_are_400(client: Client, body: Any, field: str) -> None:
    answer = client.ask("POST", "/chats/search", body)
    assert (answer.status, answer.codes) == (400, ["invalid_request", field])


def test_customers_know_other_fields(client: Client) -> None:
    for name in ("chats.createdAt", "customers.firstSeen", "customers.createdAt"):
        assert client.search("customers", (name, "=", 1)).codes[1] == "filter[0].field"
    assert client.search("customers", sort="chats.createdAt").codes[1] == "sort"


@pytest.mark.parametrize(
    ("path", "old"),
    [
        ("/chats/999", "chat_not_found"),
        ("/chats/999/messages", "chat_not_found"),
        ("/customers/999", "customer_not_found"),
        ("/nowhere", "entity_not_found"),
        ("/agents/1/unsubscribe", "entity_not_found"),
        ("/chats/1/messages/2", "entity_not_found"),
    ],
)
def test_what_is_not_there_is_404(server: Server, client: Client, path: str, old: str) -> None:
    answer = client.get(path)
    assert (answer.status, answer.codes) == (404, ["invalid_request", "not_found"])
    server.dialect = Dialect(errors="one")
    assert client.get(path).codes == [old]


def test_outside_the_version_is_404(server: Server) -> None:
    with Client(server) as client:
        client.connection.request("GET", "/chats", headers={"Authorization": "Bearer test-key"})
        assert client.connection.getresponse().status == 404


@pytest.mark.parametrize("chat", ["x", "1.5", "-1", "0", "99999999999999999999", "search%20"])
def test_a_chat_id_is_a_number(server: Server, client: Client, chat: str) -> None:
    for path in (f"/chats/{chat}", f"/chats/{chat}/messages"):
        server.dialect = Dialect()
        answer = client.get(path)
        assert (answer.status, answer.codes) == (400, ["invalid_request", "invalid_chat_value"])
        server.dialect = Dialect(errors="one")
        assert client.get(path).codes == ["invalid_chat_value"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/chats"),
        ("POST", "/customers"),
        ("POST", "/chats/1/messages"),
        ("POST", "/agents/search"),
        ("PUT", "/chats/1"),
        ("PATCH", "/customers/1"),
        ("DELETE", "/customers/1"),
        ("GET", "/chats/search"),
        ("PUT", "/customers/search"),
    ],
)
def test_writes_are_405(account: Account, client: Client, method: str, path: str) -> None:
    answer = client.ask(method, path, {"name": "x"})
    assert (answer.status, answer.codes) == (405, ["invalid_request", "method_not_allowed"])
    assert (len(account.chats), len(account.customers)) == (3, 2)


def test_head_has_no_body(client: Client) -> None:
    answer = client.ask("HEAD", "/chats")
    assert (answer.status, answer.body) == (405, b"")
    assert client.get("/chats").status == 200


def test_a_body_without_length_is_refused(client: Client) -> None:
    connection = client.connection
    connection.putrequest("POST", "/v1/chats/search")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    assert connection.getresponse().status == 400


def test_every_request_is_logged(server: Server, client: Client) -> None:
    client.get("/chats", limit=2, sort="chats.createdAt")
    client.search("chats", ("chats.status", "=", "new"))
    client.get("/chats/999")
    client.ask("POST", "/chats/search", b"nonsense")
    first, second, third, fourth = server.requests
    assert (first.method, first.path, first.status) == ("GET", "/v1/chats", 200)
    assert first.params == {"limit": "2", "sort": "chats.createdAt"}
    assert first.body is None
    assert second.body is not None
    assert second.body["filter"][0]["value"] == "new"
    assert (third.status, third.path) == (404, "/v1/chats/999")
    assert (fourth.status, fourth.body) == (400, None)
    assert first.at <= second.at <= third.at
    server.requests.clear()
    client.get("/agents")
    assert [row.path for row in server.requests] == ["/v1/agents"]
