"""Every switch of a dialect shows in the answers."""

from __future__ import annotations

from dataclasses import fields, replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

from simulator import Dialect
from simulator.model import SMALL, Chat, Message
from simulator.speech import camel
from tests.simulator.client import NOW

if TYPE_CHECKING:
    from simulator import Account, Server
    from tests.simulator.client import Client


@pytest.mark.parametrize("key", ["data", "messages"])
def test_messages_key(server: Server, client: Client, key: Any) -> None:
    server.dialect = Dialect(messages_key=key)
    assert set(client.get("/chats/1/messages").json) == {key, "total"}
    assert "data" in client.get("/chats").json


@pytest.mark.parametrize(
    ("total", "meta", "top"),
    [
        ("documented", {"chats", *SMALL}, {"customers", "messages"}),
        ("meta", {"chats", "customers", "messages", *SMALL}, set()),
        ("top", set(), {"chats", "customers", "messages", *SMALL}),
        ("absent", set(), set()),
    ],
)
def test_total(server: Server, client: Client, total: Any, meta: set[str], top: set[str]) -> None:
    server.dialect = Dialect(total=total)
    counts = server.account.counts() | {"messages": 4}  # those of chat 1
    for kind, count in counts.items():
        answer = client.get("/chats/1/messages" if kind == "messages" else f"/{kind}").json
        assert answer.get("total") == (count if kind in top else None)
        assert answer.get("meta") == ({"total": count} if kind in meta else None)


def test_total_that_is_wrong(server: Server, client: Client) -> None:
    totals = {}
    for form in ("too many", "page"):
        server.dialect = Dialect(total=form, nested_rows=True)
        messages = [client.get(f"/chats/{chat}/messages", limit=3).json["total"] for chat in (1, 3)]
        chats = [client.get("/chats", limit=2, offset=at).json["meta"]["total"] for at in (0, 2, 4)]
        found = client.search("chats", ("chats.customer", "=", 1)).json["meta"]["total"]
        totals[form] = [*messages, *chats, found, client.get("/agents", limit=1).json["meta"]["total"]]
    assert totals == {"too many": [5, 1, 4, 4, 4, 2, 3], "page": [3, 0, 2, 1, 0, 1, 1]}


@pytest.mark.parametrize(
    ("form", "second", "millis"),
    [
        ("integer", NOW - 5000, NOW - 3997),
        ("digits", str(NOW - 5000), str(NOW - 3997)),
        ("decimal", f"{NOW - 5000}.000", f"{NOW - 3997}.318"),
        ("float", NOW - 5000.0, NOW - 3997 + 0.318),
    ],
)
def test_times(server: Server, client: Client, form: Any, second: Any, millis: Any) -> None:
    server.dialect = Dialect(chat_times=form)
    chat = client.get("/chats/1").json
    assert (chat["createdAt"], type(chat["createdAt"])) == (second, type(second))
    assert chat["closedAt"] is None
    server.dialect = Dialect(message_times=form)
    message = client.get("/chats/1/messages").json["data"][0]
    assert (message["createdAt"], type(message["createdAt"])) == (millis, type(millis))
    assert message["updatedAt"] is None
    server.dialect = Dialect(customer_times=form)
    customer = client.get("/customers/1").json
    assert (customer["lastSeen"], type(customer["lastSeen"])) == (second, type(second))
    assert client.get("/customers/2").json["lastSeen"] is None


def test_errors(server: Server, client: Client) -> None:
    server.dialect = Dialect(errors="one")
    assert client.get("/chats/9").codes == ["chat_not_found"]
    server.dialect = Dialect(errors="two")
    assert client.get("/chats/9").codes == ["invalid_request", "not_found"]


