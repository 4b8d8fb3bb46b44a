"""A stale answer is what the account would have said a while ago."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator import Measures, Played
from tests.simulator.client import NOW

if TYPE_CHECKING:
    from simulator import Account, Server
    from tests.simulator.client import Client

KINDS = ("chats", "chats/search", "chat", "messages", "customers", "customers/search")


def test_what_came_since_is_as_if_not_there(account: Account, server: Server, client: Client) -> None:
    paths = ("/chats", "/chats/1", "/chats/2/messages", "/customers", "/chats/1/messages")
    before = [client.get(path).json for path in paths]
    searched = client.search("chats", ("chats.customer", "=", 2)).json
    account.advance(51)
    account.add_chat(customer=account.add_customer(name="New"))
    account.add_message(1, "new", sender="agent", agent=1)
    account.close_chat(1)
    account.add_message(2, "new", sender="agent", agent=1, moves_chat=False)
    account.see_customer(2)
    account.advance(9)
    server.deviations += [Played("stale", kind) for kind in KINDS]
    assert [client.get(path).json for path in paths] == before
    assert client.search("chats", ("chats.customer", "=", 2)).json == searched
    assert client.search("chats", ("chats.updatedAt", ">", NOW)).ids == []
    assert client.get("/chats/4").status == 404
    account.advance(51)
    assert [client.get(path).json for path in paths] != before
    assert client.get("/chats/4/messages").json["data"] == []
    assert [played.played for played in server.deviations][2:4] == [2, 2]


def test_how_old_it_is_can_be_chosen(account: Account, server: Server, client: Client) -> None:
    server.deviations.append(Played("stale", "chats"))
    server.measures = Measures(stale=2950)
    assert client.get("/chats").ids == [2, 1]
    assert client.get("/chats").json["meta"]["total"] == 2
    assert client.get("/chats", sort="chats.lastMessageAt").json["data"][1]["lastMessageAt"] is None
    assert account.chats[2].last_message_at == NOW - 2900, "the account itself is as it was"
