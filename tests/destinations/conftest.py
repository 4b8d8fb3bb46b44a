"""A PostgreSQL server for all tests of destinations, a database and a Meltano project for each."""

from __future__ import annotations

import typing as t

import pytest

from tests.destinations import accounts
from tests.destinations.postgresql import Database, PostgreSQL, served
from tests.destinations.project import Project

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simulator import Account, Server


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
