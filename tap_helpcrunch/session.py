"""What the streams of one run share: one client at one pace, the moment the run began, and the counts for its end."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone
from functools import cached_property

from tap_helpcrunch.api.account import Account
from tap_helpcrunch.api.client import Client
from tap_helpcrunch.api.clock import Clock
from tap_helpcrunch.api.pace import Pace
from tap_helpcrunch.sync import moments
from tap_helpcrunch.sync.history import History
from tap_helpcrunch.sync.visits import Bounds

if t.TYPE_CHECKING:
    from tap_helpcrunch.settings import Settings


class Session:
    """One run's requests."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        """Open the client; no request is sent yet."""
        self.settings = settings
        self.started = datetime.now(timezone.utc)
        self.clock = clock or Clock()
        self.began_at = self.clock.now()
        self.waited = 0.0  # seconds in which the run could do nothing but wait for an answer
        self.pace = Pace(settings.requests_per_minute, self.clock)
        self.client = Client(
            url=settings.api_url,
            key=settings.api_key,
            user_agent=settings.user_agent,
            timeout=settings.request_timeout,
            width=settings.max_in_flight,
            pace=self.pace,
            clock=self.clock,
        )
        self.account = Account(self.client)
        self.bounds = Bounds(settings.start_date, settings.lookback_hours)
        self.history = History(self.account, settings.max_in_flight)
        self.passed_over = 0
        self.gone: list[int] = []  # those of chat_ids that are not there

    @cached_property
    def began(self) -> str:
        """The moment before which everything was visible to this run's first request.

        To be asked for after an answer only.
        """
        return moments.began(self.client.date, self.started)
