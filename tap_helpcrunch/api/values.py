"""Reads the API's values, in whatever form they come, into the one form that the schemas declare.

The vendor's documents and clients show times as integers, strings of digits, decimal strings with milliseconds, and
null; a chat's ``agents`` as an object or a list; ``customData`` as an object or a list of ``{property, value}``. What
leaves this module has one form, and no field that the schema does not declare.
"""

from __future__ import annotations

import json
import logging
import re
import typing as t
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from functools import lru_cache

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from singer_sdk.typing import PropertiesList

logger = logging.getLogger("tap-helpcrunch")

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# As epoch seconds, a time in the year 5138; as epoch milliseconds, one in 1973.
MILLISECONDS_FROM = 100_000_000_000
LONGEST = 12  # digits; a number with fewer is a second before the year 9999
_LATEST = 253_402_300_799  # the last second of the year 9999; no target stores a later time
_EXACT = {"string": str, "integer": int, "boolean": bool}
# The minute and second for each second of an hour: a list is faster than formatting them for each message.
_IN_HOUR = [f":{second // 60:02d}:{second % 60:02d}" for second in range(3600)]
_LONE = re.compile("[\ud800-\udfff]")


def moment(value: t.Any) -> str | None:
    """Return a time as RFC 3339 in UTC with milliseconds; such texts compare as the times do.

    Args:
        value: epoch seconds (or milliseconds) as an integer, a Decimal or the text of one, an ISO 8601 text, or
            nothing (None, "").

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(value, str):
        return _from_text(value) if value else None
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise ValueError("not a time")
    # The usual form, at a third of the cost of a Decimal.
    if type(value) is int and 0 <= value < MILLISECONDS_FROM:
        return f"{_second(value)}.000Z"
    try:
        return _from_number(Decimal(value))
    except (InvalidOperation, OverflowError):
        raise ValueError("not a time") from None


def _from_text(text: str) -> str:
    whole, _, fraction = text.partition(".")
    if len(whole) < LONGEST and whole.isdecimal() and (fraction.isdecimal() or not fraction):
        return f"{_second(int(whole))}.{(fraction + '000')[:3]}Z"
    try:
        return _from_number(Decimal(text))
    except (InvalidOperation, OverflowError):
        iso = datetime.fromisoformat(text.strip())
        return to_moment(iso if iso.tzinfo else iso.replace(tzinfo=timezone.utc))


def _from_number(number: Decimal) -> str:
    if number >= MILLISECONDS_FROM:
        number /= 1000
    whole = int(number)
    if not 0 <= whole <= _LATEST:
        raise ValueError("not a time")
    return f"{_second(whole)}.{int(number % 1 * 1000):03d}Z"


def _second(epoch: int) -> str:
    hour, rest = divmod(epoch, 3600)
    return _hour(hour) + _IN_HOUR[rest]


@lru_cache
def _hour(hours: int) -> str:
    """Return an hour, counted from 1970, as text; it is slow to make, and most messages of a chat share one."""
    return (_EPOCH + timedelta(hours=hours)).isoformat()[:13]


def to_moment(at: datetime) -> str:
    """Return an aware datetime as a text in the form of ``moment``."""
    utc = at.astimezone(timezone.utc)
    return f"{utc.isoformat()[:19]}.{utc.microsecond // 1000:03d}Z"


def to_datetime(text: str) -> datetime:
    """Return a text in the form of ``moment`` as a datetime."""
    return datetime.fromisoformat(text)


def seconds(text: str) -> int:
    """Return a text in the form of ``moment`` as whole epoch seconds, which is what search filters take."""
    return (to_datetime(text) - _EPOCH) // timedelta(seconds=1)


def without_surrogates(value: t.Any) -> t.Any:
    """Return a JSON value with every lone surrogate replaced by U+FFFD.

    They are halves of emoji that were cut in two; no target stores them.
    """
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if isinstance(value, list):
        return [without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}
    return value


class Model:
    """One of the vendor's object models: its JSON schema, and a reader of rows into that schema."""

    def __init__(self, name: str, properties: PropertiesList) -> None:
        """Compile the schema into a reader.

        Args:
            name: what the rows are called in warnings ("messages").
            properties: the declared fields.
        """
        self.schema: dict[str, t.Any] = properties.to_dict()
        self._said: set[str] = set()
        self._name = name
        self._read: Callable[[dict[str, t.Any]], dict[str, t.Any]] = self._object(self.schema, "")

    def read(self, row: dict[str, t.Any]) -> dict[str, t.Any]:
        """Return a row with only the declared fields, each in its declared type.

        A field that is not declared is left out, and a value that cannot be read as its type becomes null; the log
        names each such field once.
        """
        return self._read(row)

    def _object(self, schema: dict[str, t.Any], path: str) -> Callable[[t.Any], t.Any]:
        readers = {
            name: self._value(kind, f"{path}.{name}" if path else name) for name, kind in schema["properties"].items()
        }

        # Most values have their declared type already, so this check saves the call of a reader.
        exact = {
            name: kind
            for name, kinds in schema["properties"].items()
            if (kind := _EXACT.get(kinds["type"][0])) and "format" not in kinds
        }

        def read_object(row: t.Any) -> t.Any:
            out: dict[str, t.Any] = {}
            for name, value in row.items():
                if type(value) is exact.get(name):
                    out[name] = value
                    continue
                reader = readers.get(name)
                if reader is None:
                    self._say(
                        f"{path}.{name}" if path else name,
                        "is not declared: the API has a new field, which is left out",
                    )
                elif value is None:
                    out[name] = None
                else:
                    out[name] = reader(value)
            return out

        return read_object

    def _value(self, schema: dict[str, t.Any], path: str) -> Callable[[t.Any], t.Any]:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        reader: Callable[[t.Any], t.Any]
        if "object" in types:
            inner = self._object(schema, path) if schema.get("properties") else _pairs
            reader = _typed(dict, inner) if schema.get("properties") else inner
        elif "array" in types:
            item = self._value(schema["items"], path)
            reader = lambda value: [item(one) for one in (value if isinstance(value, list) else [value])]  # noqa: E731
        elif schema.get("format") == "date-time":
            reader = moment
        else:
            reader = {"integer": _integer, "boolean": _boolean, "string": _string}[types[0]]

        def read_value(value: t.Any) -> t.Any:
            try:
                return reader(value)
            except ValueError:
                self._say(
                    path,
                    f"holds a {type(value).__name__} that cannot be read as {schema.get('format', types[0])}: null",
                )
                return None

        # Text is by far the most frequent type and needs neither the guard nor the call.
        return reader if reader is _string else read_value

    def _say(self, path: str, what: str) -> None:
        if path not in self._said:
            self._said.add(path)
            logger.warning("%s: the field '%s' %s", self._name, without_surrogates(path)[:100], what)


