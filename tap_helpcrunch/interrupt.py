"""SIGTERM and SIGINT, handled only when no message is half written."""

from __future__ import annotations

import os
import threading
import typing as t
from contextlib import contextmanager

if t.TYPE_CHECKING:
    from collections.abc import Iterator

# A run must end within two seconds, even if the target no longer reads and stdout blocks.
GRACE = 1.5


class InterruptedRunError(SystemExit):
    """The run was interrupted; its exit code is that of a shell (128 + signal)."""


class Interrupt:
    """Defers a signal while the main thread writes, and lets it through while it waits."""

    def __init__(self) -> None:
        """Begin with no signal."""
        self._signal: int | None = None
        self._waiting = False

    def handle(self, signum: int) -> None:
        """Handle a signal.

        A second signal ends the process at once, and so does a run that cannot stop within the grace period; the last
        STATE remains valid.

        Raises:
            InterruptedRunError: the main thread is only waiting.
        """
        if self._signal is not None:
            os._exit(128 + signum)
        self._signal = signum
        last = threading.Timer(GRACE, os._exit, (128 + signum,))
        last.daemon = True
        last.start()
        if self._waiting:
            raise InterruptedRunError(128 + signum)

    def check(self) -> None:
        """Stop here if a signal has arrived.

        Raises:
            InterruptedRunError: a signal has arrived.
        """
        if self._signal is not None:
            raise InterruptedRunError(128 + self._signal)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Let a signal through during the block."""
        self._waiting = True
        try:
            self.check()
            yield
        finally:
            self._waiting = False

    def forget(self) -> None:
        """Forget the signal, so that the last STATE can be written."""
        self._signal = None
