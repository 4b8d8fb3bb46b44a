"""An account that is loaded again and again into one target, for the tests of refreshes."""

from __future__ import annotations

import typing as t

from simulator import Account, Server
from tests.conftest import NOW
from tests.happenings import DAY
from tests.running import Output, sync
from tests.target import Target

VERSIONS: dict[str, t.Any] = {"emit_activate_version_messages": True}
STREAMS = ("chats", "customers", "messages", "agents", "departments")


def account_of_a_week() -> Account:
    """Return an account with a new customer, who writes one message, in each of 130 hours."""
    made = Account(now=NOW)
    for number in range(130):
        made.advance(3600)
        chat = made.add_chat(customer=made.add_customer(name=f"Customer {number}"))
        made.add_message(chat, "hello")
    made.advance(DAY)
    return made


def load(server: Server, target: Target, **settings: t.Any) -> Output:
    """Run with the target's state, and load what comes."""
    output = sync(server, *STREAMS, state=target.next_state(), **settings)
    target.load(output.lines)
    return output
