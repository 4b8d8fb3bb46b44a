"""Runs a command with a time limit, and ends it with everything it started, whatever happens to the demo."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_PATIENCE = 5.0


class DemoError(Exception):
    """Ends the demo; its text is what the user reads."""


def run(
    command: Sequence[str],
    log: Path,
    environment: Mapping[str, str],
    *,
    seconds: float,
    enough: threading.Event | None = None,
) -> float:
    """Run a command to its end, append its output to a log, and return how many seconds it took.

    Args:
        command: what to run.
        log: where its output goes.
        environment: its environment variables.
        seconds: how long it may take.
        enough: interrupts the command, as Ctrl-C does, once it is set.

    Raises:
        DemoError: the command failed or took too long; the text has the end of the log.
    """
    began = time.monotonic()
    name = " ".join(["meltano", *command[1:]])
    with log.open("ab") as file:
        # A session of its own: Ctrl-C only reaches the demo, which then ends the command and everything it started.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment, start_new_session=True
        )
    try:
        if enough is not None and enough.wait(seconds):
            os.killpg(process.pid, signal.SIGINT)
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise DemoError(f"'{name}' did not finish within {seconds:.0f} seconds.{_tail(log)}") from None
    finally:
        _end(process)
    if code and enough is None:
        raise DemoError(f"'{name}' ended with {code}.{_tail(log)}")
    return time.monotonic() - began


def _tail(log: Path, lines: int = 30) -> str:
    kept = log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    return "\n".join(["", f"The end of {log}:", "", *kept])


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE)
    # Children that ignored SIGTERM: their group outlives the process.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(_PATIENCE)
