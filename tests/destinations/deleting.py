"""Deletions in an account, what a database still holds of them, and runs that are killed meanwhile."""

from __future__ import annotations

import copy
import shutil
import time
import typing as t
from dataclasses import dataclass
from queue import SimpleQueue

from simulator import Account, Server
from tests.destinations.project import PATIENCE, Project, kill

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator import Logged
    from tests.destinations.postgresql import Database, PostgreSQL

DAY = 86_400
TABLES = ("agents", "chats", "customers", "departments", "messages")
TAP, MELTANO = "extractors/tap-helpcrunch/", ""  # parts of command lines: the whole group goes with Meltano

Ids = dict[str, set[int]]


def account(chats: int) -> Account:
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
class Loaded:
    """An account that was loaded into PostgreSQL, and can be copied for several tests."""

    account: Account
    project: Project
    database: Database

    def copied(self, folder: Path, postgresql: PostgreSQL, server: Server) -> Loaded:
        """Return a copy of the project, its state and its database, for a server that serves a copy of the account."""
        database = postgresql.database(template=self.database.name)
        project = Project(folder, server, self.project.variables | database.variables)
        project.file.write_text(self.project.file.read_text(encoding="utf-8"), encoding="utf-8")
        shutil.copy(self.project.root / ".meltano" / "meltano.db", project.root / ".meltano")
        return Loaded(server.account, project, database)

    def served(self) -> Server:
        return Server(copy.deepcopy(self.account))


def kill_run(loaded: Loaded, server: Server, part: str, table: str, reached: Callable[[Logged], bool]) -> None:
    """Start a run, and kill a part of it at a request, when some rows of a table carry the new version.

    Meltano forgets no run that was killed with it, so the next one takes --force.
    """
    project, database = loaded.project, loaded.database
    versions = f"select count(distinct _sdc_table_version) from helpcrunch.{table}"  # noqa: S608
    killed = SimpleQueue[bool]()
    with project.started("run", "--force", "tap-helpcrunch", "target-postgres") as process:

        def end(request: Logged) -> None:
            if reached(request):
                server.before = None
                _wait(lambda: database.value(versions) > 1)
                killed.put(kill(process.pid, part))

        server.before = end
        process.communicate(timeout=PATIENCE)
    # The process is gone before the thread that killed it knows.
    assert killed.get(timeout=PATIENCE)
    assert process.returncode != 0


def _wait(is_so: Callable[[], bool]) -> None:
    for _ in range(300):
        if is_so():
            return
        time.sleep(0.1)
    raise TimeoutError("the target wrote nothing of the walk")
