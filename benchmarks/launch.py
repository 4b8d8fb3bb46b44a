"""Runs one command and prints what it used: a process of its own, since a child's peak memory includes its parent's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic


def main(limit: float, folder: Path, command: list[str]) -> dict[str, float]:
    """Run the command in the folder for at most ``limit`` seconds; its output goes to ``out`` and ``log``."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with (folder / "out").open("wb") as out, (folder / "log").open("wb") as log:
        began = monotonic()
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=log, env=environment)
    killer = threading.Timer(limit, process.kill)
    killer.start()
    _, status, usage = os.wait4(process.pid, 0)
    killer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    # Linux counts in kilobytes, macOS in bytes.
    megabytes = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e6 / 1024)
    cpu = usage.ru_utime + usage.ru_stime
    return {"code": process.returncode, "cpu": cpu, "wall": monotonic() - began, "megabytes": megabytes}


if __name__ == "__main__":
    print(json.dumps(main(float(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])))
