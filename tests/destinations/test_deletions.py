"""Deletions in HelpCrunch, with real databases and loaders: exactly the deleted rows are marked, or removed."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.asking import ask, query
from simulator import Account, Server
from tests.destinations.conftest import run_in_duckdb
from tests.destinations.postgresql import Database, PostgreSQL
from tests.destinations.project import DUCKDB, POSTGRES, ROOT, in_file, pipe
from tests.destinations.test_duckdb import rows
from tests.happenings import DAY, REFRESHED

Ids = dict[str, set[int]]

TABLES = ("agents", "chats", "customers", "departments", "messages")
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
    """What a refresh left in PostgreSQL."""

    gone: Ids
    account: Account
    database: Database


@pytest.fixture(scope="module")
def refreshed(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Marked:
    account, database = account_of(chats=130), postgresql.database()
    with Server(account) as server:
        folder, given = tmp_path_factory.mktemp("marking"), database.settings | {"batch_size_rows": 50}
        pipe(folder, server, POSTGRES, given, **REFRESHED)
        assert held(database) == ids(account)
        gone = delete_some(account)
        account.advance(8 * DAY)
        pipe(folder, server, POSTGRES, given, **REFRESHED)
    return Marked(gone, account, database)


def test_when_the_walk_ends_exactly_what_is_gone_is_marked(refreshed: Marked) -> None:
    assert all(refreshed.gone.values())
    assert marked(refreshed.database) == refreshed.gone
    assert held(refreshed.database) == ids(refreshed.account)


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
    given = in_file(file, batch_size_rows=50)
    with Server(account) as server:
        pipe(tmp_path, server, DUCKDB, given, **REFRESHED)
        assert in_duckdb(file, "_sdc_deleted_at is null") == ids(account)
        gone = delete_some(account)
        account.advance(8 * DAY)
        pipe(tmp_path, server, DUCKDB, given, **REFRESHED)
    assert in_duckdb(file, "_sdc_deleted_at is null") == ids(account)
    assert in_duckdb(file, "_sdc_deleted_at is not null") == gone
    run_in_duckdb(file, "update helpcrunch.messages set _sdc_deleted_at = null")
    turns = ask(file, {"chats": "select distinct chat from helpcrunch.turns"})["chats"]
    assert {row["chat"] for row in turns} == set(account.chats), "messages of chats that are gone are left out"


def in_duckdb(file: Path, condition: str) -> Ids:
    return {
        table: {number for (number,) in rows(file, f"select id from helpcrunch.{table} where {condition}")}  # noqa: S608
        for table in TABLES
    }
