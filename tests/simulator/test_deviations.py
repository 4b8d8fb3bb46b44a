"""Each deviation is played over HTTP, and its effect is seen in the answer."""

import http.client
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from simulator import DEVIATIONS, Account, Measures, Played, Server
from simulator.model import SMALL
from tests.conftest import NOW
from tests.simulator.conftest import Answer, Client


@dataclass
class Seen:
    """The answer of the page before, the plain answer, what was said instead, or the error of asking, and seconds."""

    kind: str
    before: Answer
    plain: Answer
    said: Answer
    error: Exception | None
    seconds: float

    def rows(self, answer: Answer) -> list[Any]:
        body = answer.json
        if self.kind == "chat":
            return [body]
        return [body["data"]] if self.kind == "organization" else list(body["data"])

    @property
    def was(self) -> list[Any]:
        return self.rows(self.plain)

    @property
    def now(self) -> list[Any]:
        return self.rows(self.said)


def total(answer: Answer) -> Any:
    body = answer.json
    return body["meta"]["total"] if "meta" in body else body.get("total")


def _rows(expected: Callable[[list[Any]], list[Any]]) -> Callable[[Seen], bool]:
    """The rows are these of the plain ones, and the total is as it was."""
    return lambda seen: (seen.now, total(seen.said)) == (expected(seen.was), total(seen.plain))


# Questions in whose answers there is something to change, where the plain one has nothing.
QUESTIONS: dict[str, dict[str, Any]] = {
    "empty-404": {"offset": 1000},
    "empty-null": {"offset": 1000},
    "offset-window": {"offset": 9_950},
    "or-as-and": {"either": True},
    "own-410": {"chat": 999},
    "times-zero": {"offset": 1},
}


def _differs(seen: Seen) -> bool:
    return seen.error is not None or seen.seconds >= 0.15 or seen.said != seen.plain


# What these hide, and that the total does not show it; what the others do to an answer only has to differ.
EFFECTS: dict[str, Callable[[Seen], bool]] = {
    "row-left-out-first": _rows(lambda rows: rows[1:]),
    "row-left-out-middle": _rows(lambda rows: rows[:30] + rows[31:]),
    "row-left-out-last": _rows(lambda rows: rows[:-1]),
    "row-doubled-over-next": _rows(lambda rows: rows[:30] + rows[29:30] + rows[31:]),
    "rows-swapped": _rows(lambda rows: [rows[-1], *rows[1:-1], rows[0]]),
    "page-empty": _rows(lambda _: []),
    "page-empty-total-0": lambda seen: (seen.now, total(seen.said)) == ([], 0),
    "page-repeated": lambda seen: seen.said.body == seen.before.body,
    "filter-ignored": lambda seen: (seen.now, total(seen.said)) == (seen.was, 130),
    "filter-an-hour-late": lambda seen: (seen.now, total(seen.said)) == ([], 0),
    "offset-ignored": lambda seen: seen.now == seen.rows(seen.before),
    "offset-slid": lambda seen: seen.now[:-1] == seen.was[1:] and total(seen.said) == total(seen.plain) - 1,
}


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
        assert EFFECTS.get(name, _differs)(seen), (kind, DEVIATIONS[name].text)
        assert (status := re.search(r"-(\d{3})$", name)) is None or said.status == int(status[1])
        assert ask(client, kind, **more) == plain, "the next answer is plain again"
        assert (played.seen, played.played) == (3, 1)
        assert [request.deviations for request in server.requests[-3:]] == [(), (name,), ()]


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


def test_one_path_alone_and_a_repeated_page_lasts(server: Server, client: Client) -> None:
    server.deviations.append(Played("own-500", "messages", after=1, path="/chats/1/messages"))
    found = [client.get(f"/chats/{chat}/messages").status for chat in (1, 2, 1, 3, 2, 1)]
    assert found == [200, 200, 500, 200, 200, 500]
    server.deviations[:] = [Played("page-repeated", "messages")]
    pages = [client.get(f"/chats/{chat}/messages", offset=at) for chat in (1, 130) for at in (0, 100, 0)]
    assert pages[0] == pages[1] == pages[2] != pages[3] == pages[4] == pages[5]
