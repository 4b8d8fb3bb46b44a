"""Reads paging, order and filters from a request, strictly: anything invalid is refused."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.account import Account

MOST = 100
Kind = Literal["integer", "date", "string", "agents", "tags", "status"]


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

_STATUSES = ("new", "opened", "pending", "onhold", "closed", "nocommunication", "empty")
STATUS_NUMBERS = {str(number): status for number, status in enumerate(_STATUSES, 1)}


def plain_status(status: str) -> str:
    """Return a status in a form that all its spellings share."""
    return STATUS_NUMBERS.get(status) or re.sub(r"[^a-z]", "", status.lower())


@dataclass(frozen=True)
class Field:
    """A field to filter by: its type, and how to get it from a record."""

    kind: Kind
    get: Callable[[Any], Any]


def chat_fields(account: Account) -> dict[str, Field]:
    """Return the fields that a search for chats can filter by."""

    def of_customer(kind: Kind, name: str) -> Field:
        return Field(kind, lambda chat: getattr(account.customers.get(chat.customer), name, None))

    dates = {"createdAt": "created_at", "updatedAt": "updated_at", "closedAt": "closed_at"}
    fields = {f"chats.{name}": Field("date", operator.attrgetter(get)) for name, get in dates.items()}
    fields |= {
        f"chats.{it}": Field("integer", operator.attrgetter(it)) for it in ("assignee", "department", "customer")
    }
    return fields | {
        "chats.agents": Field("agents", operator.attrgetter("agents")),
        "chats.rating": Field("string", operator.attrgetter("rating")),
        "chats.status": Field("status", lambda chat: plain_status(chat.status)),
        "chats.customer.email": of_customer("string", "email"),
        "chats.customer.userId": of_customer("string", "user_id"),
        "chats.customer.tagsData": of_customer("tags", "tags"),
    }


def _located(name: str) -> Field:
    return Field("string", lambda customer: (customer.location or {}).get(name))


def _messenger(name: str) -> Field:
    return Field("string", lambda customer: customer.integration_id if customer.created_from == name else None)


_OF_CUSTOMER = {name: Field("string", operator.attrgetter(name)) for name in ("name", "email", "company", "phone")}
_OF_CUSTOMER |= {name: _located(name) for name in ("countryCode", "city", "regionCode")}
_OF_CUSTOMER |= {f"{name}Id": _messenger(name) for name in ("telegram", "facebook", "instagram", "viber", "whatsapp")}
_OF_CUSTOMER |= {
    "id": Field("integer", operator.attrgetter("id")),
    "userId": Field("string", operator.attrgetter("user_id")),
    "tagsData": Field("tags", operator.attrgetter("tags")),
    "lastSeen": Field("date", operator.attrgetter("last_seen")),
}
CUSTOMER_FIELDS = {f"customers.{name}": field for name, field in _OF_CUSTOMER.items()}

_NUMBERS = ("=", "!=", ">", "<", ">=", "<=")
_WORDS = ("=", "!=", "~", "!~")
OPERATORS: dict[Kind, tuple[str, ...]] = {"integer": _NUMBERS, "date": _NUMBERS, "string": _WORDS, "status": _WORDS}
OPERATORS |= {"agents": ("=", "!="), "tags": ("=",)}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "~": operator.contains,
    "!~": lambda text, part: part not in text,
}


def value_of(kind: Kind, value: object, field: str) -> Any:
    """Return a filter's value in the form that is compared."""
    if kind in ("integer", "date", "agents"):
        found = number(value, field, signed=True)
        return Decimal(found) if kind == "date" else found
    if kind == "tags":
        if not isinstance(value, list) or not value:
            raise invalid(field, "This value should be of type array.")
        if not all(isinstance(tag, dict) and isinstance(tag.get("name"), str) for tag in value):
            raise invalid(field, "This value should be a list of objects with a name.")
        return {tag["name"].lower() for tag in value}
    # Integers are accepted: real clients send user ids and statuses like that.
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise invalid(field, "This value should be of type string.")
    return plain_status(str(value)) if kind == "status" else str(value).lower()
