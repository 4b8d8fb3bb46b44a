"""Builds accounts, changes them during a run, and runs the tap into a target."""

import itertools
import typing as t
from collections.abc import Callable

from simulator import Account, Server
from tests.happenings import DAY
from tests.lives.runners import End, InProcess, Kill
from tests.running import Output, config
from tests.target import Target

CHATS = ("chats", "messages")


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
    """Change the account before its n-th request from now on, counted from 1."""
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


def load(
    server: Server,
    target: Target | None = None,
    *,
    streams: tuple[str, ...] = CHATS,
    kill: int | None = None,
    end: End | None = End.WELL,
    **settings: t.Any,
) -> Target:
    """Run into a target, a new one by default, and return it; the run must end like this (None: as it may).

    The account's list of requests begins anew.
    """
    target = target or Target()
    server.requests.clear()
    given = config(server, **{"max_in_flight": 1, **settings})
    ended = InProcess().run(server, target, given, streams, None if kill is None else Kill(kill))
    assert end is None or ended is (End.KILLED if kill is not None else end)
    return target


def mark(state: dict[str, t.Any], stream: str = "messages") -> dict[str, t.Any]:
    """Return what a STATE says of a stream over the whole account."""
    found: dict[str, t.Any] = state.get("bookmarks", {}).get(stream, {}).get("account", {})
    return found


def owed(state: dict[str, t.Any]) -> list[int]:
    """Return the chats that owe something; those that are believed to be gone owe nothing."""
    return [chat for chat, kind, *_ in mark(state)["owed"] if kind != "gone"]


def under_way(output: Output) -> list[dict[str, t.Any]]:
    """Return the STATEs of an unfinished walk, one for each group of 20 chats that was written."""
    return [
        state for state in output.states if (found := mark(state)) and found["since"] and found["walk"]["ended"] is None
    ]


def known(output: Output, stream: str) -> list[int]:
    """Return the ids that the STATE says are complete."""
    return sorted(number for *_, ids in output.state["bookmarks"][stream]["chat_ids"]["complete"] for number in ids)


class Known:
    """An account of 300 chats, and a target that has them all."""

    def __init__(self, account: Account, server: Server) -> None:
        self._account, self._server = account, server
        self.made = chats(account, 300)
        account.advance(DAY)
        self.target = load(server, streams=CHATS)
        account.advance(3600)

    def say(self, numbers: t.Iterable[int]) -> None:
        for number in numbers:
            self._account.advance(10)
            self._account.add_message(number, "moved")

    def increment(self, **given: t.Any) -> set[int]:
        """Run; return the chats that came; the target must hold every message of them."""
        came = Target()
        came.state = self.target.next_state()
        load(self._server, came, **given)
        for stream in ("chats", "messages"):
            self.target.rows[stream] |= came.of(stream)
        self.target.state = came.state
        return set(came.of("chats"))

    @property
    def missing(self) -> set[int]:
        return set(self._account.messages) - set(self.target.of("messages"))
