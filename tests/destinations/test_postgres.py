"""`meltano run tap-helpcrunch target-postgres` into a real PostgreSQL, as meltano.yml configures it."""

from __future__ import annotations

import json
import signal
import time
import typing as t

import pytest

from tests.destinations import accounts
from tests.destinations.accounts import Line
from tests.destinations.project import PATIENCE, kill
from tests.expected import STREAMS
from tests.running import asked

if t.TYPE_CHECKING:
    from simulator import Account, Logged, Server
    from tests.destinations.postgresql import Database
    from tests.destinations.project import Project

_SMALL_BATCHES = ("        database: ${PGDATABASE}\n", "        database: ${PGDATABASE}\n        batch_size_rows: 50\n")
_LINES = """
    select id, text, "from" as sender, type, chat, edited, agent ->> 'name' as agent,
        round(extract(epoch from "createdAt") * 1000)::bigint as created,
        round(extract(epoch from "updatedAt") * 1000)::bigint as updated
    from helpcrunch.messages
"""


def counts(database: Database) -> dict[str, int]:
    each = [f"select '{name}' as name, count(*) as n from helpcrunch.{name}" for name in STREAMS]  # noqa: S608
    return {row["name"]: row["n"] for row in database.rows(" union all ".join(each))}


def lines(database: Database) -> dict[int, Line]:
    rows = database.rows(_LINES)
    held = {row.pop("id"): Line(**row) for row in rows}
    assert len(held) == len(rows), "a message stands there twice"
    return held


def owed(account: Account) -> dict[int, Line]:
    """PostgreSQL has no NUL: it arrives as U+FFFD."""
    return accounts.changed(account, lambda text: text.replace("\0", "\ufffd"))


def assert_whole(database: Database, account: Account) -> None:
    assert counts(database) == accounts.counts(account)
    assert accounts.differing(lines(database), owed(account)) == []


def test_a_table_holds_the_account_after_every_run(
    project: Project, database: Database, account: Account, server: Server
) -> None:
    project.load("target-postgres")
    assert_whole(database, account)
    kinds_are_right(database)
    first = len(server.requests)

    # Changes come, as upserts; Meltano kept the STATE, so only they are asked for.
    message = accounts.edit(account)
    assert not account.live(11, 20)["counts"]["notes"], "choose another seed: nobody announces a note"
    project.load("target-postgres")
    assert lines(database)[message] == owed(account)[message]
    assert_whole(database, account)
    second = len(server.requests)
    assert second - first < first / 2

    project.load("target-postgres")
    assert len([one for one in server.requests[second:] if "/chats" in one.path]) <= 4
    assert_whole(database, account)
    third = len(server.requests)

    # A full refresh heals what somebody broke.
    database.run("delete from helpcrunch.messages where id % 2 = 0; update helpcrunch.chats set status = 'broken'")
    project.load("target-postgres", "--full-refresh")
    assert len(server.requests) - third >= first
    assert_whole(database, account)
    assert database.value("select count(*) from helpcrunch.chats where status = 'broken'") == 0


def kinds_are_right(database: Database) -> None:
    columns = database.rows(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = 'helpcrunch'"
    )
    kinds = {(row["table_name"], row["column_name"]): row["data_type"] for row in columns}
    assert kinds["messages", "agent"] == kinds["chats", "customer"] == kinds["customers", "customData"] == "jsonb"
    assert kinds["messages", "createdAt"] == kinds["chats", "lastMessageAt"] == "timestamp without time zone"
    assert kinds["messages", "id"] == kinds["messages", "chat"] == "bigint"
    assert kinds["messages", "from"] == kinds["messages", "text"] == "text"
    assert kinds["messages", "read"] == "boolean"
    assert database.run("show timezone").strip() == "America/New_York"


def test_after_a_killed_target_the_next_run_is_complete(
    project: Project, database: Database, account: Account, server: Server
) -> None:
    # So that some of the rows are in the database when it dies, as with an account of any size.
    project.replace(*_SMALL_BATCHES)
    with project.started("run", "tap-helpcrunch", "target-postgres") as process:

        def kill_target(_: Logged) -> None:
            if len(server.requests) > 50:
                server.before = None
                _wait_for_messages(database)
                assert kill(process.pid, "loaders/target-postgres/")

        server.before = kill_target
        _, log = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert "target-postgres" in log.decode()
    assert 0 < len(lines(database)) < len(account.messages)

    project.load("target-postgres")
    assert_whole(database, account)


@pytest.mark.parametrize(
    ("part", "number", "goes_on"),
    [("", signal.SIGKILL, False), ("", signal.SIGTERM, False), ("extractors/tap-helpcrunch/", signal.SIGTERM, True)],
)
def test_of_an_early_end_only_the_taps_own_keeps_a_state(
    project: Project, database: Database, account: Account, server: Server, part: str, number: signal.Signals,
    *, goes_on: bool,
) -> None:  # fmt: skip
    """The target has written rows, and tells the state after five minutes or when the tap has ended."""
    project.replace(*_SMALL_BATCHES)
    with project.started("run", "tap-helpcrunch", "target-postgres") as process:

        def end(_: Logged) -> None:
            if len(server.requests) > 50:
                server.before = None
                _wait_for_messages(database)
                assert kill(process.pid, part, number)

        server.before = end
        process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert lines(database)
    state = json.loads(project.run("state", "get", "prod:tap-helpcrunch-to-target-postgres").out)
    assert bool(state) is goes_on
    server.requests.clear()
    project.load("target-postgres", *([] if goes_on else ["--force"]))
    read_anew = len(account.chats)
    assert (len(asked(server, "/messages")) < read_anew) is goes_on
    assert_whole(database, account)


def _wait_for_messages(database: Database) -> None:
    for _ in range(300):
        made = database.run("select to_regclass('helpcrunch.messages') is not null").strip() == "t"
        if made and database.value("select count(*) from helpcrunch.messages"):
            return
        time.sleep(0.1)
    raise TimeoutError("the target wrote no message")


def test_what_is_wrong_is_said_and_the_next_run_is_complete(
    project: Project, database: Database, account: Account
) -> None:
    project.variables["PGPASSWORD"] = "wrong"
    assert 'password authentication failed for user "postgres"' in _refused(project)
    project.variables |= database.variables | {"PGDATABASE": "nowhere"}
    assert 'database "nowhere" does not exist' in _refused(project)
    project.variables |= database.variables
    good = project.file.read_text(encoding="utf-8")
    project.replace("executable: target-postgres\n", "executable: target-postgres-gone\n")
    assert "target-postgres-gone" in _refused(project)
    project.file.write_text(good, encoding="utf-8")

    project.load("target-postgres")
    assert_whole(database, account)


def _refused(project: Project) -> str:
    run = project.run("run", "tap-helpcrunch", "target-postgres")
    assert run.code == 1
    return run.out + run.log
