"""One chat to read, and the two settings that limit how far back."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from tap_helpcrunch.sync.moments import DAWN, earlier, second

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tap_helpcrunch.api.envelope import Row

# Chats visited between two STATE messages: ten seconds at the usual pace, about a minute if some chats are long.
GROUP = 20


@dataclass(frozen=True, slots=True)
class Visit:
    """One chat to read.

    Attributes:
        chat_id: the chat.
        until: the moment to read back to (None: all of it).
        has_messages: whether it has any, according to its row (None: not known).
        last_message_at: when its last one came, according to its row (None: not known, or there is none).
        again: whether an earlier visit failed. Few tries are enough then, and another failure says nothing new.
    """

    chat_id: int
    until: str | None
    has_messages: bool | None = None
    last_message_at: str | None = None
    again: bool = False

    @classmethod
    def of(cls, row: Row, until: str | None) -> Visit:
        """Return the visit of the chat with this row."""
        return cls(row["id"], until, has_messages(row), row.get("lastMessageAt"))


@dataclass(slots=True)
class Group:
    """Rows that are written together, with the messages of the visits; then ``on_written`` is called.

    Attributes:
        rows: chats or customers to emit.
        visits: the chats whose messages are read.
        on_written: moves the bookmarks.
    """

    rows: list[Row] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    on_written: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Bounds:
    """The two settings that limit what is read."""

    start_date: str | None
    lookback_hours: float

    def without_lookback(self) -> Bounds:
        """Return what bounds the later rounds of a run: the first one has looked behind its bookmark, if it had any."""
        return Bounds(self.start_date, 0)

    def back(self, since: str | None) -> str | None:
        """Return how far back to read what is complete as of ``since``: None for everything.

        In whole seconds, as the times of chats are.
        """
        if since is None:
            return self.start_date and second(self.start_date)
        return second(max(earlier(since, self.lookback_hours), self.start_date or DAWN))

    def skips(self, row: Row) -> bool:
        """Return whether nothing has happened in a chat since ``start_date``."""
        return self.start_date is not None and not happened(row, second(self.start_date))


def happened(row: Row, moment: str) -> bool:
    """Return whether something happened in a chat at the moment or later, or its row does not show it."""
    shown = activity(row)
    return tells_nothing(row) or shown == DAWN or shown >= moment


def activity(row: Row) -> str:
    """Return the newest moment that a chat's row shows."""
    names = ("createdAt", "lastMessageAt", "lastCustomerMessageAt", "closedAt", "updatedAt")
    return max(row.get(name) or DAWN for name in names)


def tells_nothing(row: Row) -> bool:
    """Return whether a chat's row hides when its last message came: the field is missing, or null despite a message."""
    if row.get("lastMessageAt"):
        return False
    return "lastMessageAt" not in row or bool(row.get("lastMessageId") or row.get("lastCustomerMessageAt"))


def has_messages(row: Row) -> bool | None:
    """Return whether a chat has messages, or None if its row does not show it."""
    if "lastMessageAt" not in row:
        return None
    return bool(row.get("lastMessageAt") or row.get("lastMessageId"))
