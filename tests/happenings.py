"""Changes in an account, and which of them the API announces."""

import typing as t
from collections.abc import Callable
from decimal import Decimal

from simulator import Account, Fault, Logged, Server
from tests.conftest import NOW
from tests.running import Output, sync
from tests.target import Target

DAY = 86_400


class Happenings:
    """Changes an account; `revealed` are the chats with a change that the documented lists and filters show."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.revealed: set[int] = set()
        self.fell: set[int] = set()  # chats that lost a message, and were perhaps older for a while
        self.unannounced: set[int] = set()  # customers who were never seen, and came when nobody listed all
        self._kinds: dict[str, Callable[[int, float], object]] = {
            "a message": lambda chat, _: self.say(chat),
            "120 messages": lambda chat, _: [self.say(chat) for _ in range(120)],
            "a message in every chat": lambda *_: [self.say(chat) for chat in list(account.chats)],
            "a chat": lambda *_: self.say(self.open()),
            "an empty chat": lambda *_: self.open(),
            "a note": lambda chat, _: self.note(chat),
            "an edit": self.edit,
            "a deleted message": self.delete_message,
            "a deleted chat": lambda chat, _: self.delete(chat),
            "a closing": lambda chat, _: self.close(chat),
            "a new customer": lambda *_: account.add_customer(),
            "a customer seen": lambda _, where: self.see(where),
            "a new customer never seen": lambda *_: self.import_customer(),
            "a deleted customer": lambda _, where: account.delete_customer(self._customer(where)),
            "an hour": lambda *_: account.advance(3600),
            "a month": lambda *_: account.advance(30 * DAY),
        }

    @property
    def kinds(self) -> list[str]:
        return list(self._kinds)

    def happen(self, kind: str, where: float) -> None:
        """Make this change, in the chat at this place between 0 and 1."""
        self.account.advance(1)
        chats = sorted(self.account.chats)
        if chats:
            self._kinds[kind](chats[int(where * len(chats))], where)
        else:
            self.say(self.open())

    def open(self) -> int:
        chat = self.account.add_chat()
        self.revealed.add(chat)
        return chat

    def say(self, chat: int) -> int:
        self.account.advance(Decimal("0.7"))
        self.revealed.add(chat)
        return self.account.add_message(chat, f"said at {self.account.now}")

    def note(self, chat: int) -> None:
        self.account.add_message(chat, "a note", sender="agent", type="private", moves_chat=False)

    def close(self, chat: int) -> None:
        self.account.close_chat(chat)
        self.revealed.add(chat)

    def see(self, where: float) -> None:
        customer = self._customer(where)
        self.account.see_customer(customer)
        self.unannounced.discard(customer)

    def import_customer(self) -> None:
        self.unannounced.add(self.account.add_customer(first_seen=None, last_seen=None))

    def _customer(self, where: float) -> int:
        customers = sorted(self.account.customers) or [self.account.add_customer()]
        return customers[int(where * len(customers))]

    def edit(self, chat: int, where: float) -> None:
        if said := self.account.messages_of(chat):
            message = said[int(where * 7919) % len(said)]
            self.account.edit_message(message.id, f"{message.text}, edited at {self.account.now}")

    def delete(self, chat: int) -> None:
        if len(self.account.chats) > 1:  # an account whose last chat goes during its first load is told
            self.account.delete_chat(chat)

    def delete_message(self, chat: int, where: float) -> None:
        if said := self.account.messages_of(chat):
            self.account.delete_message(said[int(where * 7919) % len(said)].id)
            self.fell.add(chat)
            # What a deleted message announced is no longer announced.
            self.revealed.discard(chat)


def refuse(server: Server, refusals: dict[str, int]) -> None:
    """Let the account answer paths with these endings with these statuses."""

    def fault(request: Logged, _: int) -> Fault | None:
        found = [status for end, status in refusals.items() if request.path.endswith(end)]
        return Fault(status=found[0]) if found else None

    server.fault = fault


VERSIONS: dict[str, t.Any] = {"emit_activate_version_messages": True}
REFRESHED = {**VERSIONS, "refresh_messages_days": 7}
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
