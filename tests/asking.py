"""Sends single requests in a test, with waits that take no time."""

from __future__ import annotations

import typing as t
from contextlib import contextmanager

from tap_helpcrunch.api.client import Client, Request
from tap_helpcrunch.api.pace import Pace
from tests.clocks import QuickClock

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simulator import Server

ASKED = Request("/organization")
Make = t.Callable[..., Client]


def ask(client: Client, request: Request = ASKED, read: Callable[[t.Any], t.Any] = lambda body: body) -> t.Any:
    """Return a request's answer: its parsed body, or what is made of it."""
    return client.result(client.submit(request, read))


@contextmanager
def making(server: Server) -> Iterator[Make]:
    """Yield what makes clients of the account, and close them in the end."""
    made: list[Client] = []

    def build(**changes: t.Any) -> Client:
        clock = changes.pop("clock", None) or QuickClock()
        given = {"url": server.url, "key": server.key, "user_agent": "tap", "timeout": 5, "max_in_flight": 2, **changes}
        made.append(Client(pace=Pace(1_000_000, clock), clock=clock, **given))
        return made[-1]

    yield build
    for one in made:
        one.close()
