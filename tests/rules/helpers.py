"""Builds accounts and changes them during a run."""

from __future__ import annotations

import itertools
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from simulator import Account, Server
    from tap_helpcrunch.api.envelope import Row
    from tests.running import Output

BEGINNING = "1970-01-01T00:00:00.000Z"


def chats(account: Account, count: int, *, apart: float = 60, messages: int = 1) -> list[int]:
    """Add chats, `apart` seconds apart, each with this many messages."""
    made = []
    for _ in range(count):
        account.advance(apart)
        made.append(account.add_chat())
        for number in range(messages):
            account.add_message(made[-1], f"message {number}")
    return made


def meddle(server: Server, at: dict[int, Callable[[], object]]) -> None:
    """Change the account before its n-th request, counted from 1."""
    number = itertools.count(1)
    server.before = lambda _request: at.get(next(number), lambda: None)()


def deletion(account: Account, *, messages: t.Sequence[int] = (), chats: t.Sequence[int] = ()) -> Callable[[], None]:
    """Return a function that deletes these."""

    def delete() -> None:
        for number in messages:
            account.delete_message(number)
        for number in chats:
            account.delete_chat(number)

    return delete


def ids(rows: t.Iterable[Row]) -> list[int]:
    return [row["id"] for row in rows]


def under_way(output: Output) -> list[dict[str, t.Any]]:
    """Return the STATEs of an unfinished walk, one for each group of 20 chats that was written."""
    return [state for state in output.states if state["bookmarks"]["messages"].get("account", {}).get("done")]


def known(output: Output, stream: str) -> list[int]:
    """Return the ids that the STATE says are complete."""
    return sorted(number for *_, ids in output.state["bookmarks"][stream]["chat_ids"]["complete"] for number in ids)
