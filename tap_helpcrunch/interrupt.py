"""SIGTERM and SIGINT, taken only where no message is half written."""

from __future__ import annotations

import os
import threading
import typing as t
from contextlib import contextmanager

if t.TYPE_CHECKING:
    from collections.abc import Iterator

# A stop must be over within two seconds, also when the target no longer reads and stdout blocks.
GRACE = 1.5


class InterruptedRunError(SystemExit):
    """The run was told to end; its code is the shell's (128 + signal)."""


class Interrupt:
    """Holds a signal back while the main thread writes, and lets it through while it waits."""

    def __init__(self) -> None:
        """Begin without a signal."""
        self._signal: int | None = None
        self._waiting = False

    def handle(self, signum: int) -> None:
        """Take a signal.

        A second one, or no place to stop within the grace, ends the process at once: the last STATE stands.

        Raises:
            InterruptedRunError: when the main thread only waits.
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
        """Stop here if a signal came.

        Raises:
            InterruptedRunError: if one did.
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
        """Let the last STATE pass."""
        self._signal = None
