"""`meltano run tap-helpcrunch target-duckdb`, with the pins of meltano.yml."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sqlite3
import time
import typing as t

import duckdb

from simulator import Account, Server
from tests.destinations import accounts
from tests.destinations.accounts import Line
from tests.destinations.piping import pipe
from tests.destinations.project import PATIENCE, ROOT
from tests.running import asked

if t.TYPE_CHECKING:
    from pathlib import Path

    from simulator import Logged
    from tests.destinations.project import Project

_LOADER = ROOT / ".meltano" / "loaders" / "target-duckdb" / "venv" / "bin" / "helpcrunch-target-duckdb"
_LINES = """
    select id, text, "from", type, chat, edited, agent ->> 'name', epoch_ms(createdat), epoch_ms(updatedat)
    from helpcrunch.messages
"""


def rows(database: Path, sql: str) -> list[tuple[t.Any, ...]]:
    """Ask the file; whoever runs a loader next finds it closed."""
    with duckdb.connect(database, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def assert_whole(database: Path, account: Account) -> None:
    owed = accounts.counts(account)
    each = [f"select '{table}', count(*) from helpcrunch.{table}" for table in owed]  # noqa: S608
    assert dict(rows(database, " union all ".join(each))) == owed
    held = {number: Line(*values) for number, *values in rows(database, _LINES)}
    # An empty text becomes null.
    assert accounts.differing(held, accounts.changed(account, lambda text: text or None)) == []


def test_an_interrupted_load_continues_from_what_was_written(
    project: Project, account: Account, server: Server
) -> None:
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
        # Meltano writes to it meanwhile: an error says only that this was not the moment to look.
        with (
            contextlib.suppress(sqlite3.OperationalError),
            contextlib.closing(sqlite3.connect(project.root / ".meltano" / "meltano.db", timeout=30)) as kept,
        ):
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


def test_twenty_batches_lose_no_row_and_no_text(tmp_path: Path) -> None:
    """By itself target-duckdb loses a row of each batch here, and reads half of these apostrophes."""
    account = Account.generate(seed=9, chats=300, messages=1800)
    quoted = account.add_chat()
    for number in range(250):
        account.advance(7)
        account.add_message(quoted, "''" * (number + 1))
    account.advance(60)
    database = tmp_path / "warehouse.duckdb"
    settings = {"filepath": str(database), "default_target_schema": "helpcrunch", "batch_size_rows": 100}
    with Server(account) as server:
        pipe(tmp_path, server, _LOADER, settings)
    written = re.findall(r"Loading \d+ rows into .*messages", (tmp_path / "log").read_text())
    assert len(written) >= 20
    assert_whole(database, account)
