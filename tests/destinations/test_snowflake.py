"""The tables that target-snowflake makes of the tap's catalog. No load is tried: that takes an account at Snowflake."""

from __future__ import annotations

import json
import subprocess
import typing as t

import pytest

from simulator import Account, Server
from tests.destinations.project import ROOT
from tests.running import sync

_PYTHON = ROOT / ".venv-target-snowflake" / "bin" / "python"
_KINDS = {"integer": "NUMBER", "boolean": "BOOLEAN", "object": "VARIANT", "array": "VARIANT", "string": "TEXT"}

Message = dict[str, t.Any]


class Made(t.NamedTuple):
    """What the target made of the tap's SCHEMA messages."""

    schemas: list[Message]
    statements: list[str]
    columns: dict[str, dict[str, str]]

    def statement(self, table: str) -> str:
        (found,) = [one for one in self.statements if one.startswith(f'CREATE TABLE "SUPPORT"."{table}"')]
        return found


@pytest.fixture
def account() -> Account:
    """Tables are made of an account without rows too."""
    return Account()


@pytest.fixture
def made(server: Server) -> Made:
    schemas = [message for message in sync(server).messages if message["type"] == "SCHEMA"]
    done = subprocess.run(
        [_PYTHON, "-W", "ignore", ROOT / "tests" / "destinations" / "snowflake_tables.py"],
        input="\n".join(map(json.dumps, schemas)),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    answer = json.loads(done.stdout)
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in answer["columns"]:
        columns.setdefault(table, {})[column] = kind
    return Made(schemas, answer["statements"], columns)


def test_every_stream_becomes_a_table_with_upper_case_names_and_fitting_types(made: Made) -> None:
    owed = {
        message["stream"].upper(): {name.upper(): _kind(kind) for name, kind in message["schema"]["properties"].items()}
        for message in made.schemas
    }
    assert made.columns == owed
    assert len(owed) == 7
    assert all("PRIMARY KEY (id)" in made.statement(table) for table in owed)


def test_the_one_reserved_word_is_quoted_in_the_form_that_queries_must_use(made: Made) -> None:
    statement = made.statement("MESSAGES")
    assert ' "FROM" VARCHAR' in statement
    # No reserved words at Snowflake: to be had without quotes.
    assert " read BOOLEAN" in statement
    assert " type VARCHAR" in statement


def _kind(schema: Message) -> str:
    return "TIMESTAMP_NTZ" if schema.get("format") == "date-time" else _KINDS[schema["type"][0]]