def _typed(kind: type, inner: Callable[[t.Any], t.Any]) -> Callable[[t.Any], t.Any]:
    def reader(value: t.Any) -> t.Any:
        if not isinstance(value, kind):
            raise ValueError("of another type")
        return inner(value)

    return reader


def _pairs(value: t.Any) -> dict[str, t.Any]:
    """Read a free-form object from an object or a list of {property, value}; of equal properties the last wins."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and all(isinstance(pair, dict) and "property" in pair for pair in value):
        return {str(pair["property"]): pair.get("value") for pair in value}
    raise ValueError("not an object")


def _integer(value: t.Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, bool) or not isinstance(value, (str, Decimal)):
        raise ValueError("not an integer")
    try:
        number = Decimal(value)
        if number != number.to_integral_value():
            raise ValueError("not an integer")
        return int(number)
    except (InvalidOperation, OverflowError):
        raise ValueError("not an integer") from None


def _boolean(value: t.Any) -> bool:
    if value is True or value is False:
        return value
    spelt = {"1": True, "true": True, "0": False, "false": False}.get(str(value).lower())
    if spelt is None:
        raise ValueError("not a boolean")
    return spelt


def _string(value: t.Any) -> str:
    if type(value) is str:
        return value
    return json.dumps(value, default=str, ensure_ascii=False)
