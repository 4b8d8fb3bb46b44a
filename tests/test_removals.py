"""What exists is not removed because a list does not show it; what is gone is, when two walks agree."""

from __future__ import annotations

import typing as t
from contextlib import contextmanager

import pytest

from tests.happenings import DAY
from tests.refreshing import VERSIONS
from tests.rules.helpers import chats, load

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator import Account, Server
    from tests.target import Target

COUNT = 300
STREAMS = ("chats", "messages", "customers")


@contextmanager
def rebuilding(account: Account, stream: str, shown: float) -> Iterator[None]:
    """Let the index hold only a part of the rows, the oldest; its totals agree."""
    rows = getattr(account, stream)
    hidden = {number: rows.pop(number) for number in sorted(rows)[round(shown * len(rows)) :]}
    account.touch()
    try:
        yield
    finally:
        rows.update(hidden)
        account.touch()


@pytest.fixture
def target(account: Account, server: Server) -> Target:
    """Return a target that has the whole account, of which a refresh is due."""
    chats(account, COUNT)
    account.advance(DAY)
    made = load(server, streams=STREAMS, **VERSIONS)
    account.advance(8 * DAY)
    return made


@pytest.mark.parametrize("stream", ["chats", "customers"])
@pytest.mark.parametrize("shown", [0.3, 0.8])
def test_an_index_that_is_being_rebuilt_removes_nothing(
    account: Account, server: Server, target: Target, *, stream: str, shown: float
) -> None:
    with rebuilding(account, stream, shown):
        load(server, target, streams=STREAMS, end=None, **VERSIONS)
    assert not target.removed.get(stream)
    for _ in range(2):
        account.advance(8 * DAY)
        load(server, target, streams=STREAMS, **VERSIONS)
    assert not target.removed.get(stream, set()) & set(getattr(account, stream))
    assert set(getattr(account, stream)) == set(target.of(stream))


def test_what_is_gone_is_removed_when_a_second_walk_agrees(account: Account, server: Server, target: Target) -> None:
    for chat in sorted(account.chats)[:100]:
        account.delete_chat(chat)
    load(server, target, streams=STREAMS, **VERSIONS)
    assert not target.removed.get("chats")
    account.advance(8 * DAY)
    load(server, target, streams=STREAMS, **VERSIONS)
    assert set(target.of("chats")) == set(account.chats)


def test_a_few_that_are_gone_are_removed_at_once(account: Account, server: Server, target: Target) -> None:
    for chat in sorted(account.chats)[50:60]:
        account.delete_chat(chat)
    load(server, target, streams=STREAMS, **VERSIONS)
    assert set(target.of("chats")) == set(account.chats)
