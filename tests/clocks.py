"""Clocks whose waits take no time, so that minutes of waiting are tested in milliseconds."""

import threading

from simulator import Server
from tap_helpcrunch.api.clock import Clock


class QuickClock(Clock):
    """Waiting advances it, and so does each reading, a little, as real work would."""

    def __init__(self) -> None:
        super().__init__()
        self._at = 1000.0
        self._guard = threading.Lock()
        self.waits: list[float] = []

    def now(self) -> float:
        with self._guard:
            self._at += 0.000001
            return self._at

    def wait(self, seconds: float) -> None:
        self.check()
        with self._guard:
            self._at += max(0.0, seconds)
            self.waits.append(seconds)


class CommonClock(QuickClock):
    """A clock by which the simulated account lives too: what takes time on one side takes it on the other.

    Two clocks would draw apart in a run of hours, and the moments that the tap tells from them would be later than what
    the account can have shown. Waits at the same time add up, so a run whose length matters has one request under way.
    """

    def __init__(self, server: Server) -> None:
        super().__init__()
        self._server = server
        self._zero = server.account.now

    def now(self) -> float:
        looks = super().now()
        with self._server.lock:
            return looks + float(self._server.account.now - self._zero)

    def wait(self, seconds: float) -> None:
        self.check()
        with self._server.lock:
            self._server.account.advance(max(0.0, seconds))
