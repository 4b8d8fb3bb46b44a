"""Writes results into README.md between marker lines, and leaves the text around them unchanged."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.entrants import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.entrants import Entrant

README = Path(__file__).parent / "README.md"


def circumstances(entrants: Iterable[Entrant], load_before: float) -> str:
    """Return a paragraph: when, on what machine, and with which versions."""
    versions = ", ".join(dict.fromkeys(entrant.version() for entrant in entrants))
    return (
        f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC; {platform.system()} {platform.machine()}, "
        f"{_processor()}, {os.cpu_count()} CPUs; load {load_before:.1f} before, {os.getloadavg()[0]:.1f} after; "
        f"{platform.python_implementation()} {platform.python_version()}; {versions}; commit {_commit()}."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )


def _commit() -> str:
    """Return the commit that was measured, with a plus if the tap or the simulated account has uncommitted changes."""
    git = ["git", "-C", str(ROOT)]
    try:
        commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, check=True, timeout=30)
        status = [*git, "status", "--porcelain", "tap_helpcrunch", "simulator", "pyproject.toml"]
        changed = subprocess.run(status, capture_output=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return commit.stdout.decode().strip() + ("+" if changed.stdout.strip() else "")


def write(block: str, lines: list[str]) -> None:
    """Replace the lines of a block."""
    begin, end = f"<!-- {block}: written by the command -->", f"<!-- end of {block} -->"
    text = README.read_text(encoding="utf-8")
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise RuntimeError(f"{README} has no block {block}")
    README.write_text("\n".join([before + begin, "", *lines, "", end + after]), encoding="utf-8")
