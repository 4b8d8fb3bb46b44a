"""What handles a request: the account, its dialect, its quota, its log, and what goes wrong on purpose."""

from __future__ import annotations

import math
import threading
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, TypedDict

from simulator.deviations.base import Measures
from simulator.dialect import Dialect
from simulator.endpoints import Endpoints
from simulator.faults import HANG_LIMIT, Fault, Quota, Window

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from simulator.account import Account
    from simulator.deviations.playing import Played
    from simulator.logged import Logged


class Terms(TypedDict, total=False):
    """The optional arguments of a desk."""

    key: str
    latency: float
    requests_per_minute: float | None
    window: Window
    window_seconds: float
    retry_after: Literal["seconds", "date"] | None
    seed: int


class Desk:
    """Everything of a served account except the network.

    Attributes:
        lock: Guards the account; requests are answered while it is held.
        requests: Every request to the API, in order of arrival.
        before: Called under the lock before a request is answered; may change the account.
        fault: Called with a request and its number, from 1; the fault it returns is played.
        deviations: What the account does wrong; may be changed between requests.
        measures: How slow and how stale answers are.
        on_live: Called with the summary whenever /_control/live changes the account.
        errors: What `before`, `fault` or the simulator itself raised; the first is raised again
            at the end.
    """

    def __init__(
        self,
        account: Account,
        dialect: Dialect | None = None,
        *,
        key: str = "test-key",
        latency: float = 0.0,
        requests_per_minute: float | None = None,
        window: Window = "fixed",
        window_seconds: float = 60.0,
        retry_after: Literal["seconds", "date"] | None = None,
        seed: int = 0,
    ) -> None:
        """Set everything up; nothing is answered yet.

        Args:
            account: What is served.
            dialect: How it answers; may be replaced between requests.
            key: The only key that is accepted.
            latency: Seconds before every answer.
            requests_per_minute: The quota; None for no limit.
            window: How the quota is counted.
            window_seconds: The length of the quota's minute, so that tests can shorten it.
            retry_after: The form of Retry-After in a 429, if any; a date is by the account's
                clock, as the Date header is.
            seed: For ties in random order and for chance in deviations.
        """
        self.account = account
        self.dialect = Dialect() if dialect is None else dialect
        self.key = key
        self.latency = latency
        self.retry_after = retry_after
        self.quota = None if requests_per_minute is None else Quota(requests_per_minute, window, window_seconds)
        self.lock = threading.RLock()
        self.requests: list[Logged] = []
        self.before: Callable[[Logged], object] | None = None
        self.fault: Callable[[Logged, int], Fault | None] | None = None
        self.on_live: Callable[[dict[str, Any]], object] | None = None
        self.errors: list[BaseException] = []
        self.seed = seed
        self.deviations: list[Played] = []
        self.measures = Measures()
        self.endpoints = Endpoints(account, seed)
        self.closing = threading.Event()
        self._arrivals = threading.Lock()
        self._number = 0

    def arrive(self, logged: Logged) -> tuple[int, float]:
        """Log a request; return its number, and for how many seconds the quota refuses it."""
        with self._arrivals:
            logged.at = time.monotonic()
            self.requests.append(logged)
            self._number += 1
            return self._number, 0.0 if self.quota is None else self.quota.take()

    def lived(self, summary: dict[str, Any]) -> None:
        """Pass the summary of changes on to `on_live`."""
        if self.on_live is not None:
            self.on_live(summary)

    def wait(self, seconds: float) -> bool:
        """Wait until the server ends at the latest; return whether it is ending."""
        return self.closing.wait(min(seconds, HANG_LIMIT))

    def headers(self) -> dict[str, str]:
        """Return the headers that every answer has."""
        if not self.dialect.date_header:
            return {}
        return {"Date": self._date(0)}

    def retry_header(self, seconds: float) -> dict[str, str]:
        """Return the header that says when to retry."""
        if self.retry_after is None:
            return {}
        patience = max(1, math.ceil(seconds))
        words = str(patience) if self.retry_after == "seconds" else self._date(patience)
        return {"Retry-After": words}

    def _date(self, later: int) -> str:
        return formatdate(int(self.account.now) + self.dialect.date_skew + later, usegmt=True)
