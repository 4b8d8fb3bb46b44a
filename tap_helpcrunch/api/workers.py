"""The threads that requests are sent from: what is needed first goes first."""

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
    """A pool of threads that work in the order of turns.

    In the order of asking, the page that the run waits for would stand behind all that was asked ahead, and the threads
    would run dry meanwhile.
    """

    def __init__(self, max_in_flight: int) -> None:
        """Start so many threads at most, each with one request at a time."""
        self._pool = ThreadPoolExecutor(max_in_flight, thread_name_prefix="helpcrunch")
        self._jobs: PriorityQueue[Job] = PriorityQueue()
        self._order = itertools.count()

    def submit(self, work: Callable[[], T], turn: int) -> Future[T]:
        """Queue a job; those of an earlier turn go before it."""
        future: Future[T] = Future()
        self._jobs.put((turn, next(self._order), work, future))
        self._pool.submit(self._next)
        return future

    def close(self) -> None:
        """Drop what is queued and wait for what is in flight."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _next(self) -> None:
        *_, work, future = self._jobs.get_nowait()
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(work())
        except BaseException as fault:  # noqa: BLE001 - it is raised where the result is waited for
            future.set_exception(fault)
