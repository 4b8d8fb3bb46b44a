"""Moments: when a round began by the server's clock, and arithmetic on the strings in bookmarks."""

from __future__ import annotations

import re
import typing as t
from datetime import timedelta

from tap_helpcrunch.api.values import to_datetime, to_moment

if t.TYPE_CHECKING:
    from datetime import datetime

DAWN = "1970-01-01T00:00:00.000Z"

# What was written just before the round began may reach the API's lists and search a little later.
INDEX_LAG = timedelta(minutes=5)
# Without a Date header, only the host's clock is left, which may be off by hours.
HOST_CLOCK_ERROR = timedelta(hours=24)

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def began(server: datetime | None, host: datetime) -> str:
    """Return the moment before which everything is visible to a round.

    Args:
        server: when it began by the server's clock; None if the server does not say.
        host: the same moment by the host's clock.
    """
    return second(to_moment(server - INDEX_LAG if server is not None else host - HOST_CLOCK_ERROR))


def earlier(moment: str, hours: float) -> str:
    """Return the moment ``hours`` earlier, but no earlier than 1970."""
    try:
        return max(DAWN, to_moment(to_datetime(moment) - timedelta(hours=hours)))
    except OverflowError:
        return DAWN


def second(moment: str) -> str:
    """Return the beginning of the second that contains the moment."""
    return f"{moment[:19]}.000Z"


def are_moments(*values: t.Any) -> bool:
    """Return whether each of these values from a STATE is a moment or None."""
    return all(value is None or is_moment(value) for value in values)


def is_moment(value: t.Any) -> bool:
    """Return whether a value from a STATE is a moment."""
    try:
        return isinstance(value, str) and _MOMENT.fullmatch(value) is not None and to_datetime(value) is not None
    except ValueError:
        return False
