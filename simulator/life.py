"""Advances an account by a few hours of plausible changes."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from simulator import conversations

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.records import Records


def live(account: Records, seed: int, changes: int) -> dict[str, Any]:
    """Advance the account by one to four hours and make this many changes meanwhile.

    Returns:
        `counts` by kind of change; `chats`, the ids of all chats changed; `announced`, those whose
        creation, last message or closing time shows it; and `customers`, those seen or added.
    """
    rng = random.Random(f"live {seed} {changes}")
    day = _Day(account, rng)
    before = {number: day.face(number) for number in account.chats}
    counts = dict.fromkeys(_KINDS, 0)
    pause = Decimal(rng.randint(3_600_000, 14_400_000)).scaleb(-3) / (changes + 1)
    for kind in rng.choices(list(_KINDS), list(_KINDS.values()), k=changes):
        account.advance(round(pause, 3))
        counts[day.change(kind)] += 1
    account.advance(round(pause, 3))
    chats = sorted(day.chats)
    return {
        "counts": counts,
        "chats": chats,
        "announced": [number for number in chats if before.get(number) != day.face(number)],
        "customers": sorted(day.customers),
    }


class _Day:
    """The changes of a few hours, and whom they touch."""

    def __init__(self, account: Records, rng: random.Random) -> None:
        self.account = account
        self.rng = rng
        self.chats: set[int] = set()
        self.customers: set[int] = set()

    def face(self, number: int) -> tuple[Any, ...]:
        """Return what the documented lists and filters show of a change in a chat."""
        chat = self.account.chats[number]
        return (chat.last_message_at, chat.last_message_id, chat.closed_at)

    def change(self, kind: str) -> str:
        """Make a change and return its kind: one that is impossible in this account becomes a new chat."""
        if kind == "visits" and self.account.customers:
            self.seen(self.rng.choice(list(self.account.customers)))
            return kind
        if kind in _IN_CHATS:
            status, change = _IN_CHATS[kind]
            number = self.chat(status)
            if number is not None:
                change(self, number)
                return kind
        self.start()
        return "new_chats"

    def chat(self, status: str | None) -> int | None:
        """Choose a chat, more often a recent one."""
        threads = self.account.threads
        found = [one.id for one in self.account.chats.values() if status in (None, one.status) and threads[one.id]]
        if not found:
            return None
        number = found[-1 - int(len(found) * self.rng.random() ** 3)]
        self.chats.add(number)
        return number

    def message(self, number: int) -> int:
        """Choose a message of a chat."""
        return self.rng.choice(self.account.threads[number]).id

    def agent(self) -> int | None:
        """Choose an agent to answer."""
        people = [number for number, who in self.account.agents.items() if who.name != "HelpBot"]
        return self.rng.choice(people) if people else None

    def seen(self, customer: int) -> None:
        """Let a customer visit the site."""
        self.account.see_customer(customer)
        self.customers.add(customer)

    def start(self) -> None:
        """Somebody starts a chat, and writes or does not."""
        account = self.account
        if account.customers and self.rng.random() < 0.5:  # noqa: PLR2004
            customer = self.rng.choice(list(account.customers))
        else:
            customer = account.add_customer(name=None, locale="en")
        self.seen(customer)
        number = account.add_chat(customer=customer)
        self.chats.add(number)
        for _ in range(self.rng.randint(0, 2)):
            account.add_message(number, conversations.remark(self.rng))

    def write(self, number: int) -> None:
        """One side of a conversation writes."""
        chat = self.account.chats[number]
        if chat.customer is not None and self.rng.random() < 0.5:  # noqa: PLR2004
            self.account.add_message(number, conversations.remark(self.rng))
            self.seen(chat.customer)
        else:
            text = conversations.reply(self.rng)
            self.account.add_message(number, text, sender="agent", agent=self.agent())

    def silent(self, number: int, kind: str, text: str, agent: int | None = None) -> None:
        """The team or the system says what is no new last message."""
        self.account.add_message(number, text, sender="agent", type=kind, agent=agent, moves_chat=False)

    def close(self, number: int) -> None:
        """A chat is closed."""
        self.account.close_chat(number, self.rng.choice(("agent", "agent", "customer")))
        self.silent(number, "tech", "request_rating")

    def edit(self, number: int) -> None:
        """Somebody corrects a message."""
        message = self.message(number)
        self.account.edit_message(message, f"{self.account.messages[message].text or ''} (corrected)")


# How often each kind of change happens.
_KINDS = {"messages": 40, "new_chats": 14, "closings": 10, "edits": 8, "notes": 7, "reads": 6, "ratings": 6}
_KINDS |= {"visits": 5, "reopenings": 2, "assignments": 2}
# Those in a chat: which status it must have, and what happens. Nothing announces notes, reads, ratings, assignments.
_IN_CHATS: dict[str, tuple[str | None, Callable[[_Day, int], object]]] = {
    "messages": (None, _Day.write),
    "closings": ("opened", _Day.close),
    "edits": (None, _Day.edit),
    "notes": (None, lambda day, chat: day.silent(chat, "private", conversations.note(day.rng), day.agent())),
    "reads": (None, lambda day, chat: day.account.read_message(day.message(chat))),
    "ratings": ("closed", lambda day, chat: day.account.rate_chat(chat, day.rng.choice(conversations.RATINGS))),
    "reopenings": ("closed", lambda day, chat: day.account.reopen_chat(chat)),
    "assignments": (None, lambda day, chat: day.account.assign_chat(chat, day.agent())),
}
