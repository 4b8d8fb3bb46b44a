"""Deletions in HelpCrunch, with a real PostgreSQL and the real loader: exactly the deleted rows are removed."""

from __future__ import annotations

import itertools
import re
import typing as t
from dataclasses import dataclass

import pytest

from report.asking import query
from simulator import Server
from tests.destinations import deleting
from tests.destinations.deleting import DAY, MELTANO, TAP, Ids, Loaded, held, kill_run, marked
from tests.destinations.project import ROOT, Project
from tests.destinations.test_recipes import NO_PERSONAL_DATA

if t.TYPE_CHECKING:
    from pathlib import Path

    from simulator import Logged
    from tests.destinations.postgresql import Database, PostgreSQL

VERSIONS = {"TAP_HELPCRUNCH_EMIT_ACTIVATE_VERSION_MESSAGES": "true"}
_DATABASE = "        database: ${PGDATABASE}\n"
_SMALL_BATCHES = f"{_DATABASE}        batch_size_rows: 50\n"
NOTHING: Ids = {table: set() for table in deleting.TABLES}


@pytest.fixture(scope="module")
def loaded(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    account, database = deleting.account(chats=130), postgresql.database()
    with Server(account) as server:
        project = Project(tmp_path_factory.mktemp("loaded"), server, VERSIONS | database.variables)
        # So that some of the rows are in the database when a run is killed, as with an account of any size.
        project.replace(_DATABASE, _SMALL_BATCHES)
        project.load("target-postgres")
    assert held(database) == deleting.ids(account)
    return Loaded(account, project, database)


@dataclass
class Walked:
    """What a refresh left, after it was killed and had gone on."""

    gone: Ids
    left: Ids
    at_kills: list[tuple[Ids, Ids]]  # held and marked, after each kill
    database: Database


@pytest.fixture(scope="module")
def marking(loaded: Loaded, postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """Let the loader mark what is gone; a walk over messages is due too."""
    with loaded.served() as server:
        ours = loaded.copied(tmp_path_factory.mktemp("marking"), postgresql, server)
        ours.project.variables["TAP_HELPCRUNCH_REFRESH_MESSAGES_DAYS"] = "7"
        gone = deleting.delete_some(server.account)
        server.account.advance(8 * DAY)
        at_kills = []
        visits = itertools.count(1)
        for part, table, reached in (
            (TAP, "chats", walk_of_chats_is_counted),
            (MELTANO, "messages", lambda request: request.path.endswith("/messages") and next(visits) == 60),
        ):
            kill_run(ours, server, part, table, reached)
            at_kills.append((held(ours.database), marked(ours.database)))
        ours.project.load("target-postgres", "--force")
        return Walked(gone, deleting.ids(server.account), at_kills, ours.database)


@pytest.fixture(scope="module")
def deleting_hard(loaded: Loaded, postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """Let the loader delete what is gone; no walk over messages is due."""
    with loaded.served() as server:
        ours = loaded.copied(tmp_path_factory.mktemp("deleting"), postgresql, server)
        ours.project.variables["TARGET_POSTGRES_HARD_DELETE"] = "true"
        gone = deleting.delete_some(server.account)
        server.account.advance(8 * DAY)
        kill_run(ours, server, MELTANO, "customers", walk_of_customers_is_counted)
        at_kill = (held(ours.database), marked(ours.database))
        ours.project.load("target-postgres", "--force")
        return Walked(gone, deleting.ids(server.account), [at_kill], ours.database)


def walk_of_chats_is_counted(request: Logged) -> bool:
    """Tell whether all chats are written, and the last thing is asked before the target is told."""
    return request.method == "GET" and request.path.endswith("/chats") and request.params.get("limit") == "1"


def walk_of_customers_is_counted(request: Logged) -> bool:
    """Tell whether those seen are written, and those never seen are to come."""
    return request.method == "GET" and request.path.endswith("/customers")


def test_killed_in_the_middle_nothing_is_marked(loaded: Loaded, marking: Walked) -> None:
    everything = deleting.ids(loaded.account)
    # Small tables are walked whole before, at every run.
    small = NOTHING | {table: marking.gone[table] for table in ("agents", "departments")}
    for place, (still_held, is_marked) in zip(("chats", "messages"), marking.at_kills, strict=True):
        assert is_marked["messages"] == set()
        assert still_held["messages"] == everything["messages"]
        assert {table: is_marked[table] <= marking.gone[table] for table in is_marked} == dict.fromkeys(is_marked, True)
        if place == "chats":
            assert is_marked == small


def test_killed_in_the_middle_nothing_is_deleted(loaded: Loaded, deleting_hard: Walked) -> None:
    ((still_held, _),) = deleting_hard.at_kills
    for table in ("chats", "customers", "messages"):
        assert still_held[table] == deleting.ids(loaded.account)[table]


def test_when_the_walk_ends_exactly_what_is_gone_is_marked(marking: Walked) -> None:
    assert all(marking.gone.values())
    assert marked(marking.database) == marking.gone
    assert held(marking.database) == marking.left


def test_when_the_walk_ends_exactly_what_is_gone_is_deleted(deleting_hard: Walked) -> None:
    # Nothing but a walk over messages tells which of them are gone.
    messages = deleting_hard.left["messages"] | deleting_hard.gone["messages"]
    assert marked(deleting_hard.database) == NOTHING
    assert held(deleting_hard.database) == deleting_hard.left | {"messages": messages}


def test_a_full_refresh_marks_exactly_what_is_gone_at_once(
    loaded: Loaded, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    with loaded.served() as server:
        ours = loaded.copied(tmp_path, postgresql, server)
        gone = deleting.delete_some(server.account)
        server.account.advance(DAY)
        ours.project.load("target-postgres", "--full-refresh")
        assert marked(ours.database) == gone
        assert held(ours.database) == deleting.ids(server.account)


def test_the_views_leave_out_what_is_marked(marking: Walked, postgresql: PostgreSQL) -> None:
    database = postgresql.database(template=marking.database.name)
    assert viewed(database) == (marking.left["messages"], marking.left["chats"])
    # Without a walk over messages, those of a chat that is gone are not marked themselves.
    database.run("update helpcrunch.messages set _sdc_deleted_at = null")
    (alone,) = gone_alone(marking, database)
    assert viewed(database) == (marking.left["messages"] | {alone}, marking.left["chats"])


def test_the_views_leave_out_messages_of_chats_that_are_deleted(deleting_hard: Walked, postgresql: PostgreSQL) -> None:
    database = postgresql.database(template=deleting_hard.database.name)
    (alone,) = gone_alone(deleting_hard, database)
    assert viewed(database) == (deleting_hard.left["messages"] | {alone}, deleting_hard.left["chats"])


def viewed(database: Database) -> tuple[set[int], set[int]]:
    """Return the messages and the chats that the views of docs/queries show."""
    database.run(query("views"))
    turns = {row["id"] for row in database.rows("select id from helpcrunch.turns")}
    return turns, {row["chat"] for row in database.rows("select chat from helpcrunch.conversations")}


def gone_alone(walked: Walked, database: Database) -> set[int]:
    """Return the messages that were deleted from chats that were not."""
    rows = database.rows("select id, chat from helpcrunch.messages")
    return {row["id"] for row in rows if row["id"] in walked.gone["messages"] and row["chat"] in walked.left["chats"]}


def test_the_recipe_erases_one_customer_and_no_other(loaded: Loaded, postgresql: PostgreSQL) -> None:
    database = postgresql.database(template=loaded.database.name)
    customer = sorted(loaded.account.customers)[7]
    chats = {chat.id for chat in loaded.account.chats.values() if chat.customer == customer}
    messages = {number for number, said in loaded.account.messages.items() if said.chat in chats}
    assert len(messages) == 2
    (recipe,) = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "deletions.md").read_text(), re.DOTALL)
    database.run(recipe.replace("5500031", str(customer)))
    everything = deleting.ids(loaded.account)
    assert {table: everything[table] - still_held for table, still_held in held(database).items()} == NOTHING | {
        "chats": chats,
        "customers": {customer},
        "messages": messages,
    }


def test_the_recipe_without_personal_data_removes_them_too(tmp_path: Path, postgresql: PostgreSQL) -> None:
    account, database = deleting.account(chats=8), postgresql.database()
    with Server(account) as server:
        project = Project(tmp_path, server, VERSIONS | database.variables)
        project.variables["TAP_HELPCRUNCH_REFRESH_MESSAGES_DAYS"] = "7"
        project.load("target-postgres", tap=NO_PERSONAL_DATA)
        assert held(database) == deleting.ids(account)
        gone = deleting.delete_some(account)
        account.advance(8 * DAY)
        project.load("target-postgres", tap=NO_PERSONAL_DATA)
    assert (marked(database), held(database)) == (gone, deleting.ids(account))
