"""The busiest hours: customers' messages by weekday and hour, as a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from report.drawing import chart, label
from report.markup import Markup, tag

if TYPE_CHECKING:
    from report.figures import Figures

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WIDTH, _HEIGHT = 560.0, 320.0
_LEFT, _TOP, _CELL, _ROW = 44.0, 52.0, 21.4, 30.0
_BASE = _TOP + 7 * _ROW
_SHADES = 5


def hours(shown: Figures) -> Markup:
    """Return the chart."""
    most = max(shown.hours.values(), default=0)
    busiest = max(shown.hours, key=lambda place: shown.hours[place], default=None)
    told = f"The busiest hour begins on {DAYS[busiest[0]]} at {busiest[1]}:00." if busiest else "There are none."
    return chart(
        "hours",
        _WIDTH,
        _HEIGHT,
        "Busiest hours",
        f"A cell for each hour of each weekday, darker where customers wrote more. {told}",
        *(_cell(day, hour, shown.hours[day, hour], most) for day in range(7) for hour in range(24)),
        *(label(_LEFT - 8, _TOP + day * _ROW + _ROW / 2 + 4, name, "end") for day, name in enumerate(DAYS)),
        *(label(_LEFT + hour * _CELL, _BASE + 18, f"{hour}:00") for hour in range(0, 24, 3)),
        label(0, 16, "customers' messages", "start", "unit"),
        *_legend(most),
        label(_LEFT + 24 * _CELL, _HEIGHT - 4, "hour of the day", "end", "unit"),
    )


def _cell(day: int, hour: int, written: int, most: int) -> Markup:
    hint = f"{DAYS[day]} {hour}:00 to {hour + 1}:00: {written:,}"
    x, y = _LEFT + hour * _CELL, _TOP + day * _ROW
    return _square(x, y, _CELL - 2, _ROW - 2, _shade(written, most), tag("title", hint))


def _square(x: float, y: float, width: float, height: float, strength: float, *inner: Markup) -> Markup:
    """Return a cell; an empty one has the colour of nothing, so that it differs from a little."""
    kind = {"class_": "heat", "fill_opacity": f"{strength:.2f}"} if strength else {"class_": "none"}
    return tag("rect", *inner, x=x, y=y, width=width, height=height, rx=3, **kind)


def _shade(written: int, most: int) -> float:
    return 0.12 + 0.88 * written / most if written else 0.0


def _legend(most: int) -> list[Markup]:
    """Return what the shades mean, at the upper right."""
    right = _LEFT + 24 * _CELL
    left = right - 26 - _SHADES * 16
    shades = [_square(left + 16 * place, 6, 14, 12, _shade(place, _SHADES - 1)) for place in range(_SHADES)]
    return [label(left - 6, 16, "0", "end"), *shades, label(right, 16, f"{most:,}", "end")]
