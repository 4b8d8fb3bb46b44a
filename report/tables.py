"""The page's tables: the answers to the three queries, and each chart in numbers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from report.figures import SIDES
from report.hours import DAYS
from report.markup import Markup, tag
from report.waits import NAMES, NEVER, counted
from report.words import duration, month, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from report.figures import Figures

_MONTHS, _WAITING = 6, 10


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """Return a table. What is a number stands at the right, below a heading that does too."""
    body = list(rows)
    numbers = {place for row in body for place, cell in enumerate(row) if isinstance(cell, int)}

    def line(kind: str, cells: Sequence[object]) -> Markup:
        return tag("tr", *(_cell(kind, cell, number=place in numbers) for place, cell in enumerate(cells)))

    return _scrolling(
        tag("table", tag("thead", line("th", heads)), tag("tbody", *(line("td", cells) for cells in body))),
        ", ".join(heads),
    )


def _cell(kind: str, cell: object, *, number: bool) -> Markup:
    shown = f"{cell:,}" if isinstance(cell, int) else cell
    # A name may be written from right to left, the table is not.
    return tag(kind, tag("bdi", shown), class_="number") if number else tag(kind, tag("bdi", shown))


def _scrolling(inner: Markup, name: str) -> Markup:
    """Return what may be wider than a telephone: it scrolls, by keyboard too."""
    return tag("div", inner, class_="wide", tabindex="0", role="region", aria_label=name)


def drawn(chart: Markup, name: str, numbers: Markup) -> Markup:
    """Return a chart, and below it, to be unfolded, its numbers."""
    return Markup(_scrolling(chart, name) + tag("details", tag("summary", "The numbers"), numbers))


def volume(shown: Figures) -> Markup:
    """Return the messages of each month, since a table of each day is too long to read."""
    months = Counter[tuple[tuple[int, int], str]]()
    for (day, side), written in shown.volume.items():
        months[(day.year, day.month), side] += written
    named = {(day.year, day.month): f"{month(day)} {day.year}" for day in shown.days}
    return table(
        ("month, as far as shown", *SIDES.values()),
        ((name, *(months[place, side] for side in SIDES)) for place, name in named.items()),
    )


def waits(shown: Figures) -> Markup:
    """Return how many chats waited how long."""
    numbers = [*counted(shown.waits), shown.unanswered]
    names = [name.replace("\n", " ") for name in (*NAMES, NEVER)]
    rows = ((name, number, share(number, sum(numbers))) for name, number in zip(names, numbers, strict=True))
    return table(("time to first answer", "chats", "share"), rows)


def hours(shown: Figures) -> Markup:
    """Return the customers' messages of each hour, a column a weekday."""
    rows = ((f"{hour}:00", *(shown.hours[day, hour] for day in range(7))) for hour in range(24))
    return table(("hour", *DAYS), rows)


def months(shown: Figures) -> Markup:
    """Return the time to first answer by month, the newest first."""
    return table(
        ("month", "chats", "answered", "median", "nine of ten within"),
        (
            (
                row["month"][:7],
                row["chats"],
                row["answered"],
                *map(duration, (row["median_seconds"], row["p90_seconds"])),
            )
            for row in shown.months[:_MONTHS]
        ),
    )


def agents(shown: Figures) -> Markup:
    """Return who wrote how much."""
    return table(("agent", "messages", "days with messages"), shown.agents)


def waiting(shown: Figures) -> Markup:
    """Return the chats that wait, longest first."""
    return table(
        ("chat", "waiting since, UTC", "unanswered", "status", "customer", "assigned to"),
        (
            (
                str(row["chat"]),
                row["waiting_since"][:16],
                row["unanswered"],
                row["status"] or "-",
                row["customer_name"] or "-",
                row["assignee_name"] or "-",
            )
            for row in shown.waiting[:_WAITING]
        ),
    )
