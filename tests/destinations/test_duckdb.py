"""`meltano run tap-helpcrunch target-duckdb`, with the pins of meltano.yml."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import time
import typing as t

import pytest

from tests.destinations import accounts
from tests.destinations.accounts import Line
from tests.destinations.project import PATIENCE, ROOT
from tests.running import asked

if t.TYPE_CHECKING:
    from pathlib import Path

    from simulator import Account, Server
    from simulator.server import Logged
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


def test_an_interrupted_load_goes_on_from_what_was_written(project: Project, account: Account, server: Server) -> None:
    # The pin of meltano.yml is for accounts of thousands of rows.
    project.variables["TARGET_DUCKDB_BATCH_SIZE_ROWS"] = "20"
    with project.started("run", "tap-helpcrunch", "target-duckdb") as process:

        def interrupt(_: Logged) -> None:
            if len(server.requests) > 60:
                server.before = None
                _wait_for_state(project)
                os.killpg(process.pid, signal.SIGINT)

        server.before = interrupt
        process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    server.requests.clear()
    project.load("target-duckdb")
    assert len(asked(server, "/messages")) < len(account.chats), "it began anew"
    assert_whole(project.root / "output" / "warehouse.duckdb", account)


def _wait_for_state(project: Project) -> None:
    """Wait until Meltano has kept a STATE in which chats are done."""
    for _ in range(300):
        with contextlib.closing(sqlite3.connect(project.root / ".meltano" / "meltano.db", timeout=30)) as kept:
            if any('"done": [["' in f"{row}" for row in kept.execute("select * from state")):
                return
        time.sleep(0.2)
    raise TimeoutError("no STATE was kept while the tap went on")


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
