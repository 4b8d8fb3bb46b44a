"""Time as the tap waits for it: one place that every wait goes through, so that a stop ends them all."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone


class StoppedError(Exception):
    """The run is ending: what was waited for will not be asked for any more."""


class Clock:
    """The host's monotonic clock, with waits that a stop cuts short.

    Only durations come from it. Moments come from the server (``ServerClock``), because hosts' clocks are off by hours.
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


# A Date outside of these is not a clock that is off, it is nonsense.
EARLIEST = datetime(2015, 1, 1, tzinfo=timezone.utc)
LATEST = datetime(2100, 1, 1, tzinfo=timezone.utc)


class ServerClock:
    """The server's clock, as the ``Date`` headers of the run's answers show it.

    A later answer with an earlier ``Date`` shows that an earlier one's node was ahead: the clock that is behind most
    counts, because a bookmark that is too early costs a request and one that is too late costs messages.
    """

    def __init__(self, clock: Clock) -> None:
        """Know nothing yet."""
        self._clock = clock
        self._lock = threading.Lock()
        self._zero: datetime | None = None  # the server's moment at the host's monotonic zero

    def note(self, date: datetime | None) -> None:
        """Take the ``Date`` of an answer that has just come."""
        if date is None or not EARLIEST <= date <= LATEST:
            return
        try:
            zero = date - timedelta(seconds=self._clock.now())
        except OverflowError:
            return
        with self._lock:
            self._zero = zero if self._zero is None else min(self._zero, zero)

    def at(self, monotonic: float) -> datetime | None:
        """Return the server's moment at a reading of the host's monotonic clock; None where no answer had a Date."""
        return None if self._zero is None else self._zero + timedelta(seconds=monotonic)
