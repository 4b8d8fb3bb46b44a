"""Reads paging, order and filters from a request, strictly: anything invalid is refused."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST = 100


class Refusal(Exception):  # noqa: N818 - an answer, not an error
    """A request that is answered with an error."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        """Keep what both forms of error bodies need: the older one the code, the newer one the field."""
        super().__init__(message)
        self.status, self.code, self.message, self.field = status, code, message, field


def invalid(field: str, message: str) -> Refusal:
    """Return the refusal of a value."""
    root = re.split(r"\W", field)[0]
    return Refusal(400, f"invalid_{root}_value", message, field)


def number(value: object, field: str, *, signed: bool = False) -> int:
    """Return an integer given as a number or in digits."""
    if type(value) is not int and not (isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value)):
        raise invalid(field, "This value should be of type numeric.")
    if int(value) < 0 and not signed:
        raise invalid(field, "This value should be positive or zero.")
    return int(value)


@dataclass(frozen=True)
class Page:
    """Which rows of a list are requested."""

    limit: int = MOST
    offset: int = 0

    @classmethod
    def read(cls, asked: Mapping[str, object], most: int = MOST) -> Page:
        """Read limit and offset."""
        limit = number(asked.get("limit", MOST), "limit")
        if not 1 <= limit <= most:
            raise invalid("limit", f"This value should be between 1 and {most}.")
        return cls(limit, number(asked.get("offset", 0), "offset"))

    def of(self, rows: list[Any]) -> list[Any]:
        """Return this page of the rows."""
        return rows[self.offset : self.offset + self.limit]


@dataclass(frozen=True)
class Order:
    """The order of a list; by id if no sort key is given, descending if no direction is."""

    attribute: str = "id"
    descending: bool = True

    @classmethod
    def read(cls, asked: Mapping[str, object], sorts: Mapping[str, str]) -> Order:
        """Read sort and order."""
        sort = asked.get("sort")
        attribute = "id" if sort is None else sorts.get(str(sort))
        if attribute is None:
            raise invalid("sort", f"This value should be one of {', '.join(sorts)}.")
        order = asked.get("order", "desc")
        if not isinstance(order, str) or order.lower() not in ("asc", "desc"):
            raise invalid("order", "This value should be asc or desc.")
        return cls(attribute, order.lower() == "desc")


CHAT_SORTS = {"chats.createdAt": "created_at", "chats.lastCustomerMessageAt": "last_customer_message_at"}
CHAT_SORTS |= {"chats.lastMessageAt": "last_message_at", "chats.closedAt": "closed_at"}
CUSTOMER_SORTS = {"customers.firstSeen": "first_seen", "customers.lastSeen": "last_seen"}

# The fields to filter by whose values are whole numbers; the documents have others too, which are not simulated.
CHAT_FIELDS = {"chats.createdAt": "created_at", "chats.updatedAt": "updated_at", "chats.closedAt": "closed_at"}
CHAT_FIELDS |= {f"chats.{name}": name for name in ("assignee", "department", "customer")}
CUSTOMER_FIELDS = {"customers.id": "id", "customers.lastSeen": "last_seen"}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
