"""When customers write: mostly in working hours, and less at weekends."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate

_HOUR = 3_600_000
_WEEK = 168 * _HOUR
# The first Monday of 1970, UTC.
_MONDAY = 4 * 24 * _HOUR
# The weight of each hour of a day, from midnight, and of each day of a week, from Monday.
_HOURS = (1, 1, 1, 1, 1, 2, 4, 9, 18, 26, 30, 29, 22, 24, 29, 28, 25, 19, 12, 9, 8, 6, 4, 2)
_DAYS = (11, 10, 10, 9, 9, 4, 3)
_ENDS = list(accumulate(day * hour for day in _DAYS for hour in _HOURS))


def working(moment: int) -> int:
    """Move a moment (milliseconds since 1970) within its week to where the week is busy.

    Evenly spread moments become moments spread like the weights above, in the same order.
    """
    into = (moment - _MONDAY) % _WEEK
    wanted = into / _WEEK * _ENDS[-1]
    hour = bisect(_ENDS, wanted)
    before = _ENDS[hour - 1] if hour else 0
    return moment - into + int((hour + (wanted - before) / (_ENDS[hour] - before)) * _HOUR)
