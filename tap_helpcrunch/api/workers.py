"""The threads that send requests: what is needed first is sent first."""

from __future__ import annotations

import itertools
import typing as t
from concurrent.futures import Future, ThreadPoolExecutor
from queue import PriorityQueue

if t.TYPE_CHECKING:
    from collections.abc import Callable

T = t.TypeVar("T")

Job = tuple[int, int, "Callable[[], t.Any]", "Future[t.Any]"]


class Workers:
    """A pool of threads that does jobs in the order of their turns.

    In the order of submission, the page that the run is waiting for would queue behind everything requested ahead, and
    meanwhile the threads would run out of work.
    """

    def __init__(self, max_in_flight: int) -> None:
        """Use at most this many threads, each with one request at a time."""
        self._pool = ThreadPoolExecutor(max_in_flight, thread_name_prefix="helpcrunch")
        self._jobs: PriorityQueue[Job] = PriorityQueue()
        self._order = itertools.count()

    def submit(self, work: Callable[[], T], turn: int) -> Future[T]:
        """Queue a job; jobs of an earlier turn go first."""
        future: Future[T] = Future()
        self._jobs.put((turn, next(self._order), work, future))
        self._pool.submit(self._next)
        return future

    def close(self) -> None:
        """Drop the queued jobs and wait for those in flight."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _next(self) -> None:
        *_, work, future = self._jobs.get_nowait()
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(work())
        except BaseException as fault:  # noqa: BLE001 - it is raised to whoever waits for the result
            future.set_exception(fault)
