"""The queries of docs/queries, on real databases that real loaders filled; the answers are computed separately."""

from __future__ import annotations

import re
import subprocess
import typing as t

import pytest

from report.asking import ask, query
from tests.destinations import talk
from tests.destinations.project import ROOT
from tests.destinations.talk import NAMES, owed

if t.TYPE_CHECKING:
    from tests.destinations.conftest import Warehouses
    from tests.destinations.talk import Row

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
