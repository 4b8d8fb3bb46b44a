"""The pace: a limit on requests in any 60 seconds, over all threads, retries included."""

from __future__ import annotations

import logging
import math
import threading
import typing as t
from collections import deque
from contextlib import contextmanager

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.clock import Clock

WINDOW = 60.0
# A short run sends a window's requests at once; spread out, it would take half as long again. A long run has to leave
# room for other jobs on the same key: the gap between two requests grows with the age of the run, up to this share of
# an even gap (the rest makes up for pauses). This costs at most a hundredth of that age.
EVEN_AFTER, EVEN_SHARE = 6000.0, 0.9
# Without Retry-After the waits together must be longer than a quota window of a minute: 5 + 10 + 20 + 40 + 80 s ...
FIRST_HOLD, LONGEST_HOLD = 5.0, 120.0
# This many episodes of 429 in a row mean that another job shares the key: slow down, and later try the full pace again.
CROWDED_AFTER, CROWDED_SHARE, CROWDED_SECONDS = 3, 0.75, 600.0

logger = logging.getLogger("tap-helpcrunch")


class Pace:
    """A sliding window over the whole process.

    A request holds its place from its start until 60 s after its *end*. The server counts it at some moment between the
    two, so however the network delays requests, the server sees no more than the limit in any 60 s. A run that needs
    fewer requests than the limit is hardly slowed; a run of hours spreads them evenly.
    """

    def __init__(self, per_minute: float, clock: Clock) -> None:
        """Set the limit, in requests per minute; below 1, the window is longer instead."""
        self._clock = clock
        self._limit = max(1, math.floor(per_minute))
        self._window = max(WINDOW, WINDOW * self._limit / per_minute)
        self._lock = threading.Lock()
        self._began = clock.now()
        self._even_from = math.inf
        self._next = -math.inf
        self._in_flight = 0
        self._ended: deque[float] = deque()
        self._held_since = self._held_until = -math.inf
        self._episodes = 0
        self._crowded = False
        self._crowded_until = -math.inf
        self.sent = 0
        self.refusals = 0

    def spread_before(self, end: float) -> None:
        """Send evenly in the last window before a moment, when the run ends: a group would wait for the next window."""
        self._even_from = end - self._window

    @contextmanager
    def turn(self) -> Iterator[float]:
        """Wait for a place, hold it during the block, and yield the moment it began.

        Raises:
            StoppedError: the run ended during the wait.
        """
        began = self._take()
        try:
            yield began
        finally:
            with self._lock:
                self._in_flight -= 1
                self._ended.append(self._clock.now())

    def refused(self, began: float, retry_after: float | None) -> float:
        """Hold back all requests after a 429 to one that began then; return for how many seconds."""
        with self._lock:
            now = self._clock.now()
            self.refusals += 1
            if began >= self._held_since or now >= self._held_until:
                self._episodes += 1
                self._held_since = now
            grown = min(LONGEST_HOLD, FIRST_HOLD * 2 ** (self._episodes - 1))
            # If the server asks for 0 seconds and refuses again, each wait is longer all the same.
            wait = (
                grown if retry_after is None else max(retry_after, 1.0 if self._episodes == 1 else min(grown, WINDOW))
            )
            self._held_until = max(self._held_until, now + wait)
            if self.refusals == 1:
                logger.warning("HelpCrunch answers 429, too many requests: all requests wait %.0f s", wait)
            if self._episodes >= CROWDED_AFTER:
                self._crowd(now)
            return self._held_until - now

    def accepted(self, began: float) -> None:
        """Note that a request that began then was accepted."""
        if self._episodes and began >= self._held_since:
            with self._lock:
                self._episodes = 0

    def _crowd(self, now: float) -> None:
        if not self._crowded:
            logger.warning(
                "HelpCrunch refused %d times in a row: another job seems to share the key; continuing at %d%% of the "
                "pace for %.0f minutes (lower requests_per_minute to make that permanent)",
                self._episodes,
                round(CROWDED_SHARE * 100),
                CROWDED_SECONDS / 60,
            )
        self._crowded = True
        self._crowded_until = now + CROWDED_SECONDS

    def _take(self) -> float:
        while True:
            with self._lock:
                now = self._clock.now()
                delay = self._delay(now)
                if delay <= 0:
                    self.sent += 1
                    self._in_flight += 1
                    self._next = now + self._gap(now)
                    return now
            self._clock.wait(delay)

    def _gap(self, now: float) -> float:
        """Return the seconds between two requests at this age of the run."""
        even = self._window / self._limit
        return even if now >= self._even_from else even * EVEN_SHARE * min(1.0, (now - self._began) / EVEN_AFTER)

    def _delay(self, now: float) -> float:
        if now < self._held_until:
            return self._held_until - now
        while self._ended and self._ended[0] + self._window <= now:
            self._ended.popleft()
        if self._crowded and now >= self._crowded_until:
            self._crowded = False
            logger.warning("back to full pace")
        limit = max(1, int(self._limit * CROWDED_SHARE)) if self._crowded else self._limit
        if self._in_flight + len(self._ended) < limit:
            return self._next - now
        # If every place is held by a request in flight, nobody knows when one is free: look again soon.
        return min(self._ended[0] + self._window - now, WINDOW) if self._ended else 0.05
