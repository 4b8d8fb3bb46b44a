"""The page of a warehouse: it shows what the account holds, and needs no other file."""

from __future__ import annotations

import re
import shutil
import typing as t
import xml.etree.ElementTree as ET
from bisect import bisect_right
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import product
from statistics import median

import pytest

from report.__main__ import main
from report.figures import DAYS, figures
from report.page import duration, page
from tests.destinations import talk
from tests.destinations.conftest import run_in_duckdb
from tests.destinations.project import ROOT

if t.TYPE_CHECKING:
    from pathlib import Path

    from simulator import Account
    from tests.destinations.conftest import Warehouses

SIDES = {"customer": "customer", "agent": "agent", "bot": "automatic", "broadcast": "automatic"}
# Seconds at which each bar of the times to the first answer begins.
STEPS = (0, 60, 300, 900, 3600, 14_400, 86_400)
NAMES = (
    *("under 1 min", "1 to 5 min", "5 to 15 min", "15 min to 1 h", "1 to 4 h", "4 h to 1 day", "over 1 day"),
    "none yet",
)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Shown(t.NamedTuple):
    """A page, read."""

    text: str
    root: ET.Element

    def table(self, first: str) -> list[list[str]]:
        """Return the rows of the table whose first heading this is, the headings left out."""
        found = [[_texts(row) for row in one.iter("tr")] for one in self.root.iter("table")]
        (rows,) = [rows[1:] for rows in found if rows[0][0] == first]
        return rows

    def drawing(self, name: str) -> ET.Element:
        (found,) = [one for one in self.root.iter("svg") if one.get("class") == name]
        return found

    def marks(self, name: str, color: str) -> list[ET.Element]:
        """Return the bars or cells of a chart that have a colour of the style."""
        marks = [one for one in self.drawing(name).iter("path") if one.find("title") is not None]
        return [one for one in marks if one.get("fill") == f"var(--{color})"]

    def bars(self, name: str, color: str) -> list[tuple[int, float]]:
        """Return the number in the hint, and the height, of a chart's bars."""
        found = [
            (re.search(r": ([\d,]+) of ", one.findtext("title", "")), re.search(r"v([\d.]+)h", one.get("d", "")))
            for one in self.marks(name, color)
        ]
        return [(int(hint[1].replace(",", "")), float(drawn[1])) for hint, drawn in found if hint and drawn]


class Owed(t.NamedTuple):
    """What the page must show, from the account."""

    first: date
    last: date
    days: Counter[date]
    volume: Counter[str]
    hours: Counter[tuple[int, int]]
    waits: list[int]
    unanswered: int
    median: float


def _texts(row: ET.Element) -> list[str]:
    return ["".join(cell.itertext()) for cell in row]


@pytest.fixture(scope="module")
def shown(warehouses: Warehouses) -> Shown:
    text = page(figures(warehouses.duckdb))
    return Shown(text, ET.fromstring(text.split("\n", 1)[1]))  # noqa: S314 - it is ours


@pytest.fixture(scope="module")
def owed(warehouses: Warehouses) -> Owed:
    account = warehouses.account
    sides = {number: SIDES.get(talk.speaker(account, said)) for number, said in account.messages.items()}
    last = max(_at(account, number).date() for number, side in sides.items() if side)
    first = last - timedelta(days=DAYS - 1)
    inside = {number: side for number, side in sides.items() if side and _at(account, number).date() >= first}
    at = [_at(account, number) for number, side in inside.items() if side == "customer"]
    courses = [talk.course(account, chat) for chat in account.chats]
    asked = [one for one in courses if one.asked is not None and talk.local(one.asked, "UTC").date() >= first]
    waits = [one.seconds for one in asked if one.seconds is not None]
    return Owed(
        first,
        last,
        Counter(_at(account, number).date() for number in inside),
        Counter(inside.values()),
        Counter((one.weekday(), one.hour) for one in at),
        sorted(waits),
        len(asked) - len(waits),
        median(waits),
    )


