"""What the three charts share: the frame that a reader of the screen hears, axes, round numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from report.markup import Markup, join, tag

if TYPE_CHECKING:
    from collections.abc import Iterable


def chart(name: str, width: float, height: float, title: str, description: str, *parts: Markup) -> Markup:
    """Return a chart that grows and shrinks with the page."""
    return tag(
        "svg",
        tag("title", title, id=f"{name}-title"),
        tag("desc", description, id=f"{name}-desc"),
        join(*parts),
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        role="img",
        class_=name,
        aria_labelledby=f"{name}-title {name}-desc",
    )


def bar(x: float, y: float, width: float, height: float, *, kind: str, hint: str) -> Markup:
    """Return a rectangle; who points at it reads the hint."""
    return tag("rect", tag("title", hint), x=x, y=y, width=width, height=height, class_=kind)


def label(x: float, y: float, text: str, anchor: str = "middle", kind: str = "label") -> Markup:
    """Return a text at a place."""
    return tag("text", text, x=x, y=y, text_anchor=anchor, class_=kind)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """Return a line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def scale(left: float, right: float, top: float, base: float, ticks: Iterable[int]) -> Markup:
    """Return the lines and numbers of a vertical axis that begins at 0."""
    most = max(ticks)
    heights = [(tick, base - (base - top) * tick / most) for tick in ticks]
    return join(
        *(line(left, y, right, y, "grid" if tick else "axis") for tick, y in heights),
        *(label(left - 8, y + 4, f"{tick:,}", "end") for tick, y in heights),
    )


def ticks(most: int, steps: int = 4) -> list[int]:
    """Return round numbers from 0 to at least the largest one."""
    step, power = 1, 1
    while step * steps < most:
        power *= 10
        step = next((s for s in (power // 10 * 2, power // 10 * 5, power) if s * steps >= most), power)
    return [step * number for number in range(-(-max(most, 1) // step) + 1)]
