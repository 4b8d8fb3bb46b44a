"""How long customers waited for the first answer, as bars of chats by time, with the median."""

from __future__ import annotations

from bisect import bisect_right
from math import log
from typing import TYPE_CHECKING

from report.drawing import bar, chart, label, line, scale, ticks
from report.markup import Markup, join
from report.words import duration, share

if TYPE_CHECKING:
    from report.figures import Figures

_WIDTH, _HEIGHT = 560.0, 320.0
_LEFT, _RIGHT, _TOP, _BASE = 44.0, 552.0, 52.0, 262.0
# Seconds at which one bar ends and the next begins: what a team promises is said in these steps.
EDGES = (0, 60, 300, 900, 3600, 4 * 3600, 86_400)
NAMES = ("under\n1 min", "1 to\n5 min", "5 to\n15 min", "15 min\nto 1 h", "1 to\n4 h", "4 h to\n1 day", "over\n1 day")
NEVER = "none\nyet"
_COLUMN = (_RIGHT - _LEFT) / (len(NAMES) + 1)


def counted(seconds: list[int]) -> list[int]:
    """Return how many of the times fall between the edges; one that is an edge belongs to the bar it begins."""
    numbers = [0] * len(EDGES)
    for one in seconds:
        numbers[bisect_right(EDGES, one) - 1] += 1
    return numbers


def waits(shown: Figures) -> Markup:
    """Return the chart."""
    numbers = [*counted(shown.waits), shown.unanswered]
    asked = sum(numbers)
    marks = ticks(max(numbers))
    unit = (_BASE - _TOP) / marks[-1]
    columns = []
    for place, (number, name) in enumerate(zip(numbers, (*NAMES, NEVER), strict=True)):
        x = _LEFT + place * _COLUMN
        kind = "never" if name == NEVER else "wait"
        hint = f"{name}: {number:,} of {asked:,} chats".replace("\n", " ")
        columns.append(bar(x + 5, _BASE - number * unit, _COLUMN - 10, number * unit, kind=kind, hint=hint))
        columns.append(label(x + _COLUMN / 2, _BASE - number * unit - 6, share(number, asked), kind="value"))
        columns += [label(x + _COLUMN / 2, _BASE + 18 + 16 * row, part) for row, part in enumerate(name.split("\n"))]
    return chart(
        "waits",
        _WIDTH,
        _HEIGHT,
        "Time to first answer",
        f"Bars of chats by the time to the first answer. The median is {duration(shown.median)}; "
        f"{shown.unanswered:,} of {asked:,} chats have no answer yet.",
        scale(_LEFT, _RIGHT, _TOP, _BASE, marks),
        label(0, 16, "chats", "start", "unit"),
        *columns,
        *([_median(shown.median)] if shown.median is not None else []),
        label(_RIGHT, _HEIGHT - 4, "time from the customer's first message", "end", "unit"),
    )


def _median(seconds: float) -> Markup:
    """Return a line where the median lies: within its bar by the logarithm, as the edges grow."""
    place = bisect_right(EDGES, seconds) - 1
    low, high = max(EDGES[place], 1), EDGES[place + 1] if place + 1 < len(EDGES) else 30 * EDGES[-1]
    within = min(log(max(seconds, 1) / low) / log(high / low), 1.0)
    x = _LEFT + (place + within) * _COLUMN
    text = f"median {duration(seconds)}"
    return join(
        line(x, _TOP - 18, x, _BASE, "median"),
        label(x + 6, _TOP - 22, text, "start", "value")
        if x < _WIDTH / 2
        else label(x - 6, _TOP - 22, text, "end", "value"),
    )
