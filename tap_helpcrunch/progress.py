"""One line a minute for whoever looks at the log of a load that takes hours."""

from __future__ import annotations

import logging
import typing as t

if t.TYPE_CHECKING:
    from tap_helpcrunch.api.client import Client
    from tap_helpcrunch.api.clock import Clock

EVERY = 60.0
MINUTE = 60

logger = logging.getLogger("tap-helpcrunch")


class Progress:
    """Tells how far the chats are, at which pace, and about how long the rest will take."""

    def __init__(self, client: Client, clock: Clock) -> None:
        """Begin now."""
        self._client = client
        self._clock = clock
        self._began = clock.now()
        self._sent = client.sent
        self._next = self._began + EVERY

    def tell(self, done: int, expected: int | None, messages: int) -> None:
        """Log a line if the last one was a minute ago.

        Args:
            done: chats that are done.
            expected: how many there are to do, as far as the API says.
            messages: messages emitted.
        """
        now = self._clock.now()
        if now < self._next:
            return
        self._next = now + EVERY
        took, requests = now - self._began, self._client.sent - self._sent
        line = f"chats {done:,}"
        if expected and done:
            line += f" of {expected:,} ({min(100, 100 * done // expected)}%)"
        line += f", {messages:,} messages, {requests:,} requests at {requests / took * 60:.0f}/min"
        if expected and 0 < done < expected:
            line += f", about {duration(took / done * (expected - done))} left"
        logger.info(line)


def duration(seconds: float) -> str:
    """Return seconds in words: "2 h 41 min", "12 min", "40 s"."""
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / MINUTE), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
