"""One round of a run, and the moment it began: what it brings is complete as of then."""

from __future__ import annotations

import logging
import typing as t
from datetime import datetime, timedelta, timezone

from tap_helpcrunch.api.values import to_moment
from tap_helpcrunch.sync import moments

if t.TYPE_CHECKING:
    from tap_helpcrunch.api.clock import Clock, ServerClock

# Clocks that are further apart disagree.
MOST_APART = timedelta(minutes=2)

logger = logging.getLogger("tap-helpcrunch")


class Moments:
    """The moments of a run, by the server's clock."""

    def __init__(self, clock: Clock, server: ServerClock) -> None:
        """Begin the run now."""
        self._clock = clock
        self._server = server
        self._zero = datetime.now(timezone.utc) - timedelta(seconds=clock.now())
        self._told = False

    def began(self, monotonic: float) -> str:
        """Return the moment before which everything was visible at a reading of the host's clock.

        Call it only after an answer; a later answer may show that the moment was earlier.
        """
        host = self._zero + timedelta(seconds=monotonic)
        return moments.began(self._earlier(self._server.at(monotonic), host), host)

    @property
    def host_now(self) -> str:
        """This moment by the host's clock."""
        return to_moment(self._zero + timedelta(seconds=self._clock.now()))

    def now(self) -> datetime:
        """Return this moment by the server's clock, or by the host's if the server does not say."""
        monotonic = self._clock.now()
        return self._server.at(monotonic) or self._zero + timedelta(seconds=monotonic)

    def _earlier(self, server: datetime | None, host: datetime) -> datetime | None:
        """Return the server's moment, or the host's if it is some minutes or hours earlier.

        Which of the two is right is not known, and a moment from a clock that is ahead would lose changes.
        """
        if server is None or not MOST_APART < abs(server - host) <= moments.HOST_CLOCK_ERROR:
            return server
        if not self._told:
            self._told = True
            logger.warning(
                "HelpCrunch's clock and this host's are %d minutes apart: the earlier one is used",
                abs(server - host) // timedelta(minutes=1),
            )
        return min(server, host)


class Round:
    """A round; it lasts until the next one begins."""

    def __init__(self, all_moments: Moments, at: float) -> None:
        """Begin at a reading of the host's monotonic clock."""
        self._moments = all_moments
        self._at = at

    @property
    def moment(self) -> str:
        """The moment before which everything was visible to the round's first request."""
        return self._moments.began(self._at)

    @property
    def now(self) -> str:
        """This moment."""
        return to_moment(self._moments.now())

    @property
    def epoch(self) -> int:
        """This moment in whole epoch seconds, for the version of a walk."""
        return int(self._moments.now().timestamp())
