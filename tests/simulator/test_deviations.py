"""Each deviation is played over HTTP, and its effect is seen in the answer."""

from __future__ import annotations

import http.client
import itertools
import random
import time
import typing as t
from typing import Any

import pytest

from simulator import DEVIATIONS, KINDS, Account, Dialect, Measures, Played, Server
from simulator.model import SMALL
from tests.simulator.client import NOW, Answer, Client
from tests.simulator.effects import EFFECTS, QUESTIONS, Seen, total

if t.TYPE_CHECKING:
    from collections.abc import Iterator


_SINCE = {
    "chats/search": ("chats.createdAt", ">=", NOW - 2000),
    "customers/search": ("customers.lastSeen", ">=", NOW - 2000),
}
_SORTS = {"chats": {"sort": "chats.createdAt"}, "customers": {"sort": "customers.lastSeen"}}
MISSING = Answer(0, {}, b"")


def build() -> Account:
    """130 chats and customers, one every 20 seconds; as many messages in two chats; 110 of everything small."""
    account = Account(NOW)
    for number in range(110):
        for table in SMALL:
            account.add(table, name=f"{table} {number}")
    for number in range(130, 0, -1):
        at = NOW - 20 * number
        chat = account.add_chat(
            created_at=at, customer=account.add_customer(first_seen=at if number % 2 else None, last_seen=at)
        )
        account.add_message(chat, created_at=at)
    for chat in (130, 1):
        for number in range(129, 0, -1):
            account.add_message(chat, created_at=f"{NOW - 20 * number}.5")
    return account


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(build()) as server:
        server.measures = Measures(slow=0.15, byte=0.004, dribble=0.15)
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    server.deviations.clear()
    with Client(server) as client:
        yield client


def ask(client: Client, kind: str, offset: int = 10, *, chat: int = 1, either: bool = False, **more: Any) -> Answer:
    """Ask for 60 rows of a kind."""
    page = {"offset": offset, "limit": 60, **more}
    if kind in _SINCE:
        what, since = kind.partition("/")[0], [_SINCE[kind]]
        if either:
            since.append((since[0][0], ">", NOW + 1))
            page["comparison"] = "OR"
        return client.search(what, *since, **page, **_SORTS[what])
    path = {"chat": f"/chats/{chat}", "messages": f"/chats/{chat}/messages"}.get(kind, f"/{kind}")
    return client.get(path, **({} if kind in ("chat", "organization") else page | _SORTS.get(kind, {})))


@pytest.mark.parametrize("name", DEVIATIONS)
def test_a_deviation_shows_once_and_leaves_no_trace(server: Server, client: Client, name: str) -> None:
    more = QUESTIONS.get(name, {})
    for kind in sorted(DEVIATIONS[name].kinds):
        plain = ask(client, kind, **more)
        played = Played(name, kind, after=1, times=1)
        server.deviations[:] = [played]
        before, said, error = ask(client, kind, offset=0), MISSING, None
        began = time.monotonic()
        try:
            said = ask(client, kind, **more)
        except (OSError, http.client.HTTPException) as caught:
            error = caught
            client.connection.close()
        seen = Seen(kind, before, plain, said, error, time.monotonic() - began)
        assert EFFECTS[name](seen), (kind, DEVIATIONS[name].text)
        assert ask(client, kind, **more) == plain, "the next answer is plain again"
        assert (played.seen, played.played) == (3, 1)
        assert [request.deviations for request in server.requests[-3:]] == [(), (name,), ()]


def test_no_deviation_breaks_the_account(server: Server, client: Client) -> None:
    """Whatever is asked and however the account speaks, alone and four at once."""
    server.measures, measures = Measures(slow=0, byte=0, dribble=0), server.measures
    dialects = (
        Dialect(),
        Dialect(total="absent", nested_rows=True, date_header=False, errors="one", messages_key="messages"),
        Dialect(ties="shuffled", reference_key="own", reference_ids="text", past_end="404"),
        Dialect(reference_key="bare", reference_paging="refused", search_none="404"),
    )
    pages: tuple[dict[str, Any], ...] = ({"offset": 1000}, {"limit": "many"}, {"filter": "all"}, {})
    try:
        for server.dialect, page, kind in itertools.product(dialects, pages, KINDS):
            names = [name for name, deviation in DEVIATIONS.items() if kind in deviation.kinds]
            random.Random(f"{kind} {page}").shuffle(names)
            for some in (*([name] for name in names), *(names[at : at + 4] for at in range(0, len(names), 4))):
                server.deviations[:] = [Played(name, kind) for name in some]
                try:
                    ask(client, kind, **page)
                except (OSError, http.client.HTTPException):
                    client.connection.close()
                assert server.errors == [], some
    finally:
        server.dialect, server.measures, server.errors = Dialect(), measures, []


@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize("times", [1, 2, None])
def test_once_always_and_after(server: Server, client: Client, after: int, times: int | None) -> None:
    played = Played("foreign-502", "agents", after, times)
    server.deviations.append(played)
    found = [ask(client, "agents").status for _ in range(5)]
    ends = 5 if times is None else after + times
    assert found == [502 if after <= place < ends else 200 for place in range(5)]
    assert played.played == found.count(502)
    assert ask(client, "departments").status == 200, "another kind of request is left alone"


def test_nothing_to_change_is_not_played(server: Server, client: Client) -> None:
    played = Played("row-left-out-first", "chats", times=1)
    server.deviations.append(played)
    assert ask(client, "chats", offset=1000).json["data"] == []
    assert played.played == 0
    assert len(ask(client, "chats", offset=120).json["data"]) == 9
    assert (played.seen, played.played) == (2, 1)


def test_several_at_once_question_first(server: Server, client: Client) -> None:
    names = ("row-left-out-first", "offset-ignored", "total-one-more", "status-201")
    server.deviations += [Played(name, "chats") for name in names]
    first, second = ask(client, "chats", offset=0), ask(client, "chats")
    assert first == second
    assert (first.status, first.ids[0], len(first.ids), total(first)) == (201, 129, 59, 131)
    assert server.requests[-1].deviations == ("offset-ignored", "row-left-out-first", "total-one-more", "status-201")


def test_one_path_alone_and_a_repeated_page_lasts(server: Server, client: Client) -> None:
    server.deviations.append(Played("own-500", "messages", after=1, path="/chats/1/messages"))
    found = [client.get(f"/chats/{chat}/messages").status for chat in (1, 2, 1, 3, 2, 1)]
    assert found == [200, 200, 500, 200, 200, 500]
    server.deviations[:] = [Played("page-repeated", "messages")]
    pages = [client.get(f"/chats/{chat}/messages", offset=at) for chat in (1, 130) for at in (0, 100, 0)]
    assert pages[0] == pages[1] == pages[2] != pages[3] == pages[4] == pages[5]


LARGE = ("chats", "chats/search", "chat", "messages", "customers", "customers/search")


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
    server.deviations += [Played("stale", kind) for kind in LARGE]
    assert [client.get(path).json for path in paths] == before
    assert client.search("chats", ("chats.customer", "=", 2)).json == searched
    assert client.search("chats", ("chats.updatedAt", ">", NOW)).ids == []
    assert client.get("/chats/4").status == 404
    account.advance(51)
    assert [client.get(path).json for path in paths] != before
    assert client.get("/chats/4/messages").json["data"] == []
    assert [played.played for played in server.deviations][2:4] == [2, 2]
