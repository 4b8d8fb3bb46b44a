"""The queries of docs/queries and the page of the report, on real databases; the answers are computed separately."""

from __future__ import annotations

import re
import shutil
import subprocess
import typing as t
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from report.__main__ import main
from report.asking import ask, query
from report.figures import figures
from report.page import page
from tests.destinations import talk
from tests.destinations.conftest import Warehouses, run_in_duckdb
from tests.destinations.project import ROOT
from tests.destinations.talk import NAMES, Row, owed

_SPEAKERS = "select id, speaker from helpcrunch.turns"
_ZONE = "at time zone 'UTC' at time zone 'UTC'"


def answers(warehouses: Warehouses, queries: dict[str, str], zone: str = "UTC") -> list[dict[str, list[Row]]]:
    """Return what PostgreSQL and DuckDB answer, with the views changed for a team's time zone as their file says."""
    views = query("views")
    assert views.count(_ZONE) == 1
    views = views.replace(_ZONE, f"at time zone 'UTC' at time zone '{zone}'")
    warehouses.postgresql.run(views)
    held = {name: warehouses.postgresql.rows(sql.strip().rstrip(";")) for name, sql in queries.items()}
    return [
        {name: [talk.plain(row) for row in rows] for name, rows in found.items()}
        for found in (held, ask(warehouses.duckdb, queries, views))
    ]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Kyiv", "America/Los_Angeles"])
def test_both_databases_answer_what_the_account_owes(warehouses: Warehouses, zone: str) -> None:
    expected = owed(warehouses.account, zone)
    assert min(map(len, expected.values())) > 12
    assert answers(warehouses, {name: query(name) for name in NAMES}, zone) == [expected, expected]


def test_every_message_has_the_speaker_that_the_account_knows(warehouses: Warehouses) -> None:
    account = warehouses.account
    expected = {number: talk.speaker(account, said) for number, said in account.messages.items()}
    assert set(expected.values()) == {"agent", "bot", "broadcast", "customer", "note", "system"}
    for found in answers(warehouses, {"it": _SPEAKERS}):
        assert {row["id"]: row["speaker"] for row in found["it"]} == expected


def test_every_command_of_the_page_is_run(warehouses: Warehouses, monkeypatch: pytest.MonkeyPatch) -> None:
    database = warehouses.postgresql
    text = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    commands = [line.split("#")[0].split() for block in blocks for line in block.splitlines()]
    commands.remove(["make", "report"])  # test_report.py runs it
    for name, value in database.variables.items():
        monkeypatch.setenv(name, value)
    for program, *arguments in commands:
        assert program == "psql"
        done = subprocess.run(
            [database.programs / program, "-X", "-v", "ON_ERROR_STOP=1", *arguments],
            cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert f"({len(talk.chats_waiting(warehouses.account))} rows)" in done.stdout


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
