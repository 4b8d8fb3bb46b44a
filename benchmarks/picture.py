"""Draws growth.svg: CPU time against the number of chats, on logarithmic axes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import altair as alt

FILE = Path(__file__).parent / "growth.svg"
COLORS = ("#6b7280", "#047857", "#b45309", "#7c3aed", "#2563eb", "#dc2626")
# Labels do not overlap if one is this many times higher than the other.
APART = 1.26


def draw(titles: list[str], cpu: dict[tuple[str, int], float]) -> None:
    """Draw the CPU seconds by title and number of chats; the first title is the floor, the second the tap."""
    who = [title.replace("*", "").replace("`", "") for title in titles]
    is_floor, is_tap = (f"datum.who == '{one}'" for one in who[:2])
    sizes_drawn = sorted({chats for _, chats in cpu})
    scale = alt.Scale(type="log", nice=False, padding=14)
    sizes = alt.Axis(values=sizes_drawn, format=",d")
    seconds = alt.Axis(values=[a * 10**e for e in range(-2, 5) for a in (1, 3)], labelExpr="datum.value + ' s'")
    base = alt.Chart(alt.InlineData(values=_points(dict(zip(titles, who, strict=True)), cpu))).encode(
        x=alt.X("chats:Q", axis=sizes, scale=scale, title="chats, 30 messages each (both axes logarithmic)"),
        color=alt.Color("who:N", scale=alt.Scale(domain=who, range=[*COLORS]), legend=None),
    )
    curves = base.mark_line(point={"size": 45}).encode(
        y=alt.Y("cpu:Q", axis=seconds, scale=scale, title=None),
        strokeWidth=alt.when(is_tap).then(alt.value(3.5)).otherwise(alt.value(2)),
        strokeDash=alt.when(is_floor).then(alt.value([6, 4])).otherwise(alt.value([1, 0])),
    )
    names = base.mark_text(align="left", dx=9, fontSize=13).encode(y="height:Q", text="name:N")
    ours = names.transform_filter(is_tap).mark_text(align="left", dx=9, fontSize=13, fontWeight="bold")
    axis = alt.AxisConfig(gridColor="#e5e7eb", ticks=False, domain=False, labelPadding=8, titleFontWeight="normal")
    axis.labelFontSize = axis.titleFontSize = 13
    look: dict[str, Any] = {
        "axis": axis,
        "view": alt.ViewConfig(stroke=None),
        "title": alt.TitleConfig(anchor="start", fontSize=13),
    }
    (
        alt.layer(curves, names.transform_filter(f"!({is_tap})"), ours)
        .properties(width=480, height=340, title="CPU of a whole load, start-up included", padding=12)
        .configure(background="white", **look)
        .save(FILE, format="svg")
    )


def _points(names: dict[str, str], cpu: dict[tuple[str, int], float]) -> list[dict[str, Any]]:
    """Return a point for each contestant and size, and a label at the end of each curve, without overlaps."""
    found: list[dict[str, Any]] = [
        {"who": names[title], "chats": chats, "cpu": seconds} for (title, chats), seconds in sorted(cpu.items())
    ]
    height = float("inf")
    for end in sorted({point["who"]: point for point in found}.values(), key=lambda point: -point["cpu"]):
        height = min(end["cpu"], height / APART)
        end |= {"name": end["who"], "height": height}
    return found
