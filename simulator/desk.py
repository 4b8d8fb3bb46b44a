"""What a request meets: the account, how it speaks, its quota, its log, and what is to go wrong."""

from __future__ import annotations

import math
import threading
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, TypedDict

from simulator.deviations.shapes import Measures
from simulator.dialect import Dialect
from simulator.endpoints import Endpoints
from simulator.faults import HANG_LIMIT, Fault, Quota, Window

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from simulator.account import Account
    from simulator.deviations.played import Played
    from simulator.logged import Logged


class Terms(TypedDict, total=False):
    """What a desk can be told, as its arguments are."""

    key: str
    latency: float
    requests_per_minute: float | None
    window: Window
    window_seconds: float
    retry_after: Literal["seconds", "date"] | None
    seed: int


class Desk:
    """All of a served account but the network.

    Attributes:
        lock: Guards the account; requests are answered under it.
        requests: Every request to the API in order of arrival.
        before: Called under the lock before a request is answered; may change the account.
        fault: Called with a request and its number from 1; what it returns happens.
        deviations: What the account does wrong; may be changed between requests.
        measures: How much of it.
        on_live: Called with the summary whenever /_control/live lets the account move on.
        errors: What `before` and `fault` raised, or the simulator itself; the first is raised
            again at the end.
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
        """Answer nothing yet.

        Args:
            account: What is served.
            dialect: How it is said; may be replaced between requests.
            key: The only key that is accepted.
            latency: Seconds before every answer.
            requests_per_minute: The quota; None is no limit.
            window: How the quota is counted.
            window_seconds: How long the quota's minute takes, for impatient tests.
            retry_after: How a 429 tells when to come again, if at all; a date is by the
                account's clock, as the Date header is.
            seed: Of ties in random order and of chance in deviations.
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
        """Log a request; return its number and the seconds the quota makes it wait."""
        with self._arrivals:
            logged.at = time.monotonic()
            self.requests.append(logged)
            self._number += 1
            return self._number, 0.0 if self.quota is None else self.quota.take()

    def lived(self, summary: dict[str, Any]) -> None:
        """Pass the summary of a live period on to `on_live`."""
        if self.on_live is not None:
            self.on_live(summary)

    def wait(self, seconds: float) -> bool:
        """Wait, but not beyond the server's end; tell whether it has come."""
        return self.closing.wait(min(seconds, HANG_LIMIT))

    def headers(self) -> dict[str, str]:
        """Return the headers of every answer."""
        if not self.dialect.date_header:
            return {}
        return {"Date": self._date(0)}

    def retry_header(self, seconds: float) -> dict[str, str]:
        """Return the header that tells when to come again."""
        if self.retry_after is None:
            return {}
        patience = max(1, math.ceil(seconds))
        words = str(patience) if self.retry_after == "seconds" else self._date(patience)
        return {"Retry-After": words}

    def _date(self, later: int) -> str:
        return formatdate(int(self.account.now) + self.dialect.date_skew + later, usegmt=True)
