"""Runs a tap into a target with a time limit, and ends both, whatever happens to the demo."""

from __future__ import annotations

import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_PATIENCE = 5.0


class DemoError(Exception):
    """Ends the demo; its text is what the user reads."""


def pipe(
    tap: Sequence[str],
    target: Sequence[str],
    states: Path,
    log: Path,
    environment: Mapping[str, str],
    *,
    seconds: float,
    enough: threading.Event | None = None,
) -> float:
    """Run a tap into a target, append what they log to a file, and return how many seconds it took.

    Args:
        tap: the tap's command.
        target: the target's command.
        states: where the STATE messages go that the target passes on.
        log: where both log to.
        environment: their environment variables.
        seconds: how long it may take.
        enough: interrupts the tap, as Ctrl-C does, once it is set.

    Raises:
        DemoError: one of them failed or took too long; the text has the end of the log.
    """
    began = time.monotonic()
    # Sessions of their own: Ctrl-C only reaches the demo, which then ends both.
    kept: dict[str, Any] = {"env": environment, "start_new_session": True}
    with log.open("ab") as file, states.open("wb") as out:
        first = subprocess.Popen(tap, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=file, **kept)
        second = subprocess.Popen(target, stdin=first.stdout, stdout=out, stderr=file, **kept)
    if first.stdout:
        first.stdout.close()  # the target has it
    try:
        if enough is not None and enough.wait(seconds):
            first.send_signal(signal.SIGINT)
        codes = first.wait(seconds), second.wait(seconds)
    except subprocess.TimeoutExpired:
        raise DemoError(f"The sync did not finish within {seconds:.0f} seconds.{_tail(log)}") from None
    finally:
        for process in (first, second):
            _end(process)
    if codes != (0 if enough is None else 128 + signal.SIGINT, 0):
        raise DemoError(f"The tap ended with {codes[0]}, the target with {codes[1]}.{_tail(log)}")
    return time.monotonic() - began


def _tail(log: Path, lines: int = 30) -> str:
    kept = log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    return "\n".join(["", f"The end of {log}:", "", *kept])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_PATIENCE)
