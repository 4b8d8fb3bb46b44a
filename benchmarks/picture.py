"""Draws growth.svg: CPU time against the number of chats, on logarithmic axes."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import altair as alt

from benchmarks.entrants import ENTRANTS, FLOOR, TAP

if TYPE_CHECKING:
    from benchmarks.sizes import Runs

FILE = Path(__file__).parent / "growth.svg"
COLORS = {
    "floor": "#6b7280",
    "tap": "#047857",
    "singer": "#b45309",
    "dlt": "#7c3aed",
    "flat": "#2563eb",
    "template": "#dc2626",
}
# Labels do not overlap if one is this many times higher than the other.
APART = 1.26


def draw(results: dict[int, Runs]) -> None:
    """Draw these results into the file."""
    is_floor, is_tap = (f"datum.who == '{entrant.name}'" for entrant in (FLOOR, TAP))
    scale = alt.Scale(type="log", nice=False, padding=14)
    sizes = alt.Axis(values=sorted(results), format=",d")
    seconds = alt.Axis(values=[a * 10**e for e in range(-2, 5) for a in (1, 3)], labelExpr="datum.value + ' s'")
    base = alt.Chart(alt.InlineData(values=points(results))).encode(
        x=alt.X("chats:Q", axis=sizes, scale=scale, title="chats, 30 messages each (both axes logarithmic)"),
        color=alt.Color("who:N", scale=alt.Scale(domain=[*COLORS], range=[*COLORS.values()]), legend=None),
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


def points(results: dict[int, Runs]) -> list[dict[str, Any]]:
    """Return the median for each contestant and size, and a label at the end of each curve, without overlaps."""
    found: list[dict[str, Any]] = [
        {"who": who, "chats": chats, "cpu": median(run.cpu for run in runs)}
        for chats, all_of_size in sorted(results.items())
        for who, runs in all_of_size.items()
    ]
    height = float("inf")
    for end in sorted({point["who"]: point for point in found}.values(), key=lambda point: -point["cpu"]):
        height = min(end["cpu"], height / APART)
        end |= {"name": ENTRANTS[end["who"]].title.replace("*", "").replace("`", ""), "height": height}
    return found
