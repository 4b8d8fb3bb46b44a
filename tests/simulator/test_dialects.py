"""Every switch of a dialect shows in the answers."""

from __future__ import annotations

from dataclasses import fields, replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

from simulator import Dialect
from simulator.model import SMALL, Chat, Message
from simulator.speech import camel
from tests.simulator.conftest import NOW

if TYPE_CHECKING:
    from simulator import Account, Server
    from tests.simulator.conftest import Client

LARGE = {"chats", "customers", "messages"}


@pytest.mark.parametrize(
    ("total", "meta", "top"),
    [
        ("documented", {"chats", *SMALL}, {"customers", "messages"}),
        ("meta", {*LARGE, *SMALL}, set()),
        ("top", set(), {*LARGE, *SMALL}),
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
    server.dialect = Dialect(chat_times=form, message_times=form, customer_times=form)
    chat, customer = client.get("/chats/1").json, client.get("/customers/1").json
    message = client.get("/chats/1/messages").json["data"][0]
    said = (chat["createdAt"], message["createdAt"], customer["lastSeen"])
    assert [(one, type(one)) for one in said] == [(one, type(one)) for one in (second, millis, second)]
    assert chat["closedAt"] is message["updatedAt"] is client.get("/customers/2").json["lastSeen"] is None


def test_nothing_is_a_list_or_404(server: Server, client: Client) -> None:
    nothing = ("chats.customer", "=", 99)
    assert client.get("/chats/3/messages").json == {"data": [], "total": 0}
    assert client.get("/chats/1/messages", offset=4).json == {"data": [], "total": 4}
    assert client.search("chats", nothing).json["data"] == []
    server.dialect = Dialect(errors="one", empty_messages="404")
    assert client.get("/chats/3/messages").codes == ["messages_not_found"]
    assert client.get("/chats/3/messages", offset=5).status == 404
    assert client.get("/chats/1/messages", offset=4).status == 200
    server.dialect = Dialect(errors="one", past_end="404")
    assert client.get("/chats/3/messages").status == 200
    assert client.get("/chats/1/messages", offset=4).codes == ["messages_not_found"]
    assert client.get("/chats/1/messages", offset=3).status == 200
    server.dialect = Dialect(search_none="404")
    assert client.search("chats", nothing).status == 404
    assert client.search("chats", ("chats.customer", "=", 1), offset=5).json["data"] == []


def test_forms_within_rows(account: Account, server: Server, client: Client) -> None:
    account.add_message(1, sender="agent", agent=2)
    full = {"id": 2, "name": "Petro", "email": "petro@example.test", "role": "agent"}

    def said(**dialect: Any) -> tuple[Any, Any, Any]:
        server.dialect = Dialect(**dialect)
        newest = client.get("/chats/1/messages").json["data"][0]
        return client.get("/chats/1").json, newest["agent"], client.get("/customers/1").json

    chat, agent, customer = said()
    assert ([one["id"] for one in chat["agents"]], agent) == ([1, 2], full)
    plain = {"plan": "pro", "seats": 4}
    assert customer["customData"] == plain
    assert "notes" not in chat
    assert said(agents_of_chat="object")[0]["agents"] == chat["agents"][0]
    assert said(agents_of_chat="empty")[0]["agents"] == client.get("/chats/3").json["agents"] == []
    assert said(agent_fields="short")[1] == {"id": 2, "name": "Petro"}
    assert said(chat_notes=True)[0]["notes"] is None
    pairs = [{"property": "plan", "value": "pro"}, {"property": "seats", "value": 4}]
    for form, listed, single in (("pairs", pairs, pairs), ("mixed", plain, pairs)):
        assert said(custom_data=form)[2]["customData"] == single
        assert client.get("/customers", sort="customers.lastSeen").json["data"][0]["customData"] == listed
    assert said(custom_data="null")[2]["customData"] == plain
    assert client.get("/customers/2").json["customData"] is None


def test_fields_that_are_new_or_absent(server: Server, client: Client) -> None:
    server.dialect = Dialect(new_fields=True, absent=frozenset({"updatedAt", "email"}))
    chat, customer = client.get("/chats/1").json, client.get("/customers/1").json
    message = client.get("/chats/1/messages").json["data"][0]
    small = [client.get(f"/{table}").json["data"][0] for table in SMALL]
    objects = [chat, *(chat[name] for name in ("customer", "assignee", "department")), chat["agents"][0], message]
    objects += [message["agent"], customer, customer["location"], customer["device"], customer["tags"][0], *small]
    for one in (*objects, client.get("/organization").json["data"]):
        assert one["futureField"] == "documented tomorrow"
        assert not {"updatedAt", "email"} & one.keys()
    assert customer["customData"] == {"plan": "pro", "seats": 4}


@pytest.mark.parametrize("kind", SMALL)
def test_small_tables(account: Account, server: Server, client: Client, kind: str) -> None:
    account.add(kind, name="Another")
    rows = client.get(f"/{kind}").json["data"]
    assert client.get(f"/{kind}", limit=1, offset=1).json["data"] == rows[1:2]
    assert client.get(f"/{kind}", limit=1, offset=9).json["data"] == []
    server.dialect = Dialect(reference_paging="ignored")
    assert client.get(f"/{kind}", limit=1, offset=9).json == {"data": rows}
    server.dialect = Dialect(reference_paging="refused")
    assert client.get(f"/{kind}").json == {"data": rows}
    assert client.get(f"/{kind}", limit=100).codes == ["invalid_request", "limit"]
    assert client.get(f"/{kind}", offset=0).codes == ["invalid_request", "offset"]
    server.dialect = Dialect(reference_key="own")
    assert client.get(f"/{kind}").json == {kind: rows, "meta": {"total": len(rows)}}
    server.dialect = Dialect(reference_key="bare")
    assert client.get(f"/{kind}").json == rows
    server.dialect = Dialect(reference_ids="text")
    assert client.get(f"/{kind}").json["data"] == [{**row, "id": str(row["id"])} for row in rows]


def test_date(account: Account, server: Server, client: Client) -> None:
    def told() -> float:
        return parsedate_to_datetime(client.get("/agents").headers["Date"]).timestamp()

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
    server.dialect = replace(dialect, nested_rows=True)
    older = "createdWith" in absent
    chat, ((message, *_),) = client.get("/chats/1").json, client.get("/chats/1/messages").json[dialect.messages_key]
    assert (set(chat), set(message)) == (CHAT_FIELDS - absent, MESSAGE_FIELDS)
    assert isinstance(chat["createdAt"], int if older else str)
    assert message["createdAt"] == (f"{NOW - 3997}.318" if older else str(NOW - 3997))
    assert len(client.get("/chats/9").codes) == (1 if older else 2)
    assert (client.get("/agents").json.get("meta") is None) is older
