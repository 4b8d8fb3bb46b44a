"""`meltano run tap-helpcrunch target-postgres` into a real PostgreSQL, as meltano.yml configures it."""

import json
import signal
import time

import pytest

from simulator import Account, Logged, Server
from tests.destinations import accounts
from tests.destinations.postgresql import Database
from tests.destinations.project import PATIENCE, Project, kill
from tests.running import asked

_LINES = """
    select id, text, "from" as sender, type, chat, edited, agent ->> 'name' as agent,
        round(extract(epoch from "createdAt") * 1000)::bigint as created,
        round(extract(epoch from "updatedAt") * 1000)::bigint as updated
    from helpcrunch.messages
"""
_COLUMNS = """
    select table_name || '.' || column_name as name, data_type as kind
    from information_schema.columns where table_schema = 'helpcrunch'
"""
_KINDS = {
    **dict.fromkeys(("messages.agent", "customers.customData", "chats.additional_properties"), "jsonb"),
    **dict.fromkeys(("messages.createdAt", "chats.lastMessageAt"), "timestamp without time zone"),
    **dict.fromkeys(("messages.id", "messages.chat"), "bigint"),
    "messages.from": "text",
    "messages.read": "boolean",
}


def lines(database: Database) -> dict[int, accounts.Line]:
    rows = database.rows(_LINES)
    held = {row.pop("id"): tuple(row.values()) for row in rows}
    assert len(held) == len(rows), "a message stands there twice"
    return held


def assert_whole(database: Database, account: Account) -> None:
    owed = accounts.counts(account)
    assert {table: database.value(f"select count(*) from helpcrunch.{table}") for table in owed} == owed  # noqa: S608
    assert accounts.differing(lines(database), accounts.lines(account)) == []


def test_a_table_holds_the_account_after_every_run(
    project: Project, database: Database, account: Account, server: Server
) -> None:
    project.load("target-postgres")
    assert_whole(database, account)
    assert _KINDS.items() <= {row["name"]: row["kind"] for row in database.rows(_COLUMNS)}.items()
    assert database.run("show timezone").strip() == "America/New_York"
    first = len(server.requests)

    # Changes come, as upserts; Meltano kept the STATE, so only they are requested.
    message = accounts.edit(account)
    project.load("target-postgres")
    assert lines(database)[message][0] == account.messages[message].text
    assert_whole(database, account)
    second = len(server.requests)
    assert second - first < first / 2

    project.load("target-postgres")
    assert len([one for one in server.requests[second:] if "/chats" in one.path]) <= 4
    third = len(server.requests)

    # A full refresh heals what somebody broke.
    database.run("delete from helpcrunch.messages where id % 2 = 0; update helpcrunch.chats set status = 'broken'")
    project.load("target-postgres", "--full-refresh")
    assert len(server.requests) - third >= first
    assert_whole(database, account)
    assert database.value("select count(*) from helpcrunch.chats where status = 'broken'") == 0


@pytest.mark.parametrize(("part", "number"), [("loaders/target-postgres/", signal.SIGKILL), ("", signal.SIGINT)])
def test_an_early_end_of_the_target_loses_a_state_but_no_row(
    project: Project, database: Database, account: Account, server: Server, part: str, number: signal.Signals
) -> None:
    """The target has written rows, and tells the state after five minutes or when the tap has ended; "" is Ctrl-C.

    Of those that Ctrl-C reaches, the target may be the last to end, and then tells the state.
    """
    project.in_small_batches()
    with project.started("run", "tap-helpcrunch", "target-postgres") as process:

        def end(_: Logged) -> None:
            if len(server.requests) > 50:
                server.before = None
                _wait_for_messages(database)
                assert kill(process.pid, part, number)

        server.before = end
        process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert 0 < len(lines(database)) < len(account.messages)
    state = json.loads(project.run("state", "get", "prod:tap-helpcrunch-to-target-postgres").out)
    assert not state or number is signal.SIGINT
    server.requests.clear()
    project.load("target-postgres", "--force")
    assert state or len(asked(server, "/messages")) >= len(account.chats)
    assert_whole(database, account)


def _wait_for_messages(database: Database) -> None:
    for _ in range(300):
        made = database.run("select to_regclass('helpcrunch.messages') is not null").strip() == "t"
        if made and database.value("select count(*) from helpcrunch.messages"):
            return
        time.sleep(0.1)
    raise TimeoutError("the target wrote no message")
