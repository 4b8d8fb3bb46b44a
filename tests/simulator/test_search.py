"""Filters, order, pages and refusals of the simulated account, as documented."""

from typing import Any

import pytest

from simulator import Dialect, Server
from tests.conftest import NOW
from tests.simulator.conftest import Client


@pytest.mark.parametrize(
    ("one", "found"),
    [
        (("chats.createdAt", ">=", NOW - 3000), {2, 3}),
        (("chats.createdAt", ">", NOW - 3000), {3}),
        (("chats.createdAt", "<", NOW - 3000), {1}),
        (("chats.createdAt", "<=", str(NOW - 3000)), {1, 2}),
        (("chats.createdAt", "=", NOW - 3000), {2}),
        (("chats.createdAt", "!=", NOW - 3000), {1, 3}),
        (("chats.closedAt", ">=", NOW), {2}),
        (("chats.closedAt", "<", NOW + 1), {2}),
        (("chats.closedAt", "!=", NOW), {1, 3}),
        (("chats.updatedAt", ">=", NOW - 100), {2, 3}),
        (("chats.updatedAt", ">=", NOW + 10**9), set()),
        (("chats.assignee", "!=", "1"), {2, 3}),
        (("chats.customer", ">", 1), {2, 3}),
        (("customers.id", ">", 1), {2}),
        (("customers.lastSeen", ">=", NOW - 5000), {1}),
        (("customers.lastSeen", "!=", NOW - 5000), {2}),
    ],
)
def test_filters(client: Client, one: tuple[str, str, Any], found: set[int]) -> None:
    kind = one[0].partition(".")[0]
    answer = client.search(kind, one)
    assert set(answer.ids) == found
    assert (answer.json["meta"] if kind == "chats" else answer.json)["total"] == len(found)


def test_filters_are_joined(client: Client) -> None:
    late, closed = ("chats.createdAt", ">=", NOW - 100), ("chats.closedAt", "=", NOW)
    assert set(client.search("chats", late, closed, comparison="OR").ids) == {2, 3}
    assert client.search("chats", late, closed, comparison="and").ids == []
    early = ("chats.createdAt", "<", NOW)
    assert client.search("chats", early, late, early, comparison="AND").ids == [3]
    assert len(client.search("chats", closed, late, early, comparison="or").ids) == 3


@pytest.mark.parametrize(
    ("sort", "nulls", "descending"),
    [
        ("chats.createdAt", "last", [3, 2, 1]),
        ("chats.lastMessageAt", "last", [2, 1, 3]),
        ("chats.lastMessageAt", "first", [3, 2, 1]),
        ("chats.closedAt", "last", [2, 3, 1]),
        ("chats.lastCustomerMessageAt", "first", [3, 2, 1]),
        ("customers.firstSeen", "last", [1, 2]),
        ("customers.lastSeen", "first", [2, 1]),
    ],
)
def test_sorts(server: Server, client: Client, sort: str, nulls: Any, descending: list[int]) -> None:
    server.dialect = Dialect(nulls=nulls)
    kind = sort.partition(".")[0]
    for params in ({"order": "desc"}, {"order": "DESC"}, {}):
        assert client.get(f"/{kind}", sort=sort, **params).ids == descending
        assert client.search(kind, sort=sort, **params).ids == descending
    assert client.get(f"/{kind}", sort=sort, order="ASC").ids == descending[::-1]


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
