"""What an operator sees of a refresh: how far it is, what it brought, and from which tables rows are removed."""

from __future__ import annotations

import itertools
import logging
import re
import typing as t

import pytest

from simulator import Account, Fault, Server
from tap_helpcrunch import progress
from tests.conftest import NOW
from tests.happenings import DAY
from tests.running import run, sync

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSIONS: dict[str, t.Any] = {"emit_activate_version_messages": True, "refresh_messages_days": 7}
STREAMS = ("chats", "messages", "customers")


@pytest.fixture
def server() -> Iterator[Server]:
    account = Account(now=NOW)
    account.add_agent("Ada")
    for _ in range(230):
        account.advance(3600)
        account.add_message(account.add_chat(), "hello")
    for number in range(5):
        account.add_customer(name=f"Never seen {number}", first_seen=None, last_seen=None)
    account.advance(DAY)
    with Server(account) as running:
        yield running


def told(log: str) -> list[str]:
    lines = [line.split("| ")[-1] for line in log.splitlines()]
    return [line for line in lines if line.startswith(("refresh of", "the target"))]


def test_the_end_names_the_refresh_and_what_is_removed(tmp_path: Path, server: Server) -> None:
    first = run(tmp_path, server, **VERSIONS)
    assert told(first.log) == [
        "the target removes what is gone from: agents, chats, customers, messages, organization",
    ]
    server.account.advance(8 * DAY)
    second = run(tmp_path, server, state=first.state, **VERSIONS)
    assert [re.sub(r"23\d", "23x", line) for line in sorted(told(second.log))] == [
        "refresh of chats: 23x rows read again, complete",
        "refresh of customers: 23x rows read again, complete",
        "refresh of messages: 23x chats read again, complete",
        "the target removes what is gone from: agents, chats, customers, messages, organization",
    ]


def test_progress_tells_how_far_a_refresh_is(
    server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = sync(server, *STREAMS).state
    server.account.advance(8 * DAY)
    monkeypatch.setattr(progress, "EVERY", 0.0)
    with caplog.at_level(logging.INFO, logger="tap-helpcrunch"):
        sync(server, *STREAMS, state=state)
    lines = [text for text in caplog.messages if text.startswith("chats ")]
    chats = [int(found[1]) for text in lines if (found := re.search(r"refresh of chats: (\d+)", text))]
    customers = [int(found[1]) for text in lines if (found := re.search(r"refresh of customers: (\d+)", text))]
    assert chats == sorted(chats)
    assert set(chats) >= {20, 40, 60, 80, 99}
    assert set(customers) >= {99, 198}
    assert "refresh" not in lines[-1]


def _goes_on_with_chats(body: t.Any) -> bool:
    asked = (body or {}).get("filter") or [{}]
    return bool(asked[0].get("field") == "chats.createdAt" and asked[0].get("operator") == "<=")


def test_a_refresh_over_two_runs_says_how_far_it_is(tmp_path: Path, server: Server) -> None:
    first = run(tmp_path, server)
    server.account.advance(8 * DAY)
    pages = itertools.count(1)
    # The key is refused at the third page; the first is written by then.
    server.fault = lambda request, _count: (
        Fault(status=401) if _goes_on_with_chats(request.body) and next(pages) >= 2 else None
    )
    cut = run(tmp_path, server, state=first.state)
    assert cut.code == 1
    (line,) = [line for line in told(cut.log) if line.startswith("refresh of chats")]
    assert re.fullmatch(r"refresh of chats: (\d+) rows read again, the next run continues", line)
    server.fault = None
    whole = run(tmp_path, server, state=cut.state)
    (last,) = [line for line in told(whole.log) if line.startswith("refresh of chats")]
    assert last == "refresh of chats: 230 rows read again, complete"