def _at(account: Account, message: int) -> datetime:
    return talk.local(account.messages[message].created_at, "UTC")


def test_the_page_needs_nothing_but_itself(shown: Shown) -> None:
    for foreign in ("http", "//", "url(", "@import", "<script", "javascript"):
        assert foreign not in shown.text.replace(talk.AWKWARD, ""), foreign
    elements = list(shown.root.iter())
    assert not {one.tag for one in elements} & {"script", "link", "iframe", "img", "object", "embed", "use", "image"}
    names = {name for one in elements for name in one.attrib}
    assert not [name for name in names if name.startswith("on") or "href" in name or name in {"src", "style"}]
    assert '<meta charset="utf-8"/>' in shown.text
    assert "prefers-color-scheme: dark" in shown.text


def test_the_charts_are_described_for_screen_readers(shown: Shown, owed: Owed) -> None:
    busiest = max(owed.hours, key=lambda place: owed.hours[place])
    told = {
        "volume": f"{max(owed.days.values())} messages",
        "waits": f"The median is {duration(owed.median)}.",
        "hours": f": {owed.hours[busiest]}.",
    }
    for name, words in told.items():
        assert shown.drawing(name).get("role") == "img"
        assert words in shown.drawing(name).get("aria-label", "")


def test_a_name_stays_a_text(shown: Shown, warehouses: Warehouses) -> None:
    owed = talk.chats_waiting(warehouses.account)[:10]
    assert talk.AWKWARD in [row["customer_name"] for row in owed]
    customers = [row[4] for row in shown.table("chat")]
    assert customers == [(row["customer_name"] or "-").replace("\x01", "\ufffd") for row in owed]


def test_the_period_is_half_a_year_up_to_the_newest_message(shown: Shown, owed: Owed, warehouses: Warehouses) -> None:
    days = {_at(warehouses.account, number).date() for number in warehouses.account.messages}
    assert {owed.first - timedelta(days=1), owed.first, owed.last} <= days
    dates = [f"{day.day} {day:%b} {day.year}" for day in (owed.first, owed.last)]
    assert shown.root.findtext(".//h1") == f"Conversations, {dates[0]} to {dates[1]}"


def test_the_volume_is_the_accounts(shown: Shown, owed: Owed) -> None:
    assert set(owed.volume) == {"customer", "agent", "automatic"}
    months = sorted({f"{day:%Y-%m}" for day in owed.days})
    assert [row[0] for row in shown.table("month, as far as shown")] == months
    drawn: list[tuple[int, float]] = []
    for place, side in enumerate(("customer", "agent", "automatic"), 1):
        bars = shown.bars("volume", side)
        assert sum(number for number, _ in bars) == owed.volume[side]
        column = [int(row[place].replace(",", "")) for row in shown.table("month, as far as shown")]
        assert sum(column) == owed.volume[side]
        drawn += bars
    # Every bar is as high as its number says.
    most, highest = max(drawn)
    assert [height for _, height in drawn] == [pytest.approx(number * highest / most, abs=0.11) for number, _ in drawn]
    hints = [one.findtext("title", "") for one in shown.marks("volume", "customer")]
    assert re.match(r"[A-Z][a-z]{2} \d+ [A-Z][a-z]{2} \d{4}: \d+ of customers$", hints[0])


def test_the_times_to_first_answer_are_the_accounts(shown: Shown, owed: Owed) -> None:
    steps = Counter(bisect_right(STEPS, seconds) for seconds in owed.waits)
    numbers = [*(steps[place] for place in range(1, len(STEPS) + 1)), owed.unanswered]
    assert sum(map(bool, numbers)) > 4
    assert shown.table("time to first answer") == [
        [name, str(number), f"{number / sum(numbers):.0%}"] for name, number in zip(NAMES, numbers, strict=True)
    ]
    bars = shown.bars("waits", "customer") + shown.bars("waits", "automatic")
    assert [number for number, _ in bars] == numbers
    highest = max(numbers)
    assert [round(height / max(height for _, height in bars), 1) for _, height in bars] == [
        round(number / highest, 1) for number in numbers
    ]
    assert f"median {duration(owed.median)}" in [one.text for one in shown.drawing("waits").iter("text")]


