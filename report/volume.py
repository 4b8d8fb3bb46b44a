"""Messages a day, by who wrote them, as stacked bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from report.drawing import bar, chart, label, line, scale, ticks
from report.figures import SIDES
from report.markup import Markup, join
from report.words import dated, month

if TYPE_CHECKING:
    from datetime import date

    from report.figures import Figures

_WIDTH, _HEIGHT = 1000.0, 300.0
_LEFT, _RIGHT, _TOP, _BASE = 48.0, 990.0, 34.0, 262.0


def volume(shown: Figures) -> Markup:
    """Return the chart."""
    totals = {day: sum(shown.volume[day, side] for side in SIDES) for day in shown.days}
    marks = ticks(max(totals.values()))
    step = (_RIGHT - _LEFT) / len(shown.days)
    unit = (_BASE - _TOP) / marks[-1]
    bars = []
    for number, day in enumerate(shown.days):
        x, y = _LEFT + number * step, _BASE
        for side in SIDES:
            written = shown.volume[day, side]
            if written:
                y -= written * unit
                hint = f"{day:%a} {dated(day)}: {written:,} of {SIDES[side].lower()}"
                bars.append(bar(x, y, step * 0.86, written * unit, kind=side, hint=hint))
    busiest = max(totals, key=lambda day: totals[day])
    return chart(
        "volume",
        _WIDTH,
        _HEIGHT,
        "Messages per day",
        f"Stacked bars, one a day from {dated(shown.days[0])} to {dated(shown.days[-1])}. "
        f"The busiest day was {dated(busiest)} with {totals[busiest]:,} messages.",
        scale(_LEFT, _RIGHT, _TOP, _BASE, marks),
        label(0, 16, "messages", "start", "unit"),
        *bars,
        _months(shown.days, step),
        label(_RIGHT, _HEIGHT - 4, "day", "end", "unit"),
    )


def _months(days: list[date], step: float) -> Markup:
    """Return a mark where each month begins, and its name."""
    parts: list[Markup] = []
    for number, day in enumerate(days):
        if day.day == 1:
            x = _LEFT + number * step
            # The year stands at the first month shown, and where a new one begins.
            name = month(day) if parts and day.month > 1 else f"{month(day)} {day.year}"
            parts += [line(x, _BASE, x, _BASE + 6, "axis"), label(x, _BASE + 21, name)]
    return join(*parts)
