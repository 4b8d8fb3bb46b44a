"""Deletions in HelpCrunch, with real databases and loaders: exactly the deleted rows are marked, or removed."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import time
import typing as t
from dataclasses import dataclass
from queue import SimpleQueue

import pytest

from report.asking import ask, query
from simulator import Account, Server
from tests.destinations.conftest import run_in_duckdb
from tests.destinations.piping import pipe
from tests.destinations.project import PATIENCE, ROOT, Project, kill
from tests.destinations.test_duckdb import LOADER, rows
from tests.destinations.test_recipes import NO_PERSONAL_DATA
from tests.running import sync

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator import Logged
    from tests.destinations.postgresql import Database, PostgreSQL

Ids = dict[str, set[int]]

DAY = 86_400
TABLES = ("agents", "chats", "customers", "departments", "messages")
VERSIONS: dict[str, t.Any] = {"emit_activate_version_messages": True, "refresh_messages_days": 7}
IN_MELTANO = {f"TAP_HELPCRUNCH_{name.upper()}": str(value).lower() for name, value in VERSIONS.items()}
NOTHING: Ids = {table: set() for table in TABLES}


def account_of(chats: int) -> Account:
    """Return an account with a customer and two messages a chat, and some customers never seen."""
    made = Account()
    for number in range(chats):
        made.advance(3600)
        chat = made.add_chat(customer=made.add_customer(name=f"Customer {number}"))
        made.add_message(chat, "a question")
        made.add_message(chat, "one more")
    for number in range(5):
        made.add_customer(name=f"Never seen {number}", first_seen=None, last_seen=None)
        made.add_agent(f"Agent {number}")
        made.add_department(f"Department {number}")
    made.advance(DAY)
    return made


def ids(made: Account) -> Ids:
    return {table: set(getattr(made, table)) for table in TABLES}


def delete_some(made: Account) -> Ids:
    """Delete a few of everything; return what was deleted."""
    before = ids(made)
    for chat in sorted(made.chats)[3:6]:
        made.delete_chat(chat)
    for customer in (min(made.customers), max(made.customers)):
        made.delete_customer(customer)
    made.delete_message(max(made.messages))
    del made.agents[1], made.departments[2]
    made.touch()
    return {table: before[table] - left for table, left in ids(made).items()}


def held(database: Database) -> Ids:
    """Return what a database holds and does not mark as deleted."""
    return {table: _ids(database, table, "_sdc_deleted_at is null") for table in TABLES}


def marked(database: Database) -> Ids:
    return {table: _ids(database, table, "_sdc_deleted_at is not null") for table in TABLES}


def _ids(database: Database, table: str, condition: str) -> set[int]:
    return {row["id"] for row in database.rows(f"select id from helpcrunch.{table} where {condition}")}  # noqa: S608


@dataclass
class Marked:
    """What a refresh left in PostgreSQL, after it was killed twice and had gone on."""

    before: Ids
    gone: Ids
    account: Account
    at_kills: list[tuple[Ids, Ids]]  # held and marked, after each kill
    database: Database


@pytest.fixture(scope="module")
def refreshed(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Marked:
    account, database = account_of(chats=130), postgresql.database()
    with Server(account) as server:
        project = Project(tmp_path_factory.mktemp("marking"), server, IN_MELTANO | database.variables)
        project.in_small_batches()
        project.load("target-postgres")
        before = ids(account)
        assert held(database) == before
        gone = delete_some(account)
        account.advance(8 * DAY)
        at_kills = []
        for part, table, reached in (
            ("extractors/tap-helpcrunch/", "chats", all_chats_are_listed),
            ("", "messages", nth_visit(60)),  # all processes, Meltano too
        ):
            kill_run(project, database, server, part, table, reached)
            at_kills.append((held(database), marked(database)))
        project.load("target-postgres", "--force")
    return Marked(before, gone, account, at_kills, database)


def all_chats_are_listed(request: Logged) -> bool:
    """Tell whether this is the last request before the target is told which chats are gone."""
    return request.method == "GET" and request.path.endswith("/chats") and request.params.get("limit") == "1"


def nth_visit(number: int) -> Callable[[Logged], bool]:
    visits = itertools.count(1)
    return lambda request: request.path.endswith("/messages") and next(visits) == number


def kill_run(
    project: Project, database: Database, server: Server, part: str, table: str, reached: Callable[[Logged], bool]
) -> None:
    """Start a run, and kill a part of it at a request, when some rows of a table carry the new version.

    Meltano forgets no run that was killed with it, so the next one takes --force.
    """
    versions = f"select count(distinct _sdc_table_version) from helpcrunch.{table}"  # noqa: S608
    killed = SimpleQueue[bool]()
    with project.started("run", "--force", "tap-helpcrunch", "target-postgres") as process:

        def end(request: Logged) -> None:
            if reached(request):
                server.before = None
                for _ in range(300):
                    if database.value(versions) > 1:
                        break
                    time.sleep(0.1)
                killed.put(database.value(versions) > 1 and kill(process.pid, part))

        server.before = end
        process.communicate(timeout=PATIENCE)
    # The process is gone before the thread that killed it knows.
    assert killed.get(timeout=PATIENCE)
    assert process.returncode != 0


def test_killed_in_the_middle_nothing_is_marked(refreshed: Marked) -> None:
    # Small tables are walked whole before, at every run.
    small = NOTHING | {table: refreshed.gone[table] for table in ("agents", "departments")}
    (_, first), (still_held, second) = refreshed.at_kills
    assert first == small
    assert second["messages"] == set()
    assert still_held["messages"] == refreshed.before["messages"]
    assert {table: second[table] <= refreshed.gone[table] for table in TABLES} == dict.fromkeys(TABLES, True)


def test_when_the_walk_ends_exactly_what_is_gone_is_marked(refreshed: Marked) -> None:
    assert all(refreshed.gone.values())
    assert marked(refreshed.database) == refreshed.gone
    assert held(refreshed.database) == ids(refreshed.account)


def test_hard_deletion_also_by_the_recipe_without_personal_data(tmp_path: Path, postgresql: PostgreSQL) -> None:
    """Without a walk over messages, nothing tells which of them are gone."""
    account, database = account_of(chats=130), postgresql.database()
    with Server(account) as server:
        project = Project(tmp_path, server, IN_MELTANO | database.variables)
        del project.variables["TAP_HELPCRUNCH_REFRESH_MESSAGES_DAYS"]
        project.variables["TARGET_POSTGRES_HARD_DELETE"] = "true"
        project.load("target-postgres", tap=NO_PERSONAL_DATA)
        gone = delete_some(account)
        account.advance(8 * DAY)
        project.load("target-postgres", tap=NO_PERSONAL_DATA)
    left = ids(account)
    assert marked(database) == NOTHING
    assert held(database) == left | {"messages": left["messages"] | gone["messages"]}


def test_the_views_leave_out_what_is_marked(refreshed: Marked, postgresql: PostgreSQL) -> None:
    database = postgresql.database(template=refreshed.database.name)
    database.run(query("views"))
    left = ids(refreshed.account)
    assert {row["id"] for row in database.rows("select id from helpcrunch.turns")} == left["messages"]
    assert {row["chat"] for row in database.rows("select chat from helpcrunch.conversations")} == left["chats"]
    # Without a walk over messages, those of a chat that is gone are not marked themselves.
    database.run("update helpcrunch.messages set _sdc_deleted_at = null")
    assert {row["chat"] for row in database.rows("select chat from helpcrunch.turns")} == left["chats"]


def test_the_recipe_erases_one_customer_and_no_other(refreshed: Marked, postgresql: PostgreSQL) -> None:
    database, account = postgresql.database(template=refreshed.database.name), refreshed.account
    customer = sorted(account.customers)[7]
    chats = {chat.id for chat in account.chats.values() if chat.customer == customer}
    messages = {number for number, said in account.messages.items() if said.chat in chats}
    assert len(messages) == 2
    (recipe,) = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "deletions.md").read_text(), re.DOTALL)
    database.run(recipe.replace("5500031", str(customer)))
    erased = {table: found - held(database)[table] for table, found in ids(account).items()}
    assert erased == NOTHING | {"chats": chats, "customers": {customer}, "messages": messages}


def test_duckdb_marks_exactly_what_is_gone(tmp_path: Path) -> None:
    account, file = account_of(chats=130), tmp_path / "warehouse.duckdb"
    # So that rows still wait for their batch when a version is activated, and others do not.
    given = settings(file, batch_size_rows=50)
    with Server(account) as server:
        pipe(tmp_path, server, LOADER, given, **VERSIONS)
        assert in_duckdb(file, "_sdc_deleted_at is null") == ids(account)
        gone = delete_some(account)
        account.advance(8 * DAY)
        pipe(tmp_path, server, LOADER, given, **VERSIONS)
    assert in_duckdb(file, "_sdc_deleted_at is null") == ids(account)
    assert in_duckdb(file, "_sdc_deleted_at is not null") == gone
    run_in_duckdb(file, "update helpcrunch.messages set _sdc_deleted_at = null")
    turns = ask(file, {"chats": "select distinct chat from helpcrunch.turns"})["chats"]
    assert {row["chat"] for row in turns} == set(account.chats), "messages of chats that are gone are left out"


def test_a_loader_that_dies_right_then_has_deleted_exactly_that(tmp_path: Path) -> None:
    """Also where all rows of the walk still wait for their batch."""
    account, file = account_of(chats=130), tmp_path / "warehouse.duckdb"
    with Server(account) as server:
        first = sync(server, **VERSIONS)
        delete_some(account)
        account.advance(8 * DAY)
        second = sync(server, state=first.state, **VERSIONS)
    activation = ("ACTIVATE_VERSION", "chats")
    (told,) = [place for place, one in enumerate(second.messages) if (one["type"], one.get("stream")) == activation]
    target = tmp_path / "target.json"
    target.write_text(json.dumps(settings(file, hard_delete=True)))
    for lines, is_good in ((first.lines, True), ([*second.lines[: told + 1], "not JSON"], False)):
        done = subprocess.run(
            [LOADER, "--config", target],
            input="\n".join(lines), capture_output=True, encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode == 0) is is_good
    assert in_duckdb(file, "true")["chats"] == ids(account)["chats"]


def settings(file: Path, **more: t.Any) -> dict[str, t.Any]:
    return {"filepath": str(file), "default_target_schema": "helpcrunch", **more}


def in_duckdb(file: Path, condition: str) -> Ids:
    return {
        table: {number for (number,) in rows(file, f"select id from helpcrunch.{table} where {condition}")}  # noqa: S608
        for table in TABLES
    }
