"""Whatever surrounds the tap, it is complete, or ends with one line: log settings, closed files, locales, disks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulator import Account, Server
from tests.conftest import NOW
from tests.running import config

ROOT = Path(__file__).parent.parent
UNUSABLE = "cannot be used: logging goes on without it"
DISK = "cannot write to stdout: No space left on device"
# Variables, how the shell starts the tap, its exit code, and the lines that are no INFO.
CASES: dict[str, tuple[dict[str, str], str, int, list[str]]] = {
    "no level": ({"LOGLEVEL": "LOUD"}, "", 0, [f"LOGLEVEL {UNUSABLE}"]),
    "an own level": ({"LOGLEVEL": "", "TAP_HELPCRUNCH_LOGLEVEL": "info"}, "", 0, [f"LOGLEVEL {UNUSABLE}"]),
    "empty": ({"SINGER_SDK_LOG_CONFIG": ""}, "", 0, [f"SINGER_SDK_LOG_CONFIG {UNUSABLE}"]),
    "an empty file": ({"SINGER_SDK_LOG_CONFIG": "empty"}, "", 0, [f"SINGER_SDK_LOG_CONFIG {UNUSABLE}"]),
    "a wrong file": ({"SINGER_SDK_LOG_CONFIG": "wrong"}, "", 0, [f"SINGER_SDK_LOG_CONFIG {UNUSABLE}"]),
    "odd": ({"LC_ALL": "C", "TZ": "Odd/Zone", "PYTHONWARNINGS": "error"}, "<&-", 0, []),
    "no stderr": ({}, "2>&-", 0, []),
    "neither stdin nor stderr": ({}, "<&- 2>&-", 0, []),
    "a full disk for the log": ({}, "2>/dev/full", 0, []),
    "a full disk": ({}, ">/dev/full", 1, [DISK]),
    "no stdout": ({}, ">&-", 1, ["cannot write to stdout: Bad file descriptor"]),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, list[str], str]]:
    """Run the tap in all of them; return the exit code, the lines and the log of each."""
    account, folders = Account.generate(seed=1, chats=5, messages=20, now=NOW), tmp_path_factory.mktemp("runs")
    with Server(account) as server:

        def run(name: str) -> tuple[int, list[str], str]:
            variables, files, *_ = CASES[name]
            folder = folders / name
            folder.mkdir()
            (folder / "config.json").write_text(json.dumps(config(server)))
            (folder / "empty").touch()
            (folder / "wrong").write_text('{"version": 1, "root": {"level": "LOUD"}}')
            line = f"exec {sys.executable} -m tap_helpcrunch --config config.json {files}"
            known = {name: value for name, value in os.environ.items() if "LOGLEVEL" not in name}
            known |= {"PYTHONPATH": str(ROOT), **variables}
            done = subprocess.run(
                ["/bin/sh", "-c", line], capture_output=True, cwd=folder, env=known, timeout=60, check=False
            )
            return done.returncode, done.stdout.decode().splitlines(), done.stderr.decode()

        with ThreadPoolExecutor(4) as pool:
            return dict(zip(CASES, pool.map(run, CASES), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_it_is_complete_or_ends_with_one_line(runs: dict[str, tuple[int, list[str], str]], name: str) -> None:
    _, files, code, told = CASES[name]
    ended, lines, log = runs[name]
    assert ended == code, log
    assert [line.split("| ")[-1] for line in log.splitlines() if "| INFO" not in line] == told
    if not code:
        assert sum('"RECORD","stream":"messages"' in line for line in lines) == 20
        assert json.loads(lines[-1])["type"] == "STATE"
        assert bool(log) is ("2>" not in files)
