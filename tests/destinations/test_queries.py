"""The queries of docs/queries, on real databases that real loaders filled; the answers are computed separately."""

from __future__ import annotations

import re
import subprocess
import typing as t

import pytest

from report.asking import ask, query
from tests.destinations import talk
from tests.destinations.project import ROOT

if t.TYPE_CHECKING:
    from simulator import Account
    from tests.destinations.conftest import Warehouses
    from tests.destinations.postgresql import Database
    from tests.destinations.talk import Row

NAMES = ("time_to_first_answer", "messages_per_agent_and_day", "chats_waiting")
_COURSES = "select chat, asked_at is not null as asked, answer_seconds, unanswered from helpcrunch.conversations"
_SPEAKERS = "select id, speaker from helpcrunch.turns"
_ZONE = "at time zone 'UTC' at time zone 'UTC'"
# All in which the dialects differ; nothing else may.
_IN_SNOWFLAKE = {
    "For PostgreSQL and DuckDB, views.snowflake.sql says": "For Snowflake, views.sql says",
    "the same for Snowflake.": "the same for PostgreSQL and DuckDB.",
    "agent ->> 'id'": "agent:id",
    "(agent ->> 'name')": "agent:name::varchar",
    "(c.customer ->> 'name')": "c.customer:name::varchar",
    "(c.assignee ->> 'name')": "c.assignee:name::varchar",
    '"from"': '"FROM"',
    '"broadcastType"': "broadcastType",
    f'"createdAt" {_ZONE}': "convert_timezone('UTC', 'UTC', createdAt)",
    '"createdAt"': "createdAt",
    "extract(epoch from answered_at - asked_at)": "timestampdiff(millisecond, asked_at, answered_at) / 1000",
}


def views(zone: str) -> str:
    """Return the views for a team in a time zone, changed where the file says that a user changes it."""
    text = query("views")
    assert text.count(_ZONE) == 1
    return text.replace(_ZONE, f"at time zone 'UTC' at time zone '{zone}'")


def in_postgresql(database: Database, queries: dict[str, str], zone: str = "UTC") -> dict[str, list[Row]]:
    database.run(views(zone))
    return {name: _plain(database.rows(sql.strip().rstrip(";"))) for name, sql in queries.items()}


def in_duckdb(warehouses: Warehouses, queries: dict[str, str], zone: str = "UTC") -> dict[str, list[Row]]:
    return {name: _plain(rows) for name, rows in ask(warehouses.duckdb, queries, views(zone)).items()}


def owed(account: Account, zone: str) -> dict[str, list[Row]]:
    return {
        "time_to_first_answer": talk.time_to_first_answer(account, zone),
        "messages_per_agent_and_day": talk.messages_per_agent_and_day(account, zone),
        "chats_waiting": talk.chats_waiting(account),
    }


def _plain(rows: list[Row]) -> list[Row]:
    return [{name: talk.plain(value) for name, value in row.items()} for row in rows]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Kyiv", "America/Los_Angeles"])
def test_both_databases_answer_what_the_account_owes(warehouses: Warehouses, zone: str) -> None:
    queries = {name: query(name) for name in NAMES}
    expected = owed(warehouses.account, zone)
    assert min(map(len, expected.values())) > 12
    assert in_postgresql(warehouses.postgresql, queries, zone) == expected
    assert in_duckdb(warehouses, queries, zone) == expected


def test_the_teams_time_zone_moves_days_and_months(warehouses: Warehouses) -> None:
    in_utc, in_kyiv = (owed(warehouses.account, zone) for zone in ("UTC", "Europe/Kyiv"))
    assert in_utc["messages_per_agent_and_day"] != in_kyiv["messages_per_agent_and_day"]
    assert in_utc["chats_waiting"] == in_kyiv["chats_waiting"]


def test_every_script_takes_the_course_written_next_to_it(warehouses: Warehouses) -> None:
    expected = talk.scripted(warehouses.before)
    for rows in (
        in_postgresql(warehouses.postgresql, {"it": _COURSES})["it"],
        in_duckdb(warehouses, {"it": _COURSES})["it"],
    ):
        held = {row["chat"]: row for row in rows}
        assert set(held) == set(warehouses.account.chats)
        for chat, (script, seconds, unanswered) in expected.items():
            row = held[chat]
            found = (row["asked"], row["answer_seconds"], row["unanswered"])
            assert found == ("c" in script or "m" in script, seconds, unanswered), script


def test_every_message_has_the_speaker_that_the_account_knows(warehouses: Warehouses) -> None:
    account = warehouses.account
    expected = {number: talk.speaker(account, said) for number, said in account.messages.items()}
    assert set(expected.values()) == {"agent", "bot", "broadcast", "customer", "note", "system"}
    for rows in (
        in_postgresql(warehouses.postgresql, {"it": _SPEAKERS})["it"],
        in_duckdb(warehouses, {"it": _SPEAKERS})["it"],
    ):
        assert {row["id"]: row["speaker"] for row in rows} == expected


def test_every_command_of_the_page_is_run(warehouses: Warehouses, monkeypatch: pytest.MonkeyPatch) -> None:
    database = warehouses.postgresql
    text = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    commands = [
        line.split("#")[0].strip()
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        for line in block.splitlines()
    ]
    # What this one runs, tests/destinations/test_report.py runs too.
    commands.remove("make report")
    for name, value in database.variables.items():
        monkeypatch.setenv(name, value)
    for command in commands:
        program, *arguments = command.split()
        assert program == "psql"
        done = subprocess.run(
            [database.programs / program, "-X", "-v", "ON_ERROR_STOP=1", *arguments],
            cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert f"({len(talk.chats_waiting(warehouses.account))} rows)" in done.stdout


def test_in_snowflake_the_views_differ_by_what_the_dialects_do() -> None:
    text = query("views")
    for ours, theirs in _IN_SNOWFLAKE.items():
        assert text.count(ours) >= 1, ours
        text = text.replace(ours, theirs)
    assert query("views.snowflake") == text
