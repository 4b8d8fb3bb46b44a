"""What the streams of a run share: one client at one pace, the plan of the run, and the counts for its summary."""

from __future__ import annotations

import typing as t
from functools import cached_property

from typing_extensions import override

from tap_helpcrunch.api.client import Client
from tap_helpcrunch.api.clock import Clock
from tap_helpcrunch.api.pace import Pace
from tap_helpcrunch.api.questions import Api
from tap_helpcrunch.interrupt import Interrupt
from tap_helpcrunch.sync.evidence import Limit
from tap_helpcrunch.sync.history import History
from tap_helpcrunch.sync.round import Moments
from tap_helpcrunch.sync.rounds import Rounds, Schedule
from tap_helpcrunch.sync.visit import GROUP, Bounds
from tap_helpcrunch.sync.walks import Walks

if t.TYPE_CHECKING:
    from concurrent.futures import Future

    from tap_helpcrunch.settings import Settings

# A group takes about ten seconds, so a STATE comes every ten seconds and a run ends at most ten seconds late.
GROUPS_A_MINUTE = 6

R = t.TypeVar("R")


class RunClient(Client):
    """The client of a run.

    Attributes:
        waited: seconds that the run spent waiting for answers.
    """

    def __init__(self, settings: Settings, pace: Pace, clock: Clock, interrupt: Interrupt) -> None:
        """Configure the client from the settings; no request is sent yet."""
        super().__init__(
            url=settings.api_url,
            key=settings.api_key,
            user_agent=settings.user_agent,
            timeout=settings.request_timeout,
            max_in_flight=settings.max_in_flight,
            pace=pace,
            clock=clock,
        )
        self.waited = 0.0
        self._interrupt = interrupt

    @override
    def result(self, future: Future[R]) -> R:
        """Wait for a submitted request, unless a signal arrives, and return its result."""
        began = self._clock.now()
        try:
            with self._interrupt.waiting():
                return super().result(future)
        finally:
            self.waited += self._clock.now() - began


class Session:
    """The requests of one run."""

    def __init__(self, settings: Settings, interrupt: Interrupt | None = None, *, clock: Clock | None = None) -> None:
        """Open the client; no request is sent yet."""
        self.settings = settings
        self.clock = clock or Clock()
        self.began = self.clock.now()
        self.pace = Pace(settings.requests_per_minute, self.clock)
        self.client = RunClient(settings, self.pace, self.clock, interrupt or Interrupt())
        self.api = Api(self.client)
        self.moments = Moments(self.clock, self.client.server_clock)
        self.schedule = Schedule(self.clock, settings.max_run_minutes)
        self.pace.spread_before(self.schedule.run_ends)
        self.client.run_ends = self.schedule.run_ends
        self.limit = Limit()
        self.bounds = Bounds(settings.start_date, settings.lookback_hours)
        days = {"chats": settings.refresh_days, "customers": settings.refresh_days}
        if settings.refresh_messages_days is not None:
            days["messages"] = settings.refresh_messages_days
        self.walks = Walks(days, versioned=settings.emit_activate_version_messages)
        self.activated: list[str] = []  # by their names in the target, which removes what is gone from these
        self.group = max(1, min(GROUP, int(settings.requests_per_minute / GROUPS_A_MINUTE)))
        self.plan = Rounds([], self.schedule, self.moments)  # empty until the run begins

    @cached_property
    def history(self) -> History:
        """The reader of the chats' messages."""
        return History(self.api, self.limit, self.settings.max_in_flight, lambda: self.schedule.is_closing)

    @property
    def latest(self) -> str:
        """The latest moment that anything can be complete as of."""
        return self.moments.began(self.clock.now())
