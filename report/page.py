"""The page: one file of HTML that asks nothing of any network and runs no script."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from report import tables
from report.figures import DAYS, SIDES, figures
from report.hours import hours
from report.markup import Markup, join, tag
from report.volume import volume
from report.waits import waits
from report.words import dated, duration, share

if TYPE_CHECKING:
    from report.figures import Figures

_STYLE = Path(__file__).with_name("style.css")


def write(warehouse: Path, file: Path) -> None:
    """Write the page of a warehouse.

    Raises:
        ReportError: when the warehouse cannot be read.
    """
    text = page(figures(warehouse))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def page(shown: Figures | None) -> str:
    """Return the page; of an account in which nobody has said anything, one that says so."""
    title = f"Conversations, {dated(shown.days[0])} to {dated(shown.days[-1])}" if shown else "Conversations"
    body = _body(shown) if shown else tag("p", "Nobody has said anything yet.")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        # The style is the only text that is not escaped: it is the project's own.
        tag("style", Markup("\n" + _STYLE.read_text(encoding="utf-8"))),
    )
    return (
        "<!DOCTYPE html>\n"
        + tag("html", "\n", head, "\n", tag("body", "\n", tag("h1", title), "\n", body, "\n"), "\n", lang="en")
        + "\n"
    )


def _body(shown: Figures) -> Markup:
    return join(
        tag("p", f"{DAYS // 7} weeks up to the newest message. Days and hours are those of the team's time zone."),
        _tiles(shown),
        _section(
            "Messages per day", _legend(shown), tables.drawn(volume(shown), "Messages per day", tables.volume(shown))
        ),
        tag(
            "div",
            _section(
                "Time to first answer",
                tag(
                    "p", "From the customer's first message to the first one of a person, nights and weekends counted."
                ),
                tables.drawn(waits(shown), "Time to first answer", tables.waits(shown)),
            ),
            _section(
                "Busiest hours",
                tag("p", "When customers write: their messages by weekday and hour, over all weeks shown."),
                tables.drawn(hours(shown), "Busiest hours", tables.hours(shown)),
            ),
            class_="pair",
        ),
        tag(
            "div",
            _section("First answers by month", tables.months(shown)),
            _section("Messages per agent", tables.agents(shown)),
            class_="pair",
        ),
        _section(f"Chats waiting for an answer: {len(shown.waiting):,}", *_waiting(shown)),
        tag("footer", "Made by tap-helpcrunch. What is counted, and how: docs/queries.md."),
    )


def _section(title: str, *inner: Markup) -> Markup:
    return tag("section", tag("h2", title), *inner)


def _tiles(shown: Figures) -> Markup:
    asked = len(shown.waits) + shown.unanswered
    tiles = {
        "messages": f"{sum(map(shown.of_side, SIDES)):,}",
        "chats with a question": f"{asked:,}",
        "of them answered": share(len(shown.waits), asked),
        "median first answer": duration(shown.median),
        "waiting now": f"{len(shown.waiting):,}",
    }
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in tiles.items()), class_="tiles")


def _legend(shown: Figures) -> Markup:
    square = {"viewBox": "0 0 1 1", "aria_hidden": "true"}
    return tag(
        "ul",
        *(
            tag(
                "li",
                tag("svg", tag("rect", width=1, height=1, class_=side), **square),
                f"{name}: {shown.of_side(side):,}",
            )
            for side, name in SIDES.items()
        ),
        class_="legend",
    )


def _waiting(shown: Figures) -> list[Markup]:
    if not shown.waiting:
        return [tag("p", "None: an agent spoke last in every chat that is open.")]
    return [tag("p", "Who has waited longest comes first."), tables.waiting(shown)]
