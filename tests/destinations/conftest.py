"""A PostgreSQL server for all tests of destinations; a database and a Meltano project for each."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from demo.asking import query
from simulator import Account, Server
from tests.destinations import accounts, talk
from tests.destinations.postgresql import Database, PostgreSQL, served
from tests.destinations.project import DUCKDB, POSTGRES, Project, in_file, pipe


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """Return a running server; without one these tests fail."""
    with served() as running:
        yield running


@pytest.fixture
def database(postgresql: PostgreSQL) -> Database:
    """Return an empty database whose time zone is not UTC."""
    return postgresql.database()


@pytest.fixture
def account() -> Account:
    """Return an account with history and awkward texts, in place of the empty one."""
    return accounts.account()


@pytest.fixture
def project(tmp_path: Path, server: Server, database: Database) -> Project:
    """Return a Meltano project that knows the account and the database."""
    return Project(tmp_path, server, database.variables)


@dataclass(frozen=True)
class Warehouses:
    """An account in two databases."""

    account: Account
    duckdb: Path
    postgresql: Database


@pytest.fixture(scope="session")
def warehouses(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Warehouses:
    """Load an account twice, and create the views of docs/queries in between: they must not disturb a loader."""
    account, database = talk.account(), postgresql.database()
    in_postgres, in_duckdb = (tmp_path_factory.mktemp("warehouse") for _ in range(2))
    file = in_duckdb / "warehouse.duckdb"
    with talk.served(account) as server:
        for is_second in (False, True):
            if is_second:
                database.run(query("views"))
                run_in_duckdb(file, query("views"))
                talk.go_on(account)
            pipe(in_postgres, server, POSTGRES, database.settings)
            pipe(in_duckdb, server, DUCKDB, in_file(file))
    database.run(talk.PIN)
    run_in_duckdb(file, talk.PIN)
    return Warehouses(account, file, database)


def run_in_duckdb(file: Path, sql: str) -> None:
    """Run statements in a DuckDB file."""
    with duckdb.connect(file) as connection:
        connection.execute(sql)
