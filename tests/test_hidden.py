"""Promise 11 where the search does not show what the listing does: a load that takes several runs notices it, too."""

from __future__ import annotations

import typing as t

import pytest

from tap_helpcrunch.api import envelope
from tests.happenings import DAY
from tests.lives.runners import InProcess, Kill
from tests.running import config
from tests.target import Target

if t.TYPE_CHECKING:
    from simulator import Account, Server

    Hide = t.Callable[[str, set[int], int], None]


@pytest.fixture
def hide(monkeypatch: pytest.MonkeyPatch) -> Hide:
    """Let a search leave out rows, and so many of its ``total``."""
    read = envelope.page

    def hide(what: str, hidden: set[int], fewer: int) -> None:
        def page(body: t.Any, request: object) -> envelope.Page:
            found = read(body, request)
            if f"/{what}/search" not in str(request):
                return found
            total = None if found.total is None else max(0, found.total - fewer)
            return envelope.Page([row for row in found.rows if row["id"] not in hidden], total)

        monkeypatch.setattr(envelope, "page", page)

    return hide


def filled(account: Account, count: int) -> None:
    for _ in range(count):
        account.add_message(account.add_chat(), "hello")
        account.advance(60)
    account.advance(DAY)


@pytest.mark.parametrize("fewer", [0, 3])
@pytest.mark.parametrize("where", [0.9, 0.5, 0.1])
def test_chats_that_the_search_hides(
    account: Account,
    server: Server,
    hide: Hide,
    where: float,
    fewer: int,
) -> None:
    filled(account, 400)
    place = int(where * 400)
    hidden = set(sorted(account.chats)[place : place + 3])
    hide("chats", hidden, fewer)
    target, runner, streams = Target(), InProcess(), ("chats", "messages")
    assert runner.run(server, target, config(server), streams, Kill(400)) is None
    assert 100 < len(target.of("messages")) < 300
    assert runner.run(server, target, config(server), streams, None) == 0
    assert set(target.of("chats")) == set(account.chats)
    assert set(target.of("messages")) == set(account.messages)


@pytest.mark.parametrize("where", [0.9, 0.1])
def test_customers_that_the_search_hides(account: Account, server: Server, hide: Hide, where: float) -> None:
    filled(account, 400)
    place = int(where * 400)
    hide("customers", set(sorted(account.customers)[place : place + 3]), 0)
    target, runner, streams = Target(), InProcess(), ("customers",)
    assert runner.run(server, target, config(server), streams, Kill(250)) is None
    assert 100 < len(target.of("customers")) < 300
    assert runner.run(server, target, config(server), streams, None) == 0
    assert set(target.of("customers")) == set(account.customers)


def test_a_load_of_several_runs_that_hides_nothing_asks_little(account: Account, server: Server) -> None:
    filled(account, 400)
    target, runner, streams = Target(), InProcess(), ("chats", "messages")
    assert runner.run(server, target, config(server), streams, Kill(400)) is None
    filled(account, 30)
    assert runner.run(server, target, config(server), streams, None) == 0
    assert set(target.of("messages")) == set(account.messages)
    counts = [request for request in server.requests if (request.body or request.params).get("limit") in {1, "1"}]
    assert len(counts) <= 3
