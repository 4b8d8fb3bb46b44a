"""The page of a warehouse: what it shows equals what the account holds, and it needs nothing but itself."""

from __future__ import annotations

import re
import shutil
import typing as t
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from report.__main__ import main
from report.figures import DAYS, figures
from report.page import page
from report.waits import counted
from report.words import duration
from tests.destinations import talk
from tests.destinations.conftest import run_in_duckdb
from tests.destinations.project import ROOT

if t.TYPE_CHECKING:
    from pathlib import Path

    from simulator import Account
    from tests.destinations.conftest import Warehouses

SIDES = {"customer": "customer", "agent": "agent", "bot": "automatic", "broadcast": "automatic"}
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

    def bars(self, name: str, kind: str) -> list[tuple[str, float]]:
        """Return hint and height of a chart's rectangles of a kind."""
        rects = [one for one in self.drawing(name).iter("rect") if one.get("class") == kind]
        return [(one.findtext("title", ""), float(one.get("height", 0))) for one in rects]


class Owed(t.NamedTuple):
    """What the page must show, from the account."""

    first: date
    last: date
    volume: Counter[str]
    hours: Counter[tuple[int, int]]
    waits: list[int]
    unanswered: int


def _texts(row: ET.Element) -> list[str]:
    return ["".join(cell.itertext()) for cell in row]


def _numbers(hints: list[tuple[str, float]]) -> list[int]:
    found = [re.search(r": ([\d,]+)", hint) for hint, _ in hints]
    return [int(one[1].replace(",", "")) for one in found if one]


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
        Counter(inside.values()),
        Counter((one.weekday(), one.hour) for one in at),
        sorted(waits),
        len(asked) - len(waits),
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


def test_whoever_cannot_see_the_charts_is_told_what_they_show(shown: Shown) -> None:
    for name in ("volume", "waits", "hours"):
        chart = shown.drawing(name)
        title, description = chart.find("title"), chart.find("desc")
        assert title is not None
        assert description is not None
        assert chart.get("role") == "img"
        assert chart.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert title.text
        assert description.text


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
    drawn: list[tuple[int, float]] = []
    for place, side in enumerate(("customer", "agent", "automatic"), 1):
        bars = shown.bars("volume", side)
        numbers = _numbers(bars)
        assert sum(numbers) == owed.volume[side]
        assert (
            sum(int(row[place].replace(",", "")) for row in shown.table("month, as far as shown")) == owed.volume[side]
        )
        drawn += [(number, height) for (_, height), number in zip(bars, numbers, strict=True)]
    # Every bar is as high as its number says.
    most, highest = max(drawn)
    assert [height for _, height in drawn] == [pytest.approx(number * highest / most, abs=0.11) for number, _ in drawn]


def test_the_times_to_first_answer_are_the_accounts(shown: Shown, owed: Owed) -> None:
    numbers = [*counted(owed.waits), owed.unanswered]
    assert sum(map(bool, numbers)) > 4
    assert [int(row[1]) for row in shown.table("time to first answer")] == numbers
    bars = shown.bars("waits", "wait") + shown.bars("waits", "never")
    assert _numbers(bars) == numbers
    highest = max(numbers)
    assert [round(height / max(height for _, height in bars), 1) for _, height in bars] == [
        round(number / highest, 1) for number in numbers
    ]
    half = len(owed.waits) // 2
    median = owed.waits[half] if len(owed.waits) % 2 else (owed.waits[half - 1] + owed.waits[half]) / 2
    assert f"median {duration(median)}" in [one.text for one in shown.drawing("waits").iter("text")]


def test_the_busiest_hours_are_the_accounts(shown: Shown, owed: Owed) -> None:
    rows = [[int(cell) for cell in row[1:]] for row in shown.table("hour")]
    assert rows == [[owed.hours[day, hour] for day in range(7)] for hour in range(24)]
    cells = {one.findtext("title"): one for one in shown.drawing("hours").iter("rect") if one.find("title") is not None}
    assert len(cells) == 168
    most = max(owed.hours.values())
    for (day, hour), number in owed.hours.items():
        cell = cells[f"{_WEEKDAYS[day]} {hour}:00 to {hour + 1}:00: {number}"]
        assert float(cell.get("fill-opacity", 0)) == pytest.approx(0.12 + 0.88 * number / most, abs=0.006)


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


def test_a_report_is_written_where_it_is_told(
    warehouses: Warehouses, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = warehouses.duckdb.read_bytes()
    file = tmp_path / "page.html"
    assert main([str(warehouses.duckdb), str(file)]) == 0
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
    assert main([]) == 0
    assert (tmp_path / "output" / "warehouse.html").exists()


def test_wrong_arguments_are_answered_with_the_right_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == main(["a", "b", "c"]) == 2
    assert "python -m report [WAREHOUSE [PAGE]]" in capsys.readouterr().err


def test_what_is_missing_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.duckdb")]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'none.duckdb'} is missing: make sync brings your account there.\n"
