"""Filters, order and pages, as documented."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Account, Dialect, Server
from tests.simulator.client import NOW, Client


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


@pytest.mark.parametrize("body", [None, {}, {"filter": []}, {"limit": 100, "offset": 0}])
def test_a_search_may_have_no_filter(client: Client, body: Any) -> None:
    assert set(client.ask("POST", "/chats/search", body).ids) == {1, 2, 3}


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


@pytest.mark.parametrize(("nulls", "orders"), [("last", [[2, 1, 3], [1, 2, 3]]), ("first", [[3, 2, 1], [3, 1, 2]])])
def test_nulls_at_one_end_whatever_the_order(server: Server, client: Client, nulls: str, orders: Any) -> None:
    server.dialect = Dialect(nulls=f"always {nulls}")  # type: ignore[arg-type]
    assert [client.get("/chats", sort="chats.lastMessageAt", order=order).ids for order in ("desc", "asc")] == orders


def test_orders_follow_changes(account: Account, server: Server, client: Client) -> None:
    asked = {"sort": "chats.lastMessageAt", "order": "desc"}
    assert client.get("/chats", **asked).ids == [2, 1, 3]
    account.advance(10)
    account.add_message(3)
    assert client.get("/chats", **asked).ids == [3, 2, 1]
    server.before = lambda _: account.delete_chat(3) if 3 in account.chats else None
    assert client.get("/chats", **asked).ids == [2, 1]


def test_pages_of_chats() -> None:
    account = Account.generate(seed=1, chats=250, messages=300)
    with Server(account) as server, Client(server) as client:
        asked = {"sort": "chats.createdAt", "order": "asc"}
        pages = [client.get("/chats", offset=at, **asked) for at in (0, 100, 200, 250, 10**9)]
        assert [len(page.ids) for page in pages] == [100, 100, 50, 0, 0]
        assert all(page.json["meta"]["total"] == 250 for page in pages)
        ids = [number for page in pages for number in page.ids]
        times = [account.chats[number].created_at for number in ids]
        assert (sorted(ids), times) == (sorted(account.chats), sorted(times))
        assert client.search("chats", offset="200", limit="30", **asked).ids == ids[200:230]


def test_ties(account: Account, server: Server, client: Client) -> None:
    tied = [account.add_chat(created_at=NOW, customer=1) for _ in range(40)]
    asked = {"sort": "chats.createdAt", "order": "asc"}
    assert client.get("/chats", **asked).ids == [1, 2, 3, *tied]
    for index in range(40):
        account.add_message(3, created_at=f"{NOW + index // 20}.{index:03d}")
    plain = client.get("/chats/3/messages").ids
    server.dialect = Dialect(ties="shuffled")
    orders = {tuple(client.get("/chats", **asked).ids) for _ in range(5)}
    assert {order[:3] for order in orders} == {(1, 2, 3)}
    assert [sorted(order[3:]) for order in orders] == [tied] * 5
    closed = {tuple(client.get("/chats", sort="chats.closedAt").ids) for _ in range(5)}
    assert (len(closed), {order[0] for order in closed}) == (5, {2}), "rows without a sort key are tied as well"
    assert len({tuple(client.search("chats", ("chats.customer", "=", 1), **asked).ids) for _ in "abc"}) == 3
    messages = {tuple(client.get("/chats/3/messages").ids) for _ in range(5)}
    assert len(messages) == 5
    assert all(sorted(order[:20]) == sorted(plain[:20]) for order in messages), "by second"


def test_updated_at_filter(account: Account, server: Server, client: Client) -> None:
    one = ("chats.updatedAt", ">=", NOW + 50)
    account.advance(60)
    account.assign_chat(1, 2)
    assert client.search("chats", one).ids == [1]
    server.dialect = Dialect(updated_at="ignored")
    assert set(client.search("chats", one).ids) == {1, 2, 3}
    server.dialect = Dialect(updated_at="refused")
    assert client.search("chats", one).codes == ["invalid_request", "filter[0].field"]
