"""The clocks: the host's, which every wait goes through so that a stop ends them all, and the server's."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone


class StoppedError(Exception):
    """The run is ending; whatever was waited for is no longer needed."""


class Clock:
    """The host's monotonic clock, with waits that a stop cuts short.

    Only durations come from it. Moments come from the server (``ServerClock``), because a host's clock may be off by
    hours.
    """

    def __init__(self) -> None:
        """Start with no stop requested."""
        self._stopped = threading.Event()

    def now(self) -> float:
        """Return a number of seconds that never decreases."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Wait this many seconds.

        Raises:
            StoppedError: as soon as the run is ending.
        """
        if self._stopped.wait(max(0.0, seconds)):
            raise StoppedError

    def check(self) -> None:
        """Raise StoppedError if the run is ending."""
        if self._stopped.is_set():
            raise StoppedError

    def stop(self) -> None:
        """End all waits, now and later."""
        self._stopped.set()


# A Date outside this range is not a clock that is off; it is nonsense.
EARLIEST = datetime(2015, 1, 1, tzinfo=timezone.utc)
LATEST = datetime(2100, 1, 1, tzinfo=timezone.utc)


class ServerClock:
    """The server's clock, as the ``Date`` headers of the run's answers show it.

    If a later answer has an earlier ``Date``, the server that sent the first one was ahead. The clock that is furthest
    behind counts: a bookmark that is too early costs a request, one that is too late loses messages.
    """

    def __init__(self, clock: Clock) -> None:
        """Begin with no Date seen."""
        self._clock = clock
        self._lock = threading.Lock()
        self._zero: datetime | None = None  # the server's time when the host's monotonic clock was zero

    def note(self, date: datetime | None) -> None:
        """Take the ``Date`` of an answer that has just arrived."""
        if date is None or not EARLIEST <= date <= LATEST:
            return
        try:
            zero = date - timedelta(seconds=self._clock.now())
        except OverflowError:
            return
        with self._lock:
            self._zero = zero if self._zero is None else min(self._zero, zero)

    def at(self, monotonic: float) -> datetime | None:
        """Return the server's time at a reading of the host's monotonic clock; None if no answer had a Date."""
        return None if self._zero is None else self._zero + timedelta(seconds=monotonic)
