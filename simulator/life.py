"""Advances an account by a few hours of plausible changes."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from simulator import conversations

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.records import Records

_KINDS = {
    "messages": 40,
    "new_chats": 14,
    "closings": 10,
    "edits": 8,
    "notes": 7,
    "reads": 6,
    "ratings": 6,
    "visits": 5,
}
_KINDS |= {"reopenings": 2, "assignments": 2}


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
        # A change that is impossible in this account (nothing to reopen) becomes a new chat.
        done = kind if getattr(day, kind)() else "new_chats"
        if done != kind:
            day.new_chats()
        counts[done] += 1
    account.advance(round(pause, 3))
    chats = sorted(day.chats)
    return {
        "counts": counts,
        "chats": chats,
        "announced": [number for number in chats if before.get(number) != day.face(number)],
        "customers": sorted(day.customers),
    }


class _Day:
    """The changes; each method makes one and returns whether it was possible."""

    def __init__(self, account: Records, rng: random.Random) -> None:
        self.account = account
        self.rng = rng
        self.chats: set[int] = set()
        self.customers: set[int] = set()

    def face(self, number: int) -> tuple[Any, ...]:
        """Return what the documented lists and filters show of a change in a chat."""
        chat = self.account.chats[number]
        return (chat.last_message_at, chat.last_message_id, chat.closed_at)

    def chat(self, status: str | None = None) -> int | None:
        """Choose a chat, more often a recent one."""
        numbers = [
            number
            for number, chat in self.account.chats.items()
            if (status is None or chat.status == status) and self.account.threads[number]
        ]
        if not numbers:
            return None
        number = numbers[-1 - int(len(numbers) * self.rng.random() ** 3)]
        self.chats.add(number)
        return number

    def agent(self) -> int | None:
        """Choose an agent to answer."""
        people = [number for number, who in self.account.agents.items() if who.name != "HelpBot"]
        return self.rng.choice(people) if people else None

    def new_chats(self) -> bool:
        """Somebody starts a chat, and writes or does not."""
        account = self.account
        if account.customers and self.rng.random() < 0.5:  # noqa: PLR2004
            customer = self.rng.choice(list(account.customers))
            account.see_customer(customer)
        else:
            customer = account.add_customer(name=None, locale="en")
        number = account.add_chat(customer=customer)
        self.customers.add(customer)
        self.chats.add(number)
        for _ in range(self.rng.randint(0, 2)):
            account.add_message(number, conversations.remark(self.rng))
        return True

    def messages(self) -> bool:
        """One side of a conversation writes."""
        number = self.chat()
        if number is None:
            return False
        chat = self.account.chats[number]
        if chat.customer is not None and self.rng.random() < 0.5:  # noqa: PLR2004
            self.account.add_message(number, conversations.remark(self.rng))
            self.account.see_customer(chat.customer)
            self.customers.add(chat.customer)
        else:
            text = conversations.reply(self.rng)
            self.account.add_message(number, text, sender="agent", agent=self.agent())
        return True

    def _in(self, number: int | None, change: Callable[[int], object]) -> bool:
        """Change a chat, if there is one."""
        if number is not None:
            change(number)
        return number is not None

    def notes(self) -> bool:
        """An agent leaves a private note, which is no new last message."""

        def note(number: int) -> None:
            text = conversations.note(self.rng)
            agent = self.agent()
            self.account.add_message(number, text, sender="agent", type="private", agent=agent, moves_chat=False)

        return self._in(self.chat(), note)

    def closings(self) -> bool:
        """A chat is closed."""

        def close(number: int) -> None:
            self.account.close_chat(number, self.rng.choice(("agent", "agent", "customer")))
            self.account.add_message(number, "request_rating", sender="agent", type="tech", moves_chat=False)

        return self._in(self.chat("opened"), close)

    def reopenings(self) -> bool:
        """A closed chat is opened again."""
        return self._in(self.chat("closed"), self.account.reopen_chat)

    def ratings(self) -> bool:
        """A closed chat is rated."""
        ratings = conversations.RATINGS
        return self._in(self.chat("closed"), lambda chat: self.account.rate_chat(chat, self.rng.choice(ratings)))

    def assignments(self) -> bool:
        """A chat is assigned to somebody else."""
        return self._in(self.chat(), lambda chat: self.account.assign_chat(chat, self.agent()))

    def edits(self) -> bool:
        """Somebody corrects a message."""

        def edit(number: int) -> None:
            message = self.rng.choice(self.account.threads[number])
            self.account.edit_message(message.id, f"{message.text or ''} (corrected)")

        return self._in(self.chat(), edit)

    def reads(self) -> bool:
        """A message is read, which nothing announces."""
        threads = self.account.threads
        return self._in(self.chat(), lambda chat: self.account.read_message(self.rng.choice(threads[chat]).id))

    def visits(self) -> bool:
        """A customer visits the site."""
        if not self.account.customers:
            return False
        customer = self.rng.choice(list(self.account.customers))
        self.account.see_customer(customer)
        self.customers.add(customer)
        return True
