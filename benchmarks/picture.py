"""Draws growth.svg: CPU against the number of chats, both axes logarithmic, by hand."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.entrants import ENTRANTS, FLOOR, TAP

if TYPE_CHECKING:
    from benchmarks.sizes import Runs

FILE = Path(__file__).parent / "growth.svg"
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 440, 70, 210, 44, 56
COLORS = {
    "floor": "#6b7280",
    "tap": "#047857",
    "singer": "#b45309",
    "dlt": "#7c3aed",
    "flat": "#2563eb",
    "template": "#dc2626",
}
FONT = 'font-family="sans-serif" font-size="13" fill="#111827"'
LABEL_HEIGHT = 16.0

Curve = list[tuple[int, float]]


class Scale:
    """A logarithmic axis."""

    def __init__(self, values: list[float], start: float, end: float) -> None:
        """Spread the values between two coordinates, with a little room."""
        self._low, high = math.log10(min(values) * 0.8), math.log10(max(values) * 1.25)
        self._start, self._step = start, (end - start) / (high - self._low)
        self.low, self.high = 10**self._low, 10**high

    def at(self, value: float) -> float:
        """Return the coordinate of a value."""
        return round(self._start + (math.log10(value) - self._low) * self._step, 1)

    def ticks(self) -> list[float]:
        """Return round values within."""
        decades = range(math.floor(self._low), math.ceil(math.log10(self.high)) + 1)
        return [tick for e in decades for tick in (10.0**e, 3 * 10.0**e) if self.low <= tick <= self.high]


def draw(results: dict[int, Runs]) -> None:
    """Write the picture of these results."""
    curves: dict[str, Curve] = {}
    for chats, runs in sorted(results.items()):
        for name, found in runs.items():
            curves.setdefault(name, []).append((chats, median(run.cpu for run in found)))
    x = Scale([float(chats) for chats in results], LEFT, WIDTH - RIGHT)
    y = Scale([cpu for curve in curves.values() for _, cpu in curve], HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {FONT} role="img">',
        "<title>Seconds of CPU against the number of chats</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="24" font-weight="bold">CPU of a whole load, start-up included</text>',
        *_grid(x, y, sorted(results)),
    ]
    for name, curve in curves.items():
        parts += _curve(name, [(x.at(chats), y.at(cpu)) for chats, cpu in curve])
    parts += _labels({name: (x.at(curve[-1][0]), y.at(curve[-1][1])) for name, curve in curves.items()})
    FILE.write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")


def _grid(x: Scale, y: Scale, sizes: list[int]) -> list[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = []
    for tick in y.ticks():
        at = y.at(tick)
        parts.append(f'<line x1="{LEFT}" y1="{at}" x2="{right}" y2="{at}" stroke="#e5e7eb"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4}" text-anchor="end">{tick:g} s</text>')
    for size in sizes:
        at = x.at(size)
        parts.append(f'<line x1="{at}" y1="{TOP}" x2="{at}" y2="{bottom}" stroke="#e5e7eb"/>')
        parts.append(f'<text x="{at}" y="{bottom + 20}" text-anchor="middle">{size:,}</text>')
    middle = (LEFT + right) / 2
    words = "chats, 30 messages each (both axes logarithmic)"
    parts.append(f'<text x="{middle}" y="{bottom + 42}" text-anchor="middle">{words}</text>')
    return parts


def _curve(name: str, points: list[tuple[float, float]]) -> list[str]:
    color, width = COLORS[name], 3.5 if name == TAP.name else 2
    dashes = ' stroke-dasharray="6 4"' if name == FLOOR.name else ""
    line = " ".join(f"{a},{b}" for a, b in points)
    parts = [f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="{width}"{dashes}/>']
    return parts + [f'<circle cx="{a}" cy="{b}" r="{width + 0.5}" fill="{color}"/>' for a, b in points]


def _labels(ends: dict[str, tuple[float, float]]) -> list[str]:
    """Write each name beside the end of its curve, none upon another."""
    parts = []
    last = -LABEL_HEIGHT
    for name, (at, height) in sorted(ends.items(), key=lambda end: end[1][1]):
        last = max(height + 4, last + LABEL_HEIGHT)
        title = ENTRANTS[name].title.replace("*", "").replace("`", "")
        bold = ' font-weight="bold"' if name == TAP.name else ""
        parts.append(f'<text x="{at + 9}" y="{last:.1f}" fill="{COLORS[name]}"{bold}>{title}</text>')
    return parts
