"""A real disk that is full: a small filesystem in memory, mounted for one test."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import typing as t
from contextlib import contextmanager

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
