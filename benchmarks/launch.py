"""Starts one run and prints what it used.

In a separate process, because a child's peak memory is never reported as less than that of the process it forked from.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path


def main(limit: float, folder: Path, command: list[str]) -> dict[str, float]:
    """Run the command in the folder for at most `limit` seconds; its output goes to `out` and `log`."""
    # When terminated, it terminates its child too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with (folder / "out").open("wb") as out, (folder / "log").open("wb") as log:
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=log, env=environment)
    killer = threading.Timer(limit, process.kill)
    killer.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        raise
    finally:
        killer.cancel()
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    # Linux counts in kilobytes, macOS in bytes.
    megabytes = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e6 / 1024)
    cpu = usage.ru_utime + usage.ru_stime
    return {"code": process.returncode, "cpu": cpu, "wall": wall, "megabytes": megabytes}


if __name__ == "__main__":
    print(json.dumps(main(float(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])))
