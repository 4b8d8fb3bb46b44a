"""A clock whose waits take no time, so that minutes of waiting are tested in milliseconds."""

from __future__ import annotations

import threading

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
