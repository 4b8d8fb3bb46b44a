"""Reads paging, order and filters from a request, strictly: anything invalid is refused; and keeps sorted lists."""

from __future__ import annotations

import functools
import itertools
import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    from simulator.account import Account
    from simulator.dialect import Dialect

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
    def read(cls, kind: str, asked: Mapping[str, object]) -> Order:
        """Read sort and order."""
        sort = asked.get("sort")
        attribute = "id" if sort is None else _SORTS[kind].get(str(sort))
        if attribute is None:
            raise invalid("sort", f"This value should be one of {', '.join(_SORTS[kind])}.")
        order = asked.get("order", "desc")
        if not isinstance(order, str) or order.lower() not in ("asc", "desc"):
            raise invalid("order", "This value should be asc or desc.")
        return cls(attribute, order.lower() == "desc")


_SORTS = {
    "chats": {
        "chats.createdAt": "created_at",
        "chats.lastCustomerMessageAt": "last_customer_message_at",
        "chats.lastMessageAt": "last_message_at",
        "chats.closedAt": "closed_at",
    },
    "customers": {"customers.firstSeen": "first_seen", "customers.lastSeen": "last_seen"},
}

# The fields to filter by whose values are whole numbers; the documents have others too, which are not simulated.
_DATES = {"chats.createdAt": "created_at", "chats.updatedAt": "updated_at", "chats.closedAt": "closed_at"}
_FIELDS = {
    "chats": {**_DATES, "chats.assignee": "assignee", "chats.department": "department", "chats.customer": "customer"},
    "customers": {"customers.id": "id", "customers.lastSeen": "last_seen"},
}
_COMPARE = {"=": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt, ">=": operator.ge}
_COMPARE |= {"<=": operator.le}
_KEYS = frozenset({"filter", "comparison", "sort", "order", "offset", "limit"})
_FILTER_KEYS = frozenset({"field", "operator", "value"})
_UPDATED_AT = "chats.updatedAt"


def _read_filter(kind: str, index: int, asked: object, dialect: Dialect) -> Callable[[Any], bool]:
    at = f"filter[{index}]"
    if not isinstance(asked, dict):
        raise invalid(at, "This value should be of type object.")
    for key in sorted(asked.keys() ^ _FILTER_KEYS):
        raise invalid(f"{at}.{key}", "This field was not expected, or it should not be blank.")
    name, sign = str(asked["field"]), str(asked["operator"])
    if name not in _FIELDS[kind] or (name == _UPDATED_AT and dialect.updated_at == "refused"):
        raise invalid(f"{at}.field", "This value is not a field to filter by.")
    if sign not in _COMPARE:
        raise invalid(f"{at}.operator", "This operator is not valid for the field.")
    value = number(asked["value"], f"{at}.value", signed=True)
    if name == _UPDATED_AT and dialect.updated_at == "ignored":
        return lambda _: True
    get, compare = operator.attrgetter(_FIELDS[kind][name]), _COMPARE[sign]

    def test(record: Any) -> bool:
        # A missing value differs from everything, and is neither more nor less than anything.
        found = get(record)
        return sign == "!=" if found is None else bool(compare(found, value))

    return test


def read_search(
    kind: str, body: Mapping[str, Any], dialect: Dialect, most: int
) -> tuple[Callable[[Any], bool] | None, Order, Page]:
    """Read a search; the test is None when every record matches."""
    for key in body:
        if key not in _KEYS:
            raise invalid(key, "This field was not expected.")
    asked = body.get("filter", [])
    if not isinstance(asked, list):
        raise invalid("filter", "This value should be of type array.")
    tests = [_read_filter(kind, index, one, dialect) for index, one in enumerate(asked)]
    comparison = body.get("comparison")
    if comparison is None and len(tests) > 1:
        raise invalid("comparison", "This value should not be blank.")
    how = str(comparison).upper()
    if comparison is not None and how not in ("AND", "OR"):
        raise invalid("comparison", "This value should be AND or OR.")
    order, page = Order.read(kind, body), Page.read(body, most)
    together: Callable[..., bool] = operator.and_ if how == "AND" else operator.or_
    test = functools.reduce(lambda one, other: lambda row: together(one(row), other(row)), tests) if tests else None
    return test, order, page


class Shelf:
    """Keeps an account's records in the orders requested, until the account changes."""

    def __init__(self, account: Account, rng: random.Random) -> None:
        """Begin with no order kept."""
        self._account = account
        self._rng = rng
        self._version = -1
        self._lists: dict[tuple[str, Order, str], list[Any]] = {}

    def ordered(self, kind: str, order: Order, dialect: Dialect) -> list[Any]:
        """Return all records of a kind in an order; the list must not be changed."""
        if self._version != self._account.version:
            self._lists.clear()
            self._version = self._account.version
        place = (kind, order, dialect.nulls)
        if place not in self._lists:
            self._lists[place] = self._sort(*place)
        rows = self._lists[place]
        return rows if dialect.ties == "stable" else self.shuffled(rows, operator.attrgetter(order.attribute))

    def _sort(self, kind: str, order: Order, nulls: str) -> list[Any]:
        records = sorted(getattr(self._account, kind).values(), key=operator.attrgetter("id"))
        get = operator.attrgetter(order.attribute)
        known = sorted((record for record in records if get(record) is not None), key=get)
        unknown = [record for record in records if get(record) is None]
        # Unless they are "always" somewhere, the ascending list is the descending one reversed, nulls included.
        nulls_first = nulls in ("last", f"always {'last' if order.descending else 'first'}")
        ascending = unknown + known if nulls_first else known + unknown
        return ascending[::-1] if order.descending else ascending

    def shuffled(self, rows: list[Any], key: Callable[[Any], Any]) -> list[Any]:
        """Return ordered rows, with rows of equal keys in another order each time."""
        mixed: list[Any] = []
        for _, ties in itertools.groupby(rows, key):
            group = list(ties)
            self._rng.shuffle(group)
            mixed += group
        return mixed
