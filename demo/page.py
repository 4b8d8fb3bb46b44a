"""The page: one HTML file without scripts or network access."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from demo import charts
from demo.asking import figures

# Characters that XML, and therefore the page, cannot contain.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# The seconds and name of a unit, and of the next smaller one.
_UNITS = ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))


def write(warehouse: Path, file: Path, zone: str = "UTC") -> None:
    """Write the page of a warehouse, in a team's time zone.

    Raises:
        ReportError: the warehouse cannot be read.
    """
    text = page(figures(warehouse, zone))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def page(shown: dict[str, list[Any]]) -> str:
    """Return the page; the template escapes every text."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    templates.filters |= {"duration": duration, "percent": percent}
    text = templates.get_template("page.html").render(shown | {"facts": shown["facts"][0]}, charts=charts)
    return _CONTROL.sub("\ufffd", text)


def duration(seconds: float | None) -> str:
    """Return a duration in its two largest units: 48 s, 1 min 20 s, 2 h 5 min, 3 d 4 h."""
    if seconds is None:
        return "-"
    whole = int(seconds)
    for unit, name, smaller, lesser in _UNITS:
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit} {name}" + (f" {rest} {lesser}" if rest else "")
    return f"{whole} s"


def percent(share: float | None) -> str:
    """Return a share as a percentage, rounded half up."""
    return "-" if share is None else f"{int(100 * share + 0.5)}%"
