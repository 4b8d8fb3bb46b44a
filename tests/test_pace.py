"""The pace, on a clock of its own and against a server that counts."""

import random
import threading
from collections import deque
from collections.abc import Callable
from itertools import pairwise

import pytest

from simulator import Account, Fault, Server
from tap_helpcrunch.api.clock import Clock, StoppedError
from tap_helpcrunch.api.pace import Pace
from tests.clocks import QuickClock
from tests.running import sync


class Steps(QuickClock):
    """A clock for simulations with many threads: time stands still until every thread waits, then jumps."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self._condition = threading.Condition()
        self._awake = threads
        self._until: list[float] = []

    def now(self) -> float:
        with self._condition:
            return self._at

    def wait(self, seconds: float) -> None:
        with self._condition:
            until = self._at + max(0.0, seconds)
            self._until.append(until)
            self._awake -= 1
            self._leap()
            while self._at < until:
                self._condition.wait(10)
            self._until.remove(until)
            self._awake += 1

    def done(self) -> None:
        with self._condition:
            self._awake -= 1
            self._leap()

    def _leap(self) -> None:
        if self._awake == 0 and self._until:
            self._at = max(self._at, min(self._until))
            # All that wait for this moment wake up before the time may jump again.
            self._condition.notify_all()


def simulate(
    per_minute: float, requests: int, latency: Callable[[], tuple[float, float]], threads: int = 8
) -> tuple[list[float], float]:
    """Send requests through a pace; return the moments at which a server counts them, and the whole duration.

    Args:
        latency: seconds to the server, and seconds back.
    """
    clock = Steps(threads)
    pace = Pace(per_minute, clock)
    work = deque(range(requests))
    arrivals: list[float] = []
    start = clock.now()

    def worker() -> None:
        try:
            while True:
                try:
                    work.popleft()
                except IndexError:
                    return
                with pace.turn():
                    there, back = latency()
                    clock.wait(there)
                    arrivals.append(clock.now())
                    clock.wait(back)
        finally:
            clock.done()

    workers = [threading.Thread(target=worker) for _ in range(threads)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join(60)
    assert len(arrivals) == requests
    return sorted(arrivals), clock.now() - start


def most_in_a_minute(arrivals: list[float]) -> int:
    window: deque[float] = deque()
    most = 0
    for arrival in arrivals:
        window.append(arrival)
        while window[0] <= arrival - 60:
            window.popleft()
        most = max(most, len(window))
    return most


@pytest.mark.parametrize("per_minute", [120, 60, 7, 1, 0.5])
@pytest.mark.parametrize("slowest", [0.0, 0.2, 3.0])
def test_no_minute_of_the_server_sees_more_than_the_limit(per_minute: float, slowest: float) -> None:
    rng = random.Random(7)
    arrivals, _ = simulate(
        per_minute, int(per_minute * 4) + 3, lambda: (rng.random() * slowest, rng.random() * slowest)
    )
    assert most_in_a_minute(arrivals) <= max(1, per_minute)


@pytest.mark.parametrize("latency", [0.0, 0.1, 0.5, 1.0, 2.0])
def test_the_limit_is_used(latency: float) -> None:
    """In the long run at least 95 % of it, at any latency up to a few seconds."""
    _, took = simulate(120, 120 * 20, lambda: (latency / 2, latency / 2))
    assert 120 * 20 / (took / 60) >= 0.95 * 120


def test_retries_count(account: Account) -> None:
    """Every other request fails; the server's own quota, exactly as large as the pace, is never exceeded."""
    for _ in range(30):
        account.add_message(account.add_chat(), "hello")
    with Server(account, requests_per_minute=60, window="sliding", window_seconds=1.0) as server:
        # A minute is a second here, on both sides.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tap_helpcrunch.api.pace.WINDOW", 1.0)
            patch.setattr("random.random", lambda: -0.5)
            server.fault = lambda _request, number: Fault(status=503) if number % 2 else None
            output = sync(server, "chats", "messages", requests_per_minute=60)
        statuses = [request.status for request in server.requests]
    assert len(output.ids("messages")) == 30
    assert statuses.count(503) > 20
    assert 429 not in statuses


def test_a_429_holds_back_all_requests() -> None:
    clock = QuickClock()
    pace = Pace(120, clock)
    with pace.turn() as began:
        pass
    pace.refused(began, 42)
    with pace.turn() as next_one:
        assert next_one - began >= 42


def test_refusals_of_requests_sent_together_are_one_episode() -> None:
    clock = QuickClock()
    pace = Pace(120, clock)
    began = [clock.now() for _ in range(8)]
    waits = [pace.refused(moment, None) for moment in began]
    assert max(waits) < 6, "eight answers to one burst are no reason to wait eight times as long"


def test_without_retry_after_each_wait_is_longer() -> None:
    clock = QuickClock()
    pace = Pace(120, clock)
    waits = []
    for _ in range(5):
        with pace.turn() as began:
            pass
        waits.append(pace.refused(began, None))
    assert [round(wait) for wait in waits] == [5, 10, 20, 40, 80]
    assert sum(waits) > 60


def test_a_short_run_takes_its_requests_at_once() -> None:
    """Others who share the key find room between the requests of a load of hours, at a hundredth of its time."""
    clock = QuickClock()
    pace = Pace(120, clock)
    moments = []
    for _ in range(120 * 150):
        with pace.turn() as began:
            moments.append(began)
    assert most_in_a_minute(moments) <= 120
    assert moments[119] - moments[0] < 0.1
    assert moments[120 * 10] - moments[0] < 10 * 60 * 1.01
    assert moments[-1] - moments[0] < 150 * 60 * 1.01
    late = [moment for moment in moments if moment > moments[0] + 7000]
    closest = min(later - earlier for earlier, later in pairwise(late))
    assert closest >= 0.45 - 1e-6, "two a second is even"


def test_waiting_for_a_place_ends_when_the_run_does() -> None:
    clock = Clock()
    pace = Pace(1, clock)
    with pace.turn():
        pass
    threading.Timer(0.1, clock.stop).start()
    with pytest.raises(StoppedError), pace.turn():
        pass
