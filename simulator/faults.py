"""Faults that are played on purpose, and the quota of requests per minute."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

HANG_LIMIT = 120.0
GARBAGE = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>\n"

Window = Literal["fixed", "sliding", "bucket"]


@dataclass(frozen=True)
class Fault:
    """A fault instead of an answer, or in addition to it.

    Attributes:
        status: The status for kind "status".
        body: The body for kind "status"; None for the documented error body of that status.
        headers: Additional headers for kind "status".
        kind: "status" answers with the above; "reset" closes with RST before an answer; "cut"
            sends half the body; "garbage" answers 200 with a page of HTML; "slow" answers after
            `seconds`; "hang" never answers.
        seconds: How long "slow" waits.
    """

    status: int = 503
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    kind: Literal["status", "reset", "cut", "garbage", "slow", "hang"] = "status"
    seconds: float = 0.0


class Quota:
    """Counts requests against a limit; refused ones do not count."""

    def __init__(
        self, limit: float, window: Window = "fixed", seconds: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Allow `limit` requests in every window of this many seconds."""
        if limit <= 0 or window not in ("fixed", "sliding", "bucket"):
            raise ValueError(f"not a quota: {limit!r} requests in a window {window!r}")
        self.limit = limit
        self.seconds = seconds
        self._clock = clock
        self._take: Callable[[float], float] = getattr(self, f"_{window}")
        self._began: float | None = None
        self._used = 0
        self._times: deque[float] = deque()
        self._level = limit
        self._filled = clock()

    def take(self) -> float:
        """Take one request; return 0.0 if it is allowed, else the seconds until one will be."""
        return self._take(self._clock())

    def _fixed(self, now: float) -> float:
        if self._began is None:
            self._began = now
        windows = int((now - self._began) // self.seconds)
        if windows:
            self._began += windows * self.seconds
            self._used = 0
        if self._used + 1 > self.limit:
            return self._began + self.seconds - now
        self._used += 1
        return 0.0

    def _sliding(self, now: float) -> float:
        while self._times and self._times[0] <= now - self.seconds:
            self._times.popleft()
        if len(self._times) + 1 > self.limit:
            return self._times[0] + self.seconds - now if self._times else self.seconds
        self._times.append(now)
        return 0.0

    def _bucket(self, now: float) -> float:
        rate = self.limit / self.seconds
        self._level = min(self.limit, self._level + (now - self._filled) * rate)
        self._filled = now
        if self._level < 1:
            return (1 - self._level) / rate
        self._level -= 1
        return 0.0
