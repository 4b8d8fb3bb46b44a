"""Figures as people say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# A unit's seconds and name, and those of the next smaller one.
_UNITS = ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))


def month(day: date) -> str:
    """Return a month's short name, in English whatever the machine speaks."""
    return _MONTHS[day.month - 1]


def dated(day: date) -> str:
    """Return a day as 21 Sep 2026."""
    return f"{day.day} {month(day)} {day.year}"


def duration(seconds: float | None) -> str:
    """Return a time in its two largest units: 48 s, 1 min 20 s, 2 h 5 min, 3 d 4 h."""
    if seconds is None:
        return "-"
    whole = int(seconds)
    for unit, name, smaller, lesser in _UNITS:
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit} {name}" + (f" {rest} {lesser}" if rest else "")
    return f"{whole} s"


def share(part: int, whole: int) -> str:
    """Return a part as a percentage."""
    return f"{100 * part / whole:.0f} %" if whole else "-"
