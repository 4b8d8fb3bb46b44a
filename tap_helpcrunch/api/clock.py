"""Time as the tap waits for it: one place that every wait goes through, so that a stop ends them all."""

from __future__ import annotations

import threading
import time


class StoppedError(Exception):
    """The run is ending: what was waited for will not be asked for any more."""


class Clock:
    """The host's monotonic clock, with waits that a stop cuts short.

    Only durations come from it. Moments come from the server (``Client.date``), because hosts' clocks are off by hours.
    """

    def __init__(self) -> None:
        """Start unstopped."""
        self._stopped = threading.Event()

    def now(self) -> float:
        """Return seconds that only ever grow."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Wait so many seconds.

        Raises:
            StoppedError: when the run ends meanwhile, at once.
        """
        if self._stopped.wait(max(0.0, seconds)):
            raise StoppedError

    def check(self) -> None:
        """Raise StoppedError when the run is ending."""
        if self._stopped.is_set():
            raise StoppedError

    def stop(self) -> None:
        """End every wait, present and future."""
        self._stopped.set()