def test_nothing_is_a_list_or_404(server: Server, client: Client) -> None:
    server.dialect = Dialect()
    assert client.get("/chats/3/messages").json == {"data": [], "total": 0}
    assert client.get("/chats/1/messages", offset=4).json == {"data": [], "total": 4}
    assert client.search("chats", ("chats.status", "=", "pending")).json["data"] == []
    server.dialect = Dialect(errors="one", empty_messages="404")
    assert client.get("/chats/3/messages").codes == ["messages_not_found"]
    assert client.get("/chats/3/messages", offset=5).status == 404
    assert client.get("/chats/1/messages", offset=4).status == 200
    server.dialect = Dialect(errors="one", past_end="404")
    assert client.get("/chats/3/messages").status == 200
    assert client.get("/chats/1/messages", offset=4).codes == ["messages_not_found"]
    assert client.get("/chats/1/messages", offset=3).status == 200
    server.dialect = Dialect(search_none="404")
    assert client.search("chats", ("chats.status", "=", "pending")).status == 404
    assert client.search("customers", ("customers.id", "=", 9)).status == 404
    assert client.search("chats", ("chats.status", "=", "closed"), offset=5).json["data"] == []


def test_agents_of_chat(account: Account, server: Server, client: Client) -> None:
    account.add_message(1, sender="agent", agent=2)
    forms = {}
    for form in ("list", "object", "empty"):
        server.dialect = Dialect(agents_of_chat=form)
        forms[form] = client.get("/chats/1").json["agents"]
        assert client.get("/chats/3").json["agents"] == []
    assert [agent["id"] for agent in forms["list"]] == [1, 2]
    assert forms["object"] == forms["list"][0]
    assert forms["empty"] == []


def test_custom_data(server: Server, client: Client) -> None:
    pairs = [{"property": "plan", "value": "pro"}, {"property": "seats", "value": 4}]
    plain = {"plan": "pro", "seats": 4}
    for form, listed, single in (
        ("object", plain, plain),
        ("pairs", pairs, pairs),
        ("mixed", plain, pairs),
    ):
        server.dialect = Dialect(custom_data=form)  # type: ignore[arg-type]
        assert client.get("/customers/1").json["customData"] == single
        rows = client.get("/customers", sort="customers.lastSeen").json["data"]
        assert rows[0]["customData"] == listed


def test_agent_fields(server: Server, client: Client) -> None:
    server.dialect = Dialect(agent_fields="short")
    assert client.get("/chats/1/messages").json["data"][0]["agent"] == {"id": 1, "name": "Ira"}
    assert client.get("/chats/1").json["assignee"]["role"] == "admin"
    server.dialect = Dialect()
    full = {"id": 1, "name": "Ira", "email": "ira@example.test", "role": "admin"}
    assert client.get("/chats/1/messages").json["data"][0]["agent"] == full


def test_new_fields(server: Server, client: Client) -> None:
    server.dialect = Dialect(new_fields=True)
    chat = client.get("/chats/1").json
    customer = client.get("/customers/1").json
    message = client.get("/chats/1/messages").json["data"][0]
    department = client.get("/departments").json["data"][0]
    objects = [
        chat,
        chat["customer"],
        chat["assignee"],
        chat["department"],
        chat["agents"][0],
        message,
        message["agent"],
        customer,
        customer["location"],
        customer["device"],
        customer["tags"][0],
        department,
        department["agents"][0],
        client.get("/agents").json["data"][0],
        client.get("/applications").json["data"][0],
        client.get("/organization").json["data"],
    ]
    assert all(one["futureField"] == "documented tomorrow" for one in objects)
    assert customer["customData"] == {"plan": "pro", "seats": 4}
    server.dialect = Dialect()
    assert "futureField" not in client.get("/chats/1").json


def test_absent_and_notes(server: Server, client: Client) -> None:
    server.dialect = Dialect(absent=frozenset({"updatedAt", "readByAgent", "email"}))
    assert not {"updatedAt", "email"} & set(client.get("/chats/1/messages").json["data"][0])
    chat = client.get("/chats/1").json
    assert "readByAgent" not in chat
    assert "email" not in chat["customer"]
    assert "notes" not in chat
    server.dialect = Dialect(chat_notes=True)
    assert client.get("/chats/1").json["notes"] is None


