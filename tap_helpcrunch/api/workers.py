"""The threads that send requests: what is needed first is sent first."""

from __future__ import annotations

import itertools
import typing as t
from concurrent.futures import Future
from queue import PriorityQueue, SimpleQueue
from threading import Thread

if t.TYPE_CHECKING:
    from collections.abc import Callable

T = t.TypeVar("T")

Job = tuple[int, int, "Callable[[], t.Any] | None", "Future[t.Any]"]
AT_ONCE = -1  # before every turn


class Workers:
    """Threads that do jobs in the order of their turns.

    In the order of submission, the page that the run is waiting for would queue behind everything requested ahead, and
    meanwhile the threads would run out of work.
    """

    def __init__(self, max_in_flight: int) -> None:
        """Use at most this many threads, each with one request at a time."""
        self._max_in_flight = max_in_flight
        self._threads: list[Thread] = []
        self._jobs: PriorityQueue[Job] = PriorityQueue()
        # One item per job. The threads wait here: to wait at a PriorityQueue, written in Python, costs more CPU time.
        self._ready: SimpleQueue[None] = SimpleQueue()
        self._order = itertools.count()

    def submit(self, work: Callable[[], T], turn: int) -> Future[T]:
        """Queue a job; jobs of an earlier turn go first."""
        future: Future[T] = Future()
        self._put(turn, work, future)
        if len(self._threads) < self._max_in_flight:
            self._threads.append(Thread(target=self._work, name="helpcrunch", daemon=True))
            self._threads[-1].start()
        return future

    def close(self) -> None:
        """Drop the queued jobs and wait for those in flight."""
        for _ in self._threads:
            self._put(AT_ONCE, None, Future())
        for thread in self._threads:
            thread.join()

    def _put(self, turn: int, work: Callable[[], t.Any] | None, future: Future[t.Any]) -> None:
        self._jobs.put((turn, next(self._order), work, future))
        self._ready.put(None)

    def _work(self) -> None:
        while self._do_next():
            pass

    def _do_next(self) -> bool:
        self._ready.get()
        *_, work, future = self._jobs.get_nowait()
        if work is not None and future.set_running_or_notify_cancel():
            try:
                future.set_result(work())
            except BaseException as fault:  # noqa: BLE001 - it is raised to whoever waits for the result
                future.set_exception(fault)
        return work is not None
