"""Small accounts that need each kind of request more than once, and changes between two runs."""

import typing as t

from simulator import Account
from simulator.model import SMALL
from tests.conftest import NOW
from tests.happenings import DAY
from tests.target import Target

STREAMS: dict[str, tuple[str, ...]] = {
    "chats": ("chats",),
    "chats/search": ("chats",),
    "chat": ("chats", "messages"),
    "messages": ("chats", "messages"),
    "customers": ("customers",),
    "customers/search": ("customers",),
    **{name: (name,) for name in SMALL},
    "organization": ("organization",),
}
CHATS = {"chats": 130, "chats/search": 230, "chat": 12, "messages": 12}


def account(kind: str) -> Account:
    """Return an account with more than a page of what this kind of request lists."""
    made = Account(now=NOW)
    for number in range(6):
        made.add_agent(f"Agent {number}")
        made.add_department(f"Department {number}", [1])
        for table in made.small.keys() - {"agents", "departments"}:
            made.add(table, name=f"{table} {number}")
    for _ in range(CHATS.get(kind, 3)):
        made.advance(600)
        chat = made.add_chat()
        for number in range(2):
            made.advance(1)
            made.add_message(chat, f"message {number}")
    if kind == "messages":
        _talk(made, sorted(made.chats)[3], 125)
    if kind.startswith("customers"):
        for number in range(150):
            made.advance(60)
            made.add_customer(name=f"Customer {number}")
        for number in range(12):
            made.add_customer(name=f"Never seen {number}", first_seen=None, last_seen=None)
    made.advance(DAY)
    return made


def go_on(made: Account, kind: str) -> None:
    """Change more than a page of what this kind of request lists."""
    chats = sorted(made.chats)
    for chat in chats[: 115 if kind in {"chats", "chats/search"} else 6]:
        made.advance(1)
        made.add_message(chat, "again")
    for _ in range(3):
        made.advance(5)
        made.add_message(made.add_chat(), "new")
    made.add_chat()
    made.close_chat(chats[-1])
    if kind == "messages":
        _talk(made, chats[2], 130)
    if kind.startswith("customers"):
        for customer in sorted(made.customers)[:110]:
            made.advance(1)
            made.see_customer(customer)
        for number in range(4):
            made.advance(1)
            made.add_customer(name=f"Newcomer {number}")
    made.advance(DAY)


ALL_STREAMS = ("chats", "messages", "customers", *SMALL, "organization")


def mixed() -> Account:
    """Return an account with a little more than a page of everything."""
    made = account("customers")
    for number in range(115):
        made.advance(300)
        chat = made.add_chat(customer=min(made.customers))
        for word in ("one", "two")[: number % 5]:
            made.advance(1)
            made.add_message(chat, word)
    _talk(made, max(made.chats), 125)
    made.advance(DAY)
    return made


def _talk(made: Account, chat: int, messages: int) -> None:
    for number in range(messages):
        made.advance(1)
        made.add_message(chat, f"more {number}")


def is_whole(made: Account, streams: t.Iterable[str], target: Target) -> bool:
    """Return whether the target holds every row of the streams, and the current status of the chats."""
    rows: dict[str, t.Mapping[int, t.Any]] = {
        "chats": made.chats,
        "messages": made.messages,
        "customers": made.customers,
        "organization": {made.organization.id: made.organization},
        **made.small,
    }
    if not all(set(rows[stream]) <= set(target.of(stream)) for stream in streams):
        return False
    # Chats arrive even if their list leaves them out, so a stale row counts as missing.
    held = target.of("chats") if set(streams) & {"chats"} and "messages" not in streams else {}
    return all(held[number]["status"] == chat.status for number, chat in made.chats.items() if number in held)
