"""Lists and searches: what matches, in which order, in which pages."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Account, Dialect, Server
from tests.simulator.client import NOW, Client

CHAT_CASES: list[tuple[tuple[str, str, Any], set[int]]] = [
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
    (("chats.status", "=", "closed"), {2}),
    (("chats.status", "=", "5"), {2}),
    (("chats.status", "=", 7), {3}),
    (("chats.status", "!=", "Closed"), {1, 3}),
    (("chats.status", "~", "open"), {1}),
    (("chats.status", "!~", "open"), {2, 3}),
    (("chats.rating", "=", "perfect"), {2}),
    (("chats.rating", "!=", "perfect"), {1, 3}),
    (("chats.assignee", "=", 1), {1}),
    (("chats.assignee", "=", "1"), {1}),
    (("chats.assignee", "!=", 1), {2, 3}),
    (("chats.agents", "=", 2), {2}),
    (("chats.agents", "!=", 2), {1, 3}),
    (("chats.department", "=", 1), {1}),
    (("chats.customer", "=", 2), {2, 3}),
    (("chats.customer", ">", 1), {2, 3}),
    (("chats.customer.email", "~", "SHOP"), {1}),
    (("chats.customer.email", "!~", "shop"), {2, 3}),
    (("chats.customer.userId", "=", "u-1"), {1}),
    (("chats.customer.tagsData", "=", [{"name": "vip"}]), {1}),
    (("chats.customer.tagsData", "=", [{"name": "vip"}, {"name": "lead"}]), {1}),
    (("chats.customer.tagsData", "=", [{"name": "vip"}, {"name": "other"}]), set()),
]


@pytest.mark.parametrize(("one", "found"), CHAT_CASES)
def test_chat_filters(client: Client, one: tuple[str, str, Any], found: set[int]) -> None:
    answer = client.search("chats", one)
    assert answer.status == 200
    assert set(answer.ids) == found
    assert answer.json["meta"] == {"total": len(found)}


@pytest.mark.parametrize(
    ("one", "found"),
    [
        (("customers.id", ">", 1), {2, 3}),
        (("customers.name", "=", "olena"), {1}),
        (("customers.email", "!~", "shop"), {2, 3}),
        (("customers.countryCode", "=", "UA"), {1}),
        (("customers.city", "~", "yi"), {1}),
        (("customers.regionCode", "=", "30"), {1}),
        (("customers.userId", "=", "u-1"), {1}),
        (("customers.tagsData", "=", [{"name": "lead"}]), {1}),
        (("customers.lastSeen", ">=", NOW - 5000), {1, 3}),
        (("customers.lastSeen", "!=", NOW - 5000), {2, 3}),
        (("customers.telegramId", "=", "77"), {3}),
        (("customers.viberId", "=", "77"), set()),
    ],
)
def test_customer_filters(account: Account, client: Client, one: tuple[str, str, Any], found: set[int]) -> None:
    account.add_customer(created_from="telegram", integration_id="77", email="t@x.test", last_seen=NOW - 9)
    answer = client.search("customers", one)
    assert set(answer.ids) == found
    assert answer.json["total"] == len(found)


def test_filters_are_joined(client: Client) -> None:
    late, closed = ("chats.createdAt", ">=", NOW - 100), ("chats.status", "=", "closed")
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
        ("chats.closedAt", "first", [3, 1, 2]),
        ("chats.lastCustomerMessageAt", "last", [1, 3, 2]),
        ("chats.lastCustomerMessageAt", "first", [3, 2, 1]),
    ],
)
def test_chats_sort(server: Server, client: Client, sort: str, nulls: Any, descending: list[int]) -> None:
    server.dialect = Dialect(nulls=nulls)
    for order in ("desc", "DESC", None):
        params = {"sort": sort} | ({} if order is None else {"order": order})
        assert client.get("/chats", **params).ids == descending
        assert client.search("chats", **params).ids == descending
    assert client.get("/chats", sort=sort, order="ASC").ids == descending[::-1]


def test_nulls_at_one_end_whatever_the_order(server: Server, client: Client) -> None:
    def both(nulls: Any) -> list[list[int]]:
        server.dialect = Dialect(nulls=nulls)
        return [client.get("/chats", sort="chats.lastMessageAt", order=order).ids for order in ("desc", "asc")]

    assert both("always last") == [[2, 1, 3], [1, 2, 3]]
    assert both("always first") == [[3, 2, 1], [3, 1, 2]]


@pytest.mark.parametrize("sort", ["customers.firstSeen", "customers.lastSeen"])
def test_customers_sort(server: Server, client: Client, sort: str) -> None:
    assert client.get("/customers", sort=sort, order="desc").ids == [1, 2]
    assert client.search("customers", sort=sort, order="asc").ids == [2, 1]
    server.dialect = Dialect(nulls="first")
    assert client.get("/customers", sort=sort, order="desc").ids == [2, 1]


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
        assert sorted(ids) == sorted(account.chats)
        assert [account.chats[number].created_at for number in ids] == sorted(
            chat.created_at for chat in account.chats.values()
        )
        third = client.search("chats", offset="200", limit="30", **asked)
        assert third.ids == ids[200:230]


def test_pages_of_messages(account: Account, client: Client) -> None:
    for index in range(251):
        account.add_message(3, str(index), created_at=NOW + index // 2)
    pages = [client.get("/chats/3/messages", offset=at, limit=100) for at in (0, 100, 200, 251)]
    rows = [row for page in pages for row in page.json["data"]]
    assert [len(page.json["data"]) for page in pages] == [100, 100, 51, 0]
    assert [row["text"] for row in rows] == [str(index) for index in range(250, -1, -1)]
    assert pages[0].json["total"] == 251
    assert len(client.get("/chats/3/messages", limit=7, offset=250).ids) == 1
    singles = [client.get("/chats/3/messages", limit=1, offset=at).json for at in range(251)]
    assert [single["data"][0] for single in singles] == rows


def test_ties(account: Account, server: Server, client: Client) -> None:
    tied = [account.add_chat(created_at=NOW, customer=1) for _ in range(40)]
    asked = {"sort": "chats.createdAt", "order": "asc"}
    assert client.get("/chats", **asked).ids == [1, 2, 3, *tied]
    server.dialect = Dialect(ties="shuffled")
    orders = {tuple(client.get("/chats", **asked).ids) for _ in range(5)}
    assert len(orders) == 5
    assert all(order[:3] == (1, 2, 3) for order in orders)
    assert all(sorted(order[3:]) == tied for order in orders)
    closed = {tuple(client.get("/chats", sort="chats.closedAt").ids) for _ in range(5)}
    assert len(closed) == 5, "rows without a sort key are tied as well"
    assert all(order[0] == 2 for order in closed)
    found = {tuple(client.search("chats", ("chats.customer", "=", 1), **asked).ids) for _ in "abc"}
    assert len(found) == 3


def test_ties_of_messages(account: Account, server: Server, client: Client) -> None:
    for index in range(40):
        account.add_message(3, created_at=f"{NOW + index // 20}.{index:03d}")
    plain = client.get("/chats/3/messages").ids
    server.dialect = Dialect(ties="shuffled")
    orders = {tuple(client.get("/chats/3/messages").ids) for _ in range(5)}
    assert len(orders) == 5
    assert all(sorted(order[:20]) == sorted(plain[:20]) for order in orders)
    assert all(sorted(order[20:]) == sorted(plain[20:]) for order in orders)
    pages = [client.get("/chats/3/messages", limit=10, offset=at).ids for at in (0, 10, 20, 30)]
    assert [len(page) for page in pages] == [10] * 4


def test_updated_at_filter(account: Account, server: Server, client: Client) -> None:
    one = ("chats.updatedAt", ">=", NOW + 50)
    assert client.search("chats", one).ids == []
    account.advance(60)
    account.assign_chat(1, 2)
    assert client.search("chats", one).ids == [1]
    server.dialect = Dialect(updated_at="ignored")
    assert set(client.search("chats", one).ids) == {1, 2, 3}
    server.dialect = Dialect(updated_at="refused")
    assert client.search("chats", one).codes == ["invalid_request", "filter[0].field"]
