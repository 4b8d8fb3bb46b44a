"""`meltano run tap-helpcrunch target-duckdb`, with the pins of meltano.yml."""

from __future__ import annotations

import json
import subprocess
import typing as t

import pytest

from tests.destinations import accounts
from tests.destinations.accounts import Line
from tests.destinations.project import ROOT

if t.TYPE_CHECKING:
    from pathlib import Path

    from simulator import Account, Server
    from tests.destinations.project import Project

_PYTHON = ROOT / ".meltano" / "loaders" / "target-duckdb" / "venv" / "bin" / "python"
_LINES = """
    select id, text, "from", type, chat, edited, agent ->> 'name', epoch_ms(createdat), epoch_ms(updatedat)
    from helpcrunch.messages
"""


@pytest.fixture
def account() -> Account:
    """Return the account that this target can take."""
    return accounts.for_duckdb()


def rows(database: Path, sql: str) -> list[list[t.Any]]:
    """Ask the version of DuckDB that wrote the file."""
    done = subprocess.run(
        [_PYTHON, ROOT / "demo" / "query.py", database, sql], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    answered: list[list[t.Any]] = json.loads(done.stdout)
    return answered


def assert_whole(database: Path, account: Account) -> None:
    owed = accounts.counts(account)
    each = [f"select '{table}', count(*) from helpcrunch.{table}" for table in owed]  # noqa: S608
    assert dict(rows(database, " union all ".join(each))) == owed
    held = {number: Line(*values) for number, *values in rows(database, _LINES)}
    # An empty text becomes null.
    assert accounts.differing(held, accounts.changed(account, lambda text: text or None)) == []


def test_a_table_holds_the_account_after_every_run(project: Project, account: Account, server: Server) -> None:
    database = project.root / "output" / "warehouse.duckdb"
    project.load("target-duckdb")
    assert_whole(database, account)

    asked = len(server.requests)
    accounts.edit(account)
    assert not account.live(11, 20)["counts"]["notes"]
    project.load("target-duckdb")
    assert_whole(database, account)
    assert len(server.requests) - asked < asked / 2
