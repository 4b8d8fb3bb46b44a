"""Whatever surrounds the tap, it is complete, or ends with one line: log settings, closed files, locales, disks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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


def test_it_is_complete_or_ends_with_one_line(tmp_path: Path) -> None:
    account = Account.generate(seed=1, chats=5, messages=20, now=NOW)
    (tmp_path / "empty").touch()
    (tmp_path / "wrong").write_text('{"version": 1, "root": {"level": "LOUD"}}')
    known = {name: value for name, value in os.environ.items() if "LOGLEVEL" not in name} | {"PYTHONPATH": str(ROOT)}

    def run(name: str) -> None:
        variables, files, code, told = CASES[name]
        shell = ["/bin/sh", "-c", f"exec {sys.executable} -m tap_helpcrunch --config config.json {files}"]
        done = subprocess.run(shell, capture_output=True, cwd=tmp_path, env=known | variables, timeout=60, check=False)
        lines, log = done.stdout.decode().splitlines(), done.stderr.decode()
        assert done.returncode == code, (name, log)
        assert [line.split("| ")[-1] for line in log.splitlines() if "| INFO" not in line] == told, name
        if not code:
            assert sum('"RECORD","stream":"messages"' in line for line in lines) == 20, name
            assert json.loads(lines[-1])["type"] == "STATE"
            assert bool(log) is ("2>" not in files), name

    with Server(account) as server, ThreadPoolExecutor(4) as pool:
        (tmp_path / "config.json").write_text(json.dumps(config(server)))
        list(pool.map(run, CASES))
