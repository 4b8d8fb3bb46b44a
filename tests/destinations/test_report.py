"""The page of a warehouse: it shows what the account holds, and needs no other file."""

from __future__ import annotations

import shutil
import typing as t
import xml.etree.ElementTree as ET
from bisect import bisect_right
from collections import Counter
from datetime import date, timedelta
from statistics import median

import pytest

from report.__main__ import main
from report.figures import DAYS, figures
from report.page import duration, page
from tests.destinations import talk
from tests.destinations.conftest import run_in_duckdb

if t.TYPE_CHECKING:
    from pathlib import Path

    from simulator import Account
    from tests.destinations.conftest import Warehouses

SIDES = {"customer": "customer", "agent": "agent", "bot": "automatic", "broadcast": "automatic"}
# Seconds at which each bar of the times to the first answer begins.
STEPS = (0, 60, 300, 900, 3600, 14_400, 86_400)


class Shown(t.NamedTuple):
    """A page, read."""

    text: str
    root: ET.Element

    def table(self, first: str) -> list[list[str]]:
        """Return the rows of the table whose first heading this is, the headings left out."""
        found = [[_texts(row) for row in one.iter("tr")] for one in self.root.iter("table")]
        (rows,) = [rows[1:] for rows in found if rows[0][0] == first]
        return rows


def _texts(row: ET.Element) -> list[str]:
    return ["".join(cell.itertext()) for cell in row]


def _day(account: Account, message: int) -> date:
    return talk.local(account.messages[message].created_at, "UTC").date()


@pytest.fixture(scope="module")
def shown(warehouses: Warehouses) -> Shown:
    text = page(figures(warehouses.duckdb))
    return Shown(text, ET.fromstring(text.split("\n", 1)[1]))  # noqa: S314 - it is ours


@pytest.fixture(scope="module")
def first(warehouses: Warehouses) -> date:
    """Return the first day of the period, half a year up to the newest message of a customer, an agent or a bot."""
    account = warehouses.account
    speaking = [number for number, said in account.messages.items() if talk.speaker(account, said) in SIDES]
    return max(_day(account, number) for number in speaking) - timedelta(days=DAYS - 1)


def test_the_page_needs_nothing_but_itself_and_a_name_stays_a_text(shown: Shown, warehouses: Warehouses) -> None:
    for foreign in ("http", "//", "url(", "@import", "<script", "javascript"):
        assert foreign not in shown.text.replace(talk.AWKWARD, ""), foreign
    elements = list(shown.root.iter())
    assert not {one.tag for one in elements} & {"script", "link", "iframe", "img", "object", "embed", "use", "image"}
    names = {name for one in elements for name in one.attrib}
    assert not [name for name in names if name.startswith("on") or "href" in name or name in {"src", "style"}]
    owed = [row["customer_name"] for row in talk.chats_waiting(warehouses.account)[:10]]
    assert talk.AWKWARD in owed
    assert [row[4] for row in shown.table("chat")] == [(name or "-").replace("\x01", "\ufffd") for name in owed]


def test_the_figures_are_the_accounts(shown: Shown, first: date, warehouses: Warehouses) -> None:
    account = warehouses.account
    sides = {number: SIDES.get(talk.speaker(account, said)) for number, said in account.messages.items()}
    volume = Counter((f"{_day(account, number):%Y-%m}", side) for number, side in sides.items())
    whole = {f"{day:%Y-%m}" for day in (_day(account, number) for number in sides) if day >= first + timedelta(days=31)}
    rows = {row[0]: row[1:] for row in shown.table("month, as far as shown")}
    assert whole
    for month in whole:
        assert rows[month] == [f"{volume[month, side]:,}" for side in ("customer", "agent", "automatic")]

    courses = [talk.course(account, chat) for chat in account.chats]
    asked = [one for one in courses if one.asked is not None and talk.local(one.asked, "UTC").date() >= first]
    waits = [one.seconds for one in asked if one.seconds is not None]
    steps = Counter(bisect_right(STEPS, seconds) for seconds in waits)
    numbers = [*(steps[place] for place in range(1, len(STEPS) + 1)), len(asked) - len(waits)]
    assert sum(map(bool, numbers)) > 4
    shares = [[str(number), f"{number / sum(numbers):.0%}"] for number in numbers]
    assert [row[1:] for row in shown.table("time to first answer")] == shares
    assert f"The median is {duration(median(waits))}." in shown.text


def test_the_tables_are_the_answers_to_the_queries(shown: Shown, first: date, warehouses: Warehouses) -> None:
    account = warehouses.account
    assert shown.table("month") == [
        [row["month"][:7], str(row["chats"]), str(row["answered"]), duration(row["median_seconds"])]
        + [duration(row["p90_seconds"])]
        for row in talk.time_to_first_answer(account, "UTC")[:6]
    ]
    messages: Counter[str] = Counter()
    for row in talk.messages_per_agent_and_day(account, "UTC"):
        if date.fromisoformat(row["day"]) >= first:
            messages[row["agent"]] += row["messages"]
    assert {row[0]: int(row[1]) for row in shown.table("agent")} == messages
    waiting = talk.chats_waiting(account)
    assert [row[:3] for row in shown.table("chat")] == [
        [str(row["chat"]), row["waiting_since"][:16], str(row["unanswered"])] for row in waiting[:10]
    ]


def test_make_report_draws_what_make_sync_brought(
    warehouses: Warehouses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == "output/warehouse.duckdb is missing: make sync loads your account into it."
    (tmp_path / "output").mkdir()
    copied = shutil.copy(warehouses.duckdb, tmp_path / "output" / "warehouse.duckdb")
    main([])
    written = (tmp_path / "output" / "warehouse.html").read_text(encoding="utf-8")
    assert written == page(figures(warehouses.duckdb))
    assert copied.read_bytes() == warehouses.duckdb.read_bytes()
    run_in_duckdb(copied, "delete from helpcrunch.messages; delete from helpcrunch.chats")
    assert "Nobody has said anything yet." in page(figures(copied))
