"""`meltano run tap-helpcrunch target-duckdb`, with the pins of meltano.yml."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import typing as t
from contextlib import closing, suppress
from pathlib import Path

import duckdb

from demo.warehouse import DONE
from simulator import Account, Logged, Server
from tests.destinations import accounts
from tests.destinations.project import DUCKDB, PATIENCE, Project, in_file, pipe
from tests.running import asked

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
    held = {number: tuple(values) for number, *values in rows(database, _LINES)}
    # An empty text becomes null.
    wanted = {number: (text or None, *rest) for number, (text, *rest) in accounts.lines(account).items()}
    assert accounts.differing(held, wanted) == []


def test_an_interrupted_load_goes_on_and_then_changes_come(project: Project, account: Account, server: Server) -> None:
    database = project.root / "output" / "warehouse.duckdb"
    # The pin of meltano.yml is for accounts of thousands of rows.
    project.variables["TARGET_DUCKDB_BATCH_SIZE_ROWS"] = "20"
    with project.started("run", "tap-helpcrunch", "target-duckdb") as process:

        def interrupt(_: Logged) -> None:
            if len(server.requests) > 60:
                server.before = None
                _wait_for_history(project)
                os.killpg(process.pid, signal.SIGINT)

        server.before = interrupt
        process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    server.requests.clear()
    project.load("target-duckdb")
    assert len(asked(server, "/messages")) < len(account.chats), "it began anew"
    assert_whole(database, account)

    before = len(server.requests)
    accounts.edit(account)
    project.load("target-duckdb")
    assert_whole(database, account)
    assert len(server.requests) - before < len(account.chats) / 2


def _wait_for_history(project: Project) -> None:
    database = project.root / ".meltano" / "meltano.db"
    for _ in range(300):
        # Meltano writes to it meanwhile: an error says only that this was not the moment to look.
        with (
            suppress(sqlite3.OperationalError),
            closing(sqlite3.connect(database)) as kept,
        ):
            if any(DONE.search(f"{row}") for row in kept.execute("select * from state")):
                return
        time.sleep(0.2)
    raise TimeoutError("no STATE was kept while the tap went on")


def test_twenty_batches_lose_no_row_and_no_text(tmp_path: Path) -> None:
    """By itself target-duckdb loses a row of each batch here, and reads half of these apostrophes."""
    account = Account.generate(seed=9, chats=300, messages=1800)
    quoted = account.add_chat()
    for number in range(250):
        account.advance(7)
        account.add_message(quoted, "''" * (number + 1))
    account.advance(60)
    database = tmp_path / "warehouse.duckdb"
    with Server(account) as server:
        pipe(tmp_path, server, DUCKDB, in_file(database, batch_size_rows=100))
    written = re.findall(r"Loading \d+ rows into .*messages", (tmp_path / "log").read_text())
    assert len(written) >= 20
    assert_whole(database, account)


def test_duckdb_that_another_program_holds_open(project: Project, account: Account) -> None:
    project.load("target-duckdb")
    database = project.root / "output" / "warehouse.duckdb"
    accounts.edit(account)
    program = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == b"open\n"
        run = project.run("run", "tap-helpcrunch", "target-duckdb")
        other.communicate(timeout=30)
    assert run.code == 1
    assert "Could not set lock on file" in run.log
    project.load("target-duckdb")
    assert_whole(database, account)
