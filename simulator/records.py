"""The records of an account, and every change that can be made to them."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Any, Literal

from simulator.model import SILENT_TYPES, SMALL, Chat, Customer, Message, Moment, Organization, exact, milli, whole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

NOW = 1_790_000_000
CHAT_TIMES = ("closed_at", "last_message_at", "last_customer_message_at", "snoozed_until")


class Records:
    """An account's chats, messages and people, with a clock of its own.

    Records may be changed directly; call `touch` afterwards, for lists are kept in order until then.
    """

    def __init__(self, now: Moment = NOW) -> None:
        """Open an empty account at the given moment (epoch seconds)."""
        self.now, self.version = exact(now), 0
        self.chats: dict[int, Chat] = {}
        self.messages: dict[int, Message] = {}
        self.customers: dict[int, Customer] = {}
        self.small: dict[str, dict[int, Any]] = {name: {} for name in SMALL}
        self.organization = Organization()
        self.threads: dict[int, list[Message]] = {}
        self._last_ids: dict[str, int] = {}

    def touch(self) -> None:
        """Note that something has changed."""
        self.version += 1

    def new_id(self, kind: str, wanted: int | None = None) -> int:
        """Return the next number of a kind, or reserve the given one; none is used twice."""
        number = self._last_ids.get(kind, 0) + 1 if wanted is None else wanted
        self._last_ids[kind] = max(number, self._last_ids.get(kind, 0))
        return number

    def advance(self, seconds: Moment) -> Decimal:
        """Advance the clock and return the time."""
        self.now += exact(seconds)
        return self.now

    def counts(self) -> dict[str, int]:
        """Return how many records there are of each kind."""
        large = {"chats": len(self.chats), "messages": len(self.messages), "customers": len(self.customers)}
        return large | {name: len(records) for name, records in self.small.items()}

    agents = property(lambda self: self.small["agents"])
    departments = property(lambda self: self.small["departments"])
    applications = property(lambda self: self.small["applications"])

    def add(self, table: str, **fields: Any) -> int:
        """Add a record to one of the small tables and return its id."""
        number = self.new_id(table, fields.pop("id", None))
        self.small[table][number] = SMALL[table](number, **fields)
        self.touch()
        return number

    def add_agent(self, name: str, email: str | None = None, role: str = "agent", **fields: Any) -> int:
        """Add a member of the team and return its id."""
        address = email or f"{name.lower().replace(' ', '.')}@example.test"
        return self.add("agents", name=name, email=address, role=role, **fields)

    def add_department(self, name: str, agents: Iterable[int] = (), **fields: Any) -> int:
        """Add a department and return its id."""
        return self.add("departments", name=name, agents=list(agents), **fields)

    def add_application(self, name: str, display_name: str | None = None, **fields: Any) -> int:
        """Add an application and return its id."""
        return self.add("applications", name=name, display_name=display_name or name, **fields)

    def add_customer(self, **fields: Any) -> int:
        """Add a customer, seen now unless `first_seen` and `last_seen` are given."""
        number = self.new_id("customer", fields.pop("id", None))
        for name in ("first_seen", "last_seen"):
            moment = fields.get(name, self.now)
            fields[name] = None if moment is None else whole(moment)
        self.customers[number] = Customer(number, **fields)
        self.touch()
        return number

    def see_customer(self, customer_id: int) -> None:
        """Let the customer visit now."""
        customer = self.customers[customer_id]
        customer.last_seen = whole(self.now)
        customer.first_seen = customer.last_seen if customer.first_seen is None else customer.first_seen
        self.touch()

    def delete_customer(self, customer_id: int) -> None:
        """Remove the customer; the chats stay, without a customer."""
        del self.customers[customer_id]
        for chat in self.chats.values():
            if chat.customer == customer_id:
                chat.customer = None
        self.touch()

    def add_chat(self, *, created_at: Moment | None = None, customer: int | None = None, **fields: Any) -> int:
        """Create a chat without messages; if no `customer` is given, add one without a name."""
        began = whole(self.now if created_at is None else created_at)
        if customer is None:
            customer = self.add_customer(first_seen=began, last_seen=began)
        number = self.new_id("chat", fields.pop("id", None))
        fields |= {name: whole(fields[name]) for name in CHAT_TIMES if fields.get(name) is not None}
        fields.setdefault("updated_at", began)
        fields.setdefault("application_id", next(iter(self.applications), None))
        self.chats[number] = Chat(number, began, customer, **fields)
        self.threads[number] = []
        self.touch()
        return number

    def delete_chat(self, chat_id: int) -> None:
        """Remove the chat and all its messages."""
        self.lose_messages(chat_id)
        del self.chats[chat_id], self.threads[chat_id]

    def close_chat(self, chat_id: int, by: str = "agent") -> None:
        """Close the chat now."""
        chat = self._changed(chat_id)
        chat.status, chat.closed_by, chat.closed_at = "closed", by, whole(self.now)

    def reopen_chat(self, chat_id: int) -> None:
        """Reopen the chat; its closing time is lost."""
        chat = self._changed(chat_id)
        chat.status, chat.closed_by, chat.closed_at = "opened", None, None

    def rate_chat(self, chat_id: int, rating: str | None) -> None:
        """Let the customer rate the chat."""
        self._changed(chat_id).rating = rating

    def assign_chat(self, chat_id: int, agent_id: int | None) -> None:
        """Assign the chat to an agent, or to nobody."""
        self._changed(chat_id).assignee = agent_id

    def _changed(self, chat_id: int) -> Chat:
        chat = self.chats[chat_id]
        chat.updated_at = max(chat.updated_at, whole(self.now))
        self.touch()
        return chat

    def messages_of(self, chat_id: int) -> list[Message]:
        """Return the chat's messages, newest first."""
        return self.threads[chat_id][::-1]

    def add_message(
        self,
        chat_id: int,
        text: str | None = "...",
        *,
        sender: Literal["customer", "agent"] = "customer",
        type: str = "message",  # noqa: A002 - the API's own name
        created_at: Moment | None = None,
        moves_chat: bool = True,
        agent: int | None = None,
        **fields: Any,
    ) -> int:
        """Add a message, created now unless `created_at` is given, and return its id."""
        chat = self.chats[chat_id]
        number = self.new_id("message", fields.pop("id", None))
        stamp = milli(self.now if created_at is None else created_at)
        message = Message(number, chat_id, stamp, text, sender, type, agent, moves_chat=moves_chat, **fields)
        self.messages[number] = message
        insort(self.threads[chat_id], message, key=lambda message: (message.created_at, message.id))
        chat.updated_at = max(chat.updated_at, whole(stamp))
        if type not in SILENT_TYPES:
            _answered(chat, sender)
        self.summarise(chat)
        self.touch()
        return number

    def edit_message(self, message_id: int, text: str | None) -> None:
        """Change a message's text; its chat does not change."""
        message = self.messages[message_id]
        message.text, message.edited, message.updated_at = text, True, milli(self.now)
        chat = self._changed(message.chat)
        if chat.last_message_id == message_id:
            chat.last_message_text = text

    def read_message(self, message_id: int) -> None:
        """Mark a message as read; nothing else shows it."""
        self.messages[message_id].read = True
        self.touch()

    def delete_message(self, message_id: int) -> None:
        """Remove a message; if it was the chat's last one, the one before it becomes the last."""
        message = self.messages.pop(message_id)
        self.threads[message.chat].remove(message)
        self.summarise(self._changed(message.chat))

    def lose_messages(self, chat_id: int) -> None:
        """Remove all messages of a chat; its row still shows the last one."""
        for message in self.threads[chat_id]:
            del self.messages[message.id]
        self.threads[chat_id] = []
        self.touch()

    def summarise(self, chat: Chat) -> None:
        """Update the chat's `last_*` and `agents` from its messages."""
        thread = self.messages_of(chat.id)
        chat.agents = sorted({message.agent for message in thread if message.agent is not None})
        shown = [message for message in thread if message.moves_chat]
        last = shown[0] if shown else None
        chat.last_message_at, chat.last_message_id = (whole(last.created_at), last.id) if last else (None, None)
        chat.last_message_text = last.text if last else None
        words = (whole(message.created_at) for message in shown if message.sender == "customer")
        chat.last_customer_message_at = next(words, None)
        chat.last_communicated_agent_id = next((one.agent for one in shown if one.agent is not None), None)


def _answered(chat: Chat, sender: str) -> None:
    """Update the chat's status after a message that the other side can see."""
    if sender == "customer":
        chat.status = "opened" if chat.agents else "new"
        chat.closed_by = chat.closed_at = None
    elif chat.status == "empty":
        chat.status = "no communication"
    elif chat.status == "new":
        chat.status = "opened"
    chat.read_by_agent = sender == "agent"
    chat.read_by_customer = sender == "customer"
