"""A full disk, a locked database: a clear line, the last good state kept, and the next run is complete."""

from __future__ import annotations

import errno
import json
import os
import random
import re
import shutil
import subprocess
import sys
import typing as t
from contextlib import contextmanager

import pytest

from tests.destinations import accounts, test_duckdb
from tests.destinations.project import ROOT
from tests.destinations.test_pipes import lines

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simulator import Account, Server
    from tests.destinations.project import Project


@contextmanager
def mounted(folder: Path) -> Iterator[Path]:
    """Mount 24 MB at a folder for a while; skip the test where that is not allowed."""
    if os.geteuid() != 0:
        pytest.skip("a small disk takes a mount, and that takes root")
    mount, unmount = (shutil.which(program) or program for program in ("mount", "umount"))
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], capture_output=True, timeout=30, check=False
    )
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        # Lazily, for a target that was killed may still hold a file.
        subprocess.run([unmount, "--lazy", folder], timeout=30, check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Fill what is left of the disk for a while."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
    yield
    ballast.unlink()


def fails_and_goes_on(
    project: Project, server: Server, target: str, disk: Path, fix: t.Callable[[], None] = lambda: None
) -> None:
    """Load, fail because of the full disk with the state unchanged, and load what is missing."""
    project.load(target)
    first = len(server.requests)
    state = project.run("state", "get", f"prod:tap-helpcrunch-to-{target}").out
    assert json.loads(state)["singer_state"]["bookmarks"]
    # A message that neither fits into a file's last block nor can be packed into it.
    letters = random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=150_000)
    server.account.advance(3600)
    server.account.add_message(max(server.account.chats), "".join(letters))
    server.account.advance(60)
    with full(disk):
        run = project.run("run", "tap-helpcrunch", target)
        assert run.code == 1
        # Where the loader dies while Meltano writes to it, Meltano may end before it has read the loader's last words.
        assert said(run.log, target, "No space left on device") or "BrokenPipeError" in run.log
        assert project.run("state", "get", f"prod:tap-helpcrunch-to-{target}").out == state
    fix()
    before = len(server.requests)
    project.load(target)
    assert len(server.requests) - before < first / 2


def said(log: str, target: str, words: str) -> list[str]:
    """Return the lines of a target that hold these words."""
    return [line for line in log.splitlines() if f" {target} " in line and words in line]


def test_jsonl_on_a_full_disk(project: Project, account: Account, server: Server) -> None:
    page = (ROOT / "docs" / "destinations.md").read_text(encoding="utf-8")
    with mounted(project.root / "output") as disk:

        def fix() -> None:
            cut = [file for file in disk.glob("*.jsonl") if not file.read_bytes().endswith(b"\n")]
            assert cut, "the disk was not full in the middle of a line"
            (line,) = re.findall(r"(?m)^for f in .*$", page)
            subprocess.run(["/bin/sh", "-c", line], cwd=project.root, timeout=30, check=True)

        fails_and_goes_on(project, server, "target-jsonl", disk, fix)
        held = {row["id"]: row["text"] for row in lines(disk / "messages.jsonl")}
        assert held == accounts.texts(account)


def test_duckdb_on_a_full_disk(project: Project, server: Server) -> None:
    with mounted(project.root / "output") as disk:
        fails_and_goes_on(project, server, "target-duckdb", disk)
        test_duckdb.assert_whole(disk / "warehouse.duckdb", server.account)


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
    assert said(run.log, "target-duckdb", "Could not set lock on file")
    project.load("target-duckdb")
    test_duckdb.assert_whole(database, account)
