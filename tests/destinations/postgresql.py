"""A real PostgreSQL server for a test run: on loopback, on a free port, removed afterwards."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import typing as t
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START, ANSWER = 60, 60
USER = "postgres"

Row = dict[str, t.Any]


class NoServerError(Exception):
    """There is no PostgreSQL to start."""


@dataclass(frozen=True)
class Database:
    """A database of the server."""

    name: str
    port: int
    password: str
    programs: Path

    @property
    def variables(self) -> dict[str, str]:
        """Where it is, as psql and meltano.yml read it."""
        where = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGDATABASE": self.name}
        return where | {"PGUSER": USER, "PGPASSWORD": self.password}

    @property
    def settings(self) -> Row:
        """Where it is, as target-postgres reads it without Meltano."""
        names = ("host", "port", "database", "user", "password")
        where = dict(zip(names, self.variables.values(), strict=True)) | {"port": self.port}
        return where | {"default_target_schema": "helpcrunch", "use_copy": True}

    def rows(self, query: str) -> list[Row]:
        """Return what a query answers, a dictionary a row."""
        rows: list[Row] = json.loads(self.run(f"select coalesce(json_agg(q), '[]') from ({query}) q"))  # noqa: S608
        return rows

    def value(self, query: str) -> t.Any:
        """Return the one value that a query answers."""
        ((_, value),) = self.rows(query)[0].items()
        return value

    def run(self, sql: str) -> str:
        """Run statements and return psql's plain output."""
        done = subprocess.run(
            [self.programs / "psql", "-XqtA", "-v", "ON_ERROR_STOP=1", "-c", sql],
            capture_output=True,
            encoding="utf-8",
            timeout=ANSWER,
            check=False,
            env=self.variables | {"PGCLIENTENCODING": "UTF8"},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@dataclass
class PostgreSQL:
    """A running server."""

    port: int
    password: str
    programs: Path
    _databases: int = 0

    def database(self, timezone: str = "America/New_York", template: str = "template1") -> Database:
        """Make a database, empty or a copy of another. Its time zone is one in which a shifted time shows."""
        self._databases += 1
        made = Database(f"helpcrunch_{self._databases}", self.port, self.password, self.programs)
        server = Database("postgres", self.port, self.password, self.programs)
        server.run(f"create database {made.name} template {template}")
        server.run(f"alter database {made.name} set timezone = '{timezone}'")
        return made


@contextmanager
def served() -> Iterator[PostgreSQL]:
    """Start a server; whatever happens, stop it and remove its files."""
    programs = _programs()
    # Not TMPDIR where we are root: the server runs as another user, who cannot enter /root.
    folder = Path(tempfile.mkdtemp(prefix="tap-helpcrunch-pg-", dir="/tmp" if _root() else None))  # noqa: S108
    data, password = folder / "data", folder / "password"
    running = PostgreSQL(spare_port(), secrets.token_hex(8), programs)
    try:
        password.write_text(running.password)
        if _root():
            for path in (folder, password):
                shutil.chown(path, USER)
        options = f"-p {running.port} -k '' -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
        _call(programs / "initdb", "-D", data, "-U", USER, "-A", "scram-sha-256", f"--pwfile={password}",
              "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        _call(programs / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-t", START, "-o", options, "start")
        yield running
    finally:
        with suppress(NoServerError):
            _call(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "-t", START, "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: float(path.parts[-3]))
    found = str(known[-1]) if known else shutil.which("pg_ctl")
    if found is None:
        raise NoServerError("there is no PostgreSQL server here: apt-get install postgresql (make test does, as root)")
    return Path(found).resolve().parent


def _call(*command: str | Path | int) -> None:
    as_user = ["runuser", "-u", USER, "--"] if _root() else []
    called = [*as_user, "env", "-i", "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", *map(str, command)]
    # Into a file, not a pipe: the server that pg_ctl starts inherits it, and would keep a pipe open.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            called, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=START + 10, check=False, cwd="/"
        )
        said.seek(0)
        if done.returncode:
            raise NoServerError(f"PostgreSQL did not do its part: {' '.join(called)}: {said.read().decode()}")


def _root() -> bool:
    return os.geteuid() == 0


def spare_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
