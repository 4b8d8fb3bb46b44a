"""The charts, drawn by Vega-Altair: their positions and sizes. Colours and fonts are in style.css."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import date, timedelta
from typing import Any

import altair as alt

SIDES = {"customers": "var(--customer)", "the team": "var(--agent)", "bots and broadcasts": "var(--automatic)"}
_HEIGHT = 220
_LOOK: dict[str, Any] = {
    "autosize": "none",
    "padding": {"left": 48, "top": 50, "right": 10, "bottom": 62},
    "background": "transparent",
    "view": alt.ViewConfig(stroke=None),
    "axis": alt.AxisConfig(
        labelFontSize=12, labelPadding=6, titleFontSize=12, titleFontWeight="normal", titleAnchor="end"
    ),
    "axisX": alt.AxisConfig(labelAngle=0, labelLineHeight=16, titlePadding=8, grid=False),
    "axisY": alt.AxisConfig(domain=False, ticks=False, titleAngle=0, titleAlign="left", titleX=-48, titleY=-32),
    "legend": alt.LegendConfig(labelFontSize=12, symbolSize=150, symbolStrokeWidth=0),
}


def volume(rows: list[Any], facts: Any) -> str:
    """Draw the messages of each day or week, by sender."""
    first, step = date.fromisoformat(facts["first"]), facts["step"]
    days = [first + timedelta(days=number) for number in range(7 * facts["weeks"])]
    is_short = len(days) < 40  # noqa: PLR2004 - else there is the first of some month to name
    names = {
        number // step: f"{day.day} {day:%b}" if is_short else f"{day:%b %Y}"
        for number, day in enumerate(days)
        if (number % 7 == 0 if is_short else day.day == 1)
    }
    bars = _bars(rows, len(days) // step, names, "day" if step == 1 else "week", "messages")
    color = alt.Color("side:N", scale=alt.Scale(domain=[*SIDES], range=[*SIDES.values()]), legend=None)
    stacked = bars.transform_calculate(order=f"indexof({[*SIDES]}, datum.side)").mark_bar(binSpacing=0.7 * step)
    told = f"Stacked bars of messages, one a {'day' if step == 1 else 'week'}. The busiest was {facts['busiest']}."
    return _svg(stacked.encode(color=color, order="order:Q"), 942, "volume", told)


def steps(rows: list[Any], x: str, y: str, median: str | None = None) -> str:
    """Draw how many chats are in each step of a scale, and the median if there is one."""
    names = {row["place"] + 0.5: row["name"].split("|") for row in rows}
    bars = _bars(rows, len(rows), names, x, y)
    shares = bars.transform_calculate(middle="datum.place + 0.5").mark_text(dy=-8).encode(x="middle:Q", text="share:N")
    color = alt.when("datum.ends").then(alt.value("var(--customer)")).otherwise(alt.value("var(--automatic)"))
    places = [{"place": row["median_place"]} for row in rows if row["median_place"] is not None]
    half = alt.Chart(alt.InlineData(values=places)).encode(x="place:Q")
    line = half.mark_rule().encode(y=alt.value(-38), y2=alt.value(_HEIGHT))
    told = half.mark_text(align="left", dx=6, text=f"median {median}").encode(y=alt.value(-36))
    layers = alt.layer(bars.mark_bar(binSpacing=10).encode(color=color), shares, line, told)
    return _svg(layers, 508, "steps", f"Bars of {y} by {x}." + (f" The median is {median}." if median else ""))


def hours(rows: list[Any]) -> str:
    """Draw the customers' messages by weekday and hour, darker where there are more."""
    busiest = max(rows, key=lambda row: row["number"])
    most = busiest["number"]
    shades = alt.Legend(title=None, values=sorted({1, most // 2, most} - {0}), format=",d", symbolType="square")
    shades.symbolFillColor, shades.columnPadding = SIDES["customers"], 24
    shades.orient, shades.direction, shades.legendX, shades.legendY = "none", "horizontal", 330, -42
    opacity = alt.Opacity("number:Q", scale=alt.Scale(domain=[0, most], range=[0.12, 1]), legend=shades)
    axis = alt.Axis(values=[*range(0, 24, 3)], labelExpr="datum.value + ':00'", ticks=False, domain=False)
    cells = (
        alt.Chart(alt.InlineData(values=rows))
        .transform_calculate(color="datum.number > 0 ? 'var(--customer)' : 'var(--none)'")
        .mark_rect(cornerRadius=3)
        .encode(
            x=alt.X("hour:O", title="hour of the day", scale=alt.Scale(paddingInner=0.1), axis=axis),
            y=alt.Y("day:O", title="customers' messages", scale=alt.Scale(paddingInner=0.07), sort=None),
            fill=alt.Fill("color:N", scale=None),
            opacity=alt.when("datum.number > 0").then(opacity).otherwise(alt.value(1)),
            description="hint:N",
        )
    )
    return _svg(cells, 508, "hours", f"A cell for each hour of each weekday. The busiest is {busiest['hint']}.")


def _bars(rows: list[Any], places: int, names: dict[Any, Any], x: str, y: str) -> Any:
    """Return a chart of adjacent columns, with labels below some of them."""
    axis = alt.Axis(values=[*names], labelExpr=f"({json.dumps(names)})[datum.value]")
    heights = Counter[int]()
    for row in rows:
        heights[row["place"]] += row["number"]
    # A scale of few has a tick for each of them; Vega would repeat some between them.
    few = [*range(most + 1)] if (most := max(1, *heights.values())) < 5 else alt.Undefined  # noqa: PLR2004
    chart = alt.Chart(alt.InlineData(values=rows)).transform_calculate(end="datum.place + 1")
    return chart.encode(
        x=alt.X("place:Q", bin="binned", title=x, scale=alt.Scale(domain=[0, places]), axis=axis),
        x2="end:Q",
        y=alt.Y("number:Q", title=y, axis=alt.Axis(tickCount=4, values=few, format=",d")),
        description="hint:N",
    )


def _svg(chart: Any, width: int, name: str, told: str) -> str:
    """Return a chart as SVG: a single picture for screen readers, with a tooltip for each bar."""
    text = io.StringIO()
    chart.properties(width=width, height=_HEIGHT).configure(**_LOOK).save(text, format="svg")
    # HTML needs no namespace, and two decimals are enough for a coordinate.
    svg = ET.fromstring(re.sub(r' xmlns(:\w+)?="[^"]*"|(?<=\.\d\d)\d+', "", text.getvalue()))  # noqa: S314 - our own output
    svg.attrib = {"class": name, "viewBox": svg.attrib["viewBox"], "role": "img", "aria-label": told}
    for mark in svg.iter("path"):
        if hint := mark.attrib.pop("aria-label", None):
            ET.SubElement(mark, "title").text = hint
    return ET.tostring(svg, encoding="unicode")
