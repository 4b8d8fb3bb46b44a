"""Runs whose hours take seconds: waits advance a clock, and the simulated account uses the same clock."""

import typing as t
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from simulator import Logged, Server
from tap_helpcrunch.api.clock import StoppedError
from tap_helpcrunch.session import Session
from tap_helpcrunch.settings import Settings
from tests.clocks import QuickClock
from tests.running import Output, brought, catalog, config, tap_for

LATENCY = 0.05  # seconds that an answer takes
PACE = 120


@dataclass
class Hours:
    """Runs of one account, at the real pace.

    Attributes:
        server: the account.
        at: the seconds since the first run began, at each request.
        happen: is told these seconds before each request, and may change the account.
        is_cut: whether the last run was out of time.
    """

    server: Server
    at: list[float] = field(default_factory=list)
    happen: Callable[[float], None] = lambda _seconds: None
    is_cut: bool = False
    _passed: float = 0.0

    def run(self, *streams: str, state: dict[str, t.Any] | None = None, **settings: t.Any) -> Output:
        """Run the tap with one request in flight at a time."""
        given = config(self.server, **{"requests_per_minute": PACE, "max_in_flight": 1, **settings})
        selection = catalog(*streams) if streams else None
        tap = tap_for(given, state, selection)
        clock = QuickClock()
        tap.session = Session(Settings.read(tap.config), clock=clock)
        began, start = clock.now(), self.server.account.now

        def before(_request: Logged) -> None:
            with suppress(StoppedError):  # the run has ended without this answer
                clock.wait(LATENCY)
            seconds = clock.now() - began
            self.server.account.now = start + round(seconds)
            self.at.append(self._passed + seconds)
            self.happen(self.at[-1])

        self.server.before = before
        try:
            return brought(tap)
        finally:
            self.server.before = None
            self.is_cut = tap.session.plan.is_cut
            self._passed += clock.now() - began
