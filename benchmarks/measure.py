"""Measures one run of one contestant."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.entrants import ENVIRONMENT, ROOT
from benchmarks.server import KEY

if TYPE_CHECKING:
    from benchmarks.entrants import Entrant
    from benchmarks.server import Served

# Seconds in addition to a run's own limit, for start and end.
GRACE = 30.0
COUNT_WITHIN = 1800.0

STOPPING = threading.Event()
_running: set[subprocess.Popen[bytes]] = set()


@dataclass(frozen=True)
class Run:
    """What a run used, and what it loaded."""

    code: int
    cpu: float
    wall: float
    megabytes: float
    requests: int
    refused: int
    server_cpu: float
    records: int
    lost: int
    schemas: int
    state_bytes: int
    log_bytes: int
    last_words: str


def measure(entrant: Entrant, served: Served, limit: float, per_minute: float | None = None) -> Run:
    """Run a contestant against a served account; kill it after `limit` seconds."""
    with tempfile.TemporaryDirectory(prefix="bench-run-") as name:
        folder = Path(name)
        command = entrant.command(served.url, KEY, folder, per_minute)
        served.new_requests()
        before = served.cpu
        took = _child("benchmarks.launch", str(limit), name, *command, within=limit + GRACE)
        server_cpu = served.cpu - before
        requests = served.new_requests()
        counted = _child("benchmarks.count", name, within=COUNT_WITHIN)
        records = counted.pop("records")
        log = folder / "log"
        return Run(
            **took,
            **counted,
            requests=len(requests),
            refused=sum(request["status"] == HTTPStatus.TOO_MANY_REQUESTS for request in requests),
            server_cpu=server_cpu,
            records=records,
            lost=served.records() - records,
            log_bytes=log.stat().st_size,
            last_words=_last_line(log),
        )


def stop() -> None:
    """End all runs, in any thread, and let none begin."""
    STOPPING.set()
    for process in list(_running):
        process.terminate()


def _child(module: str, *arguments: str, within: float) -> dict[str, Any]:
    """Run a module of the benchmark in a separate process and return what it prints."""
    command = [sys.executable, "-m", module, *arguments]
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    _running.add(process)
    try:
        told, _ = process.communicate(timeout=within)
    except BaseException:
        process.terminate()
        raise
    finally:
        _running.discard(process)
    if process.returncode:
        raise RuntimeError(f"{module} failed")
    found: dict[str, Any] = json.loads(told)
    return found


def _last_line(file: Path) -> str:
    with file.open("rb") as log:
        log.seek(max(0, file.stat().st_size - 2000))
        lines = log.read().decode(errors="replace").strip().splitlines()
    return lines[-1][-200:] if lines else ""
