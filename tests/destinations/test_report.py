"""The page of a warehouse: it shows what the account holds, and needs no other file."""

from __future__ import annotations

import re
import shutil
import time
import typing as t
import xml.etree.ElementTree as ET
from collections import Counter

import pytest

from report.__main__ import main
from report.figures import figures
from report.page import duration, page
from tests.destinations import talk
from tests.destinations.conftest import run_in_duckdb

if t.TYPE_CHECKING:
    from pathlib import Path

    from tests.destinations.conftest import Warehouses


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


@pytest.fixture(scope="module")
def shown(warehouses: Warehouses) -> Shown:
    text = page(figures(warehouses.duckdb))
    return Shown(text, ET.fromstring(text.split("\n", 1)[1]))  # noqa: S314 - it is ours


def test_the_page_needs_nothing_and_a_name_stays_a_text(shown: Shown, warehouses: Warehouses) -> None:
    for foreign in ("http", "//", "url(", "@import", "<script", "javascript"):
        assert foreign not in shown.text.replace(talk.AWKWARD, ""), foreign
    elements = list(shown.root.iter())
    assert not {one.tag for one in elements} & {"script", "link", "iframe", "img", "object", "embed", "use", "image"}
    names = {name for one in elements for name in one.attrib}
    assert not [name for name in names if name.startswith("on") or "href" in name or name in {"src", "style"}]
    owed = [row["customer_name"] for row in talk.chats_waiting(warehouses.account)[:10]]
    assert talk.AWKWARD in owed
    assert [row[4] for row in shown.table("chat")] == [(name or "-").replace("\x01", "\ufffd") for name in owed]


def test_the_tables_are_the_answers_to_the_queries(shown: Shown, warehouses: Warehouses) -> None:
    account = warehouses.account
    assert shown.table("month") == [
        [row["month"][:7], f"{row['chats']}", f"{row['answered']}", *map(duration, list(row.values())[3:])]
        for row in talk.time_to_first_answer(account, "UTC")[:6]
    ]
    first = re.findall(r"Conversations, (\d+ \w+ \d+) to ", shown.root.findtext(".//h1", ""))[0]
    began = time.strftime("%Y-%m-%d", time.strptime(first, "%d %b %Y"))
    messages: Counter[str] = Counter()
    for row in talk.messages_per_agent_and_day(account, "UTC"):
        messages[row["agent"]] += row["messages"] if row["day"] >= began else 0
    assert {row[0]: int(row[1]) for row in shown.table("agent")} == +messages
    assert [one.get("class") for one in shown.root.iter("svg") if one.get("role") == "img"] == [
        "volume",
        "waits",
        "hours",
    ]
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
    copied = tmp_path / "output" / "warehouse.duckdb"
    shutil.copy(warehouses.duckdb, copied)
    main([])
    written = (tmp_path / "output" / "warehouse.html").read_text(encoding="utf-8")
    assert written == page(figures(warehouses.duckdb))
    assert copied.read_bytes() == warehouses.duckdb.read_bytes()
    run_in_duckdb(copied, "delete from helpcrunch.messages; delete from helpcrunch.chats")
    assert "Nobody has said anything yet." in page(figures(copied))