def test_the_busiest_hours_are_the_accounts(shown: Shown, owed: Owed) -> None:
    assert shown.table("hour") == [
        [f"{hour}:00", *(str(owed.hours[day, hour]) for day in range(7))] for hour in range(24)
    ]
    cells = shown.marks("hours", "customer") + shown.marks("hours", "none")
    assert len(cells) == 168
    hinted = {one.findtext("title"): one for one in cells}
    most = max(owed.hours.values())
    for day, hour in product(range(7), range(24)):
        number = owed.hours[day, hour]
        cell = hinted[f"{_WEEKDAYS[day]} {hour}:00 to {hour + 1}:00: {number}"]
        assert cell.get("fill") == ("var(--customer)" if number else "var(--none)")
        strength = 0.12 + 0.88 * number / most if number else 1
        assert float(cell.get("opacity", 0)) == pytest.approx(strength, abs=0.011)


def test_the_tables_are_the_answers_to_the_queries(shown: Shown, owed: Owed, warehouses: Warehouses) -> None:
    account = warehouses.account
    months = talk.time_to_first_answer(account, "UTC")[:6]
    assert shown.table("month") == [
        [
            row["month"][:7],
            str(row["chats"]),
            str(row["answered"]),
            *map(duration, (row["median_seconds"], row["p90_seconds"])),
        ]
        for row in months
    ]
    messages: Counter[str] = Counter()
    for row in talk.messages_per_agent_and_day(account, "UTC"):
        if date.fromisoformat(row["day"]) >= owed.first:
            messages[row["agent"]] += row["messages"]
    assert {row[0]: int(row[1]) for row in shown.table("agent")} == messages
    waiting = talk.chats_waiting(account)
    assert [row[:3] for row in shown.table("chat")] == [
        [str(row["chat"]), row["waiting_since"][:16], str(row["unanswered"])] for row in waiting[:10]
    ]
    assert f"Chats waiting for an answer: {len(waiting)}" in [one.text for one in shown.root.iter("h2")]


def test_a_silent_account_has_a_page_too(warehouses: Warehouses, tmp_path: Path) -> None:
    empty = tmp_path / "empty.duckdb"
    shutil.copy(warehouses.duckdb, empty)
    run_in_duckdb(empty, "delete from helpcrunch.messages; delete from helpcrunch.chats")
    assert "Nobody has said anything yet." in page(figures(empty))


def test_a_report_is_written_to_the_given_file(
    warehouses: Warehouses, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = warehouses.duckdb.read_bytes()
    file = tmp_path / "page.html"
    main([str(warehouses.duckdb), str(file)])
    assert file.read_text(encoding="utf-8") == page(figures(warehouses.duckdb))
    assert str(file) in capsys.readouterr().out
    assert warehouses.duckdb.read_bytes() == before


def test_make_report_draws_what_make_sync_brought(
    warehouses: Warehouses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\nreport: " in (ROOT / "Makefile").read_text().split("\t@$(BIN)/python -m report\n")[0]
    (tmp_path / "output").mkdir()
    shutil.copy(warehouses.duckdb, tmp_path / "output" / "warehouse.duckdb")
    monkeypatch.chdir(tmp_path)
    main([])
    assert (tmp_path / "output" / "warehouse.html").exists()


def test_wrong_arguments_print_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["a", "b", "c"])
    assert "usage: python -m report [-h] [warehouse] [page]" in capsys.readouterr().err


def test_a_missing_warehouse_is_reported_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as end:
        main([str(tmp_path / "none.duckdb")])
    assert end.value.code == f"{tmp_path / 'none.duckdb'} is missing: make sync loads your account into it."
