"""What handles a request: the account, its dialect, its quota, its log, and what goes wrong on purpose."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Literal

from simulator.deviations.base import Logged, Measures
from simulator.dialect import Dialect
from simulator.endpoints import Endpoints

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.account import Account
    from simulator.deviations.accounts import Played

HANG_LIMIT = 120.0
Window = Literal["fixed", "sliding", "bucket"]


@dataclass(frozen=True)
class Fault:
    """A fault instead of an answer, or in addition to it.

    "status" answers with the status, the body (None: the documented one of an error) and more headers; "reset" closes
    with RST before an answer; "cut" sends half the body; "garbage" answers 200 with a page of HTML; "slow" answers
    after `seconds`; "hang" never answers.
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
        self.limit, self.seconds, self._clock = limit, seconds, clock
        self._take: Callable[[float], float] = getattr(self, f"_{window}")
        self._began: float | None = None
        self._times: deque[float] = deque()
        self._used, self._level, self._filled = 0, limit, clock()

    def take(self) -> float:
        """Take one request; return 0.0 if it is allowed, else the seconds until one will be."""
        return self._take(self._clock())

    def _fixed(self, now: float) -> float:
        self._began = now if self._began is None else self._began
        if windows := int((now - self._began) // self.seconds):
            self._began, self._used = self._began + windows * self.seconds, 0
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


class Desk:
    """Everything of a served account except the network; what is public may be changed between requests."""

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
        port: int = 0,
    ) -> None:
        """Set everything up; nothing is answered yet.

        Only this key is accepted, and every answer comes `latency` seconds late. The quota, if any, is counted by
        `window`. The seed is for ties in random order and for chance in deviations.
        """
        self.account = account
        self.dialect = Dialect() if dialect is None else dialect
        self.key, self.latency, self.retry_after, self.seed = key, latency, retry_after, seed
        self.quota = None if requests_per_minute is None else Quota(requests_per_minute, window, window_seconds)
        self.lock = threading.RLock()  # guards the account; requests are answered while it is held
        self.requests: list[Logged] = []  # in order of arrival
        # Called under the lock before a request is answered; may change the account.
        self.before: Callable[[Logged], object] | None = None
        # Called with a request and its number, from 1; the fault it returns is played.
        self.fault: Callable[[Logged, int], Fault | None] | None = None
        # Called with the summary whenever /_control/live changes the account.
        self.on_live: Callable[[dict[str, Any]], object] | None = None
        self.errors: list[BaseException] = []  # what callbacks or the simulator raised; the first is raised at the end
        self.deviations: list[Played] = []
        self.measures = Measures()
        self.endpoints = Endpoints(account, seed)
        self.closing = threading.Event()
        self._arrivals = threading.Lock()
        self._number = 0
        self.listen(port)

    def listen(self, port: int) -> None:
        """Bind to the port; a desk alone has none."""

    def arrive(self, logged: Logged) -> tuple[int, float]:
        """Log a request; return its number, and for how many seconds the quota refuses it."""
        with self._arrivals:
            logged.at = time.monotonic()
            self.requests.append(logged)
            self._number += 1
            return self._number, 0.0 if self.quota is None else self.quota.take()

    def wait(self, seconds: float) -> bool:
        """Wait until the server ends at the latest; return whether it is ending."""
        return self.closing.wait(min(seconds, HANG_LIMIT))

    def headers(self) -> dict[str, str]:
        """Return the headers that every answer has."""
        return {"Date": self._date(0)} if self.dialect.date_header else {}

    def retry_header(self, seconds: float) -> dict[str, str]:
        """Return the header that says when to retry."""
        patience = max(1, math.ceil(seconds))
        words = {"seconds": str(patience), "date": self._date(patience), None: ""}[self.retry_after]
        return {"Retry-After": words} if words else {}

    def _date(self, later: int) -> str:
        return formatdate(int(self.account.now) + self.dialect.date_skew + later, usegmt=True)

    def control(self, method: str, path: str, params: Mapping[str, str]) -> tuple[int, Any]:
        """Answer a request under /_control/, from outside the process; it is not logged and needs no key."""
        if not all(value.isdecimal() for value in params.values()):
            return 400, {"error": "parameters are whole numbers from 0"}
        numbers = {name: int(value) for name, value in params.items()}
        with self.lock:
            match method, path.removeprefix("/_control/"):
                case "POST", "live":
                    summary = self.account.live(numbers.get("seed", 1), numbers.get("changes", 20))
                    if self.on_live is not None:
                        self.on_live(summary)
                    return 200, summary
                case "GET", "requests":
                    return 200, [asdict(row) for row in self.requests[numbers.get("since", 0) :]]
                case "GET", "account":
                    return 200, self.account.counts()
        return 404, {"error": "not found"}