@pytest.mark.parametrize("path", ["/agents", "/departments", "/applications"])
def test_reference_paging(account: Account, server: Server, client: Client, path: str) -> None:
    account.add_agent("Marek")
    account.add_department("Sales")
    account.add_application("shop-app")
    everything = client.get(path).json["data"]
    assert client.get(path, limit=1, offset=1).json["data"] == everything[1:2]
    assert client.get(path, limit=1, offset=9).json["data"] == []
    server.dialect = Dialect(reference_paging="ignored")
    assert client.get(path, limit=1, offset=9).json == {"data": everything}
    server.dialect = Dialect(reference_paging="ignored", total="meta")
    assert client.get(path).json["meta"] == {"total": len(everything)}
    server.dialect = Dialect(reference_paging="refused")
    assert client.get(path).json == {"data": everything}
    assert client.get(path, limit=100).codes == ["invalid_request", "limit"]
    assert client.get(path, offset=0).codes == ["invalid_request", "offset"]


@pytest.mark.parametrize("kind", SMALL)
def test_reference_key_and_ids(server: Server, client: Client, kind: str) -> None:
    rows = client.get(f"/{kind}").json["data"]
    server.dialect = Dialect(reference_key="own")
    assert client.get(f"/{kind}").json == {kind: rows, "meta": {"total": len(rows)}}
    server.dialect = Dialect(reference_key="bare")
    assert client.get(f"/{kind}").json == rows
    server.dialect = Dialect(reference_ids="text")
    assert client.get(f"/{kind}").json["data"] == [{**row, "id": str(row["id"])} for row in rows]
    assert client.get("/chats/1").json["department"]["id"] == 1


def test_nested_rows(server: Server, client: Client) -> None:
    flat = client.get("/chats/1/messages").json["data"]
    server.dialect = Dialect(nested_rows=True)
    assert client.get("/chats/1/messages").json["data"] == [flat]


def test_date(account: Account, server: Server, client: Client) -> None:
    def told() -> float:
        return parsedate_to_datetime(client.get("/agents").headers["Date"]).timestamp()

    assert told() == NOW
    account.advance("7.9")
    assert told() == NOW + 7
    server.dialect = Dialect(date_skew=-3600)
    assert told() == NOW + 7 - 3600
    server.dialect = Dialect(date_header=False)
    assert "Date" not in client.get("/agents").headers


CHAT_FIELDS = {camel(one.name) for one in fields(Chat)} - {"updatedAt"}
MESSAGE_FIELDS = {camel(one.name) for one in fields(Message)} - {"movesChat", "sender"} | {"from"}


@pytest.mark.parametrize(
    ("dialect", "absent"),
    [
        (Dialect.A0(), {"createdWith", "applicationId", "readByAgent", "readByCustomer"}),
        (Dialect.A1(), {"createdWith", "applicationId", "readByAgent", "readByCustomer", "notes"}),
        (Dialect.B0(), {"readByAgent", "readByCustomer", "notes"}),
        (Dialect.B1(), {"notes"}),
    ],
)
def test_generations(server: Server, client: Client, dialect: Dialect, absent: set[str]) -> None:
    server.dialect = replace(dialect, empty_messages="list")
    chat = client.get("/chats/1").json
    assert set(chat) == CHAT_FIELDS - absent
    older = "createdWith" in absent
    assert isinstance(chat["createdAt"], int if older else str)
    assert ("createdFrom" in client.get("/customers/1").json) is not older
    assert len(client.get("/chats/9").codes) == (1 if older else 2)
    message = client.get("/chats/1/messages").json[dialect.messages_key][0]
    assert message["createdAt"] == (f"{NOW - 3997}.318" if older else str(NOW - 3997))
    assert set(message) == MESSAGE_FIELDS
    assert (client.get("/agents").json.get("meta") is None) is older


def test_the_reference_payloads(client: Client) -> None:
    assert client.get("/organization").json == {
        "data": {"id": 55, "domain": "shop", "teamOnline": True, "chatEnabled": True}
    }
    assert client.get("/applications").json["data"] == [
        {"id": 1, "name": "shop-web", "displayName": "Shop", "active": True, "type": "web"}
    ]
    empty = client.get("/chats/3").json
    assert empty["status"] == "empty"
    assert empty["lastMessageAt"] is empty["lastMessageId"] is empty["assignee"] is None
    assert empty["customer"] == {"id": 2, "name": "Max", "email": None, "userId": None}
