"""Times as texts: RFC 3339 in UTC with milliseconds, like 2026-09-01T08:00:00.000Z, which compare as the times do."""

import typing as t
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from functools import lru_cache

# What such a text looks like, which bookmarks are checked by.
PATTERN = r"[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z"
DAWN = "1970-01-01T00:00:00.000Z"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# As epoch seconds, a time in the year 5138; as epoch milliseconds, one in 1973.
_MILLISECONDS_FROM = 100_000_000_000
_LATEST = 253_402_300_799  # the last second of the year 9999; no target stores a later time


def moment(value: t.Any) -> str | None:
    """Return epoch seconds or milliseconds, or ISO 8601, as text; None for 0, which is no time, else ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise ValueError("not a time")
    try:
        number = Decimal(value)
        number = number / 1000 if number >= _MILLISECONDS_FROM else number
        whole = int(number)
    except (InvalidOperation, OverflowError, ValueError):
        iso = datetime.fromisoformat(str(value).strip())
        return to_moment(iso if iso.tzinfo else iso.replace(tzinfo=timezone.utc))
    if not number:
        return None
    if not 0 <= whole <= _LATEST:
        raise ValueError("not a time")
    return f"{_minute(whole // 60)}:{whole % 60:02d}.{int(number % 1 * 1000):03d}Z"


@lru_cache
def _minute(minutes: int) -> str:
    """Return a minute, counted from 1970, as text; it is slow to make, and messages of a chat often share one."""
    return (_EPOCH + timedelta(minutes=minutes)).isoformat()[:16]


@lru_cache(maxsize=8)
def http_date(value: str | None) -> datetime | None:
    """Return the moment that an HTTP header says; None if it says none."""
    try:
        at = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)


def to_moment(at: datetime) -> str:
    """Return an aware datetime as text."""
    utc = at.astimezone(timezone.utc)
    return f"{utc.isoformat()[:19]}.{utc.microsecond // 1000:03d}Z"


def seconds(text: str) -> int:
    """Return a text as whole epoch seconds, which is what search filters take."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(seconds=1)


def earlier(text: str, hours: float) -> str:
    """Return the moment ``hours`` earlier, but no earlier than 1970."""
    try:
        return max(DAWN, to_moment(datetime.fromisoformat(text) - timedelta(hours=hours)))
    except OverflowError:
        return DAWN


def second(text: str) -> str:
    """Return the beginning of the second that contains the moment."""
    return f"{text[:19]}.000Z"
