"""Turns the body of a search into a test for records, and keeps sorted lists."""

from __future__ import annotations

import functools
import itertools
import operator
from typing import TYPE_CHECKING, Any

from simulator.query import COMPARE, MOST, Order, Page, invalid, number

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    from simulator.account import Account
    from simulator.dialect import Dialect

_KEYS = frozenset({"filter", "comparison", "sort", "order", "offset", "limit"})
_FILTER_KEYS = frozenset({"field", "operator", "value"})
_UPDATED_AT = "chats.updatedAt"


def _read_filter(index: int, asked: object, fields: Mapping[str, str], dialect: Dialect) -> Callable[[Any], bool]:
    at = f"filter[{index}]"
    if not isinstance(asked, dict):
        raise invalid(at, "This value should be of type object.")
    for key in _FILTER_KEYS:
        if key not in asked:
            raise invalid(f"{at}.{key}", "This value should not be blank.")
    unknown = sorted(set(asked) - _FILTER_KEYS)
    if unknown:
        raise invalid(f"{at}.{unknown[0]}", "This field was not expected.")
    name, sign = str(asked["field"]), str(asked["operator"])
    if name not in fields or (name == _UPDATED_AT and dialect.updated_at == "refused"):
        raise invalid(f"{at}.field", "This value is not a field to filter by.")
    if sign not in COMPARE:
        raise invalid(f"{at}.operator", "This operator is not valid for the field.")
    value = number(asked["value"], f"{at}.value", signed=True)
    if name == _UPDATED_AT and dialect.updated_at == "ignored":
        return lambda _: True
    get, compare = operator.attrgetter(fields[name]), COMPARE[sign]

    def test(record: Any) -> bool:
        # A missing value differs from everything, and is neither more nor less than anything.
        found = get(record)
        return sign == "!=" if found is None else compare(found, value)

    return test


def read_search(
    body: Mapping[str, Any], fields: Mapping[str, str], sorts: Mapping[str, str], dialect: Dialect, most: int = MOST
) -> tuple[Callable[[Any], bool] | None, Order, Page]:
    """Read a search; the test is None when every record matches."""
    for key in body:
        if key not in _KEYS:
            raise invalid(key, "This field was not expected.")
    asked = body.get("filter", [])
    if not isinstance(asked, list):
        raise invalid("filter", "This value should be of type array.")
    tests = [_read_filter(index, one, fields, dialect) for index, one in enumerate(asked)]
    comparison = body.get("comparison")
    if comparison is None and len(tests) > 1:
        raise invalid("comparison", "This value should not be blank.")
    how = str(comparison).upper()
    if comparison is not None and how not in ("AND", "OR"):
        raise invalid("comparison", "This value should be AND or OR.")
    order, page = Order.read(body, sorts), Page.read(body, most)
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
        rows = self._lists.get(place)
        if rows is None:
            rows = self._lists[place] = self._sort(kind, order, dialect.nulls)
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
            if len(group) > 1:
                self._rng.shuffle(group)
            mixed += group
        return mixed
