"""The progress of a load that takes hours: a line per minute in the log, or a bar on a terminal."""

from __future__ import annotations

import logging
import sys
import typing as t
from contextlib import ExitStack

import click

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from tap_helpcrunch.session import Session
    from tap_helpcrunch.sync.rounds import Part

EVERY = 60.0
MINUTE = 60

logger = logging.getLogger("tap-helpcrunch")


class Progress:
    """Shows how far the run is, at which pace, and about how long the rest will take.

    It is a context manager, because a bar has to be ended.
    """

    def __init__(self, session: Session) -> None:
        """Begin now."""
        self._session = session
        self._began = session.clock.now()
        self._sent = session.client.sent
        self._next = self._began + EVERY
        self._bar = _Bar() if sys.stderr.isatty() and logger.isEnabledFor(logging.INFO) else None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the line of the bar."""
        if self._bar is not None:
            self._bar.end()

    def tell(self, messages: int | None) -> None:
        """Draw the bar, or log a line if the last one was a minute ago.

        Args:
            messages: how many messages have arrived; None if they are not requested.
        """
        now = self._session.clock.now()
        if self._bar is None and now < self._next:
            return
        self._next = now + EVERY
        parts = self._session.plan.parts
        main = max(parts, key=lambda part: part.name == "chats")
        brought = [] if messages is None else [f"{messages:,} messages"]
        brought += [f"{part.brought:,} {part.name}" for part in parts if part is not main]
        facts = ", ".join([*brought, *self._facts(main, now)])
        if self._bar is not None:
            self._bar.draw(main.name, main.brought, main.expected or main.brought, facts)
        else:
            logger.info("%s %s, %s", main.name, _share(main), facts)

    def _facts(self, main: Part, now: float) -> Iterator[str]:
        requests, pace = self._session.client.sent - self._sent, self._session.settings.requests_per_minute
        # All requests of the first minute may be sent at its beginning, so the average is above the pace at first.
        took = max(now - self._began, requests / pace * MINUTE, 1e-9)
        yield f"{requests:,} requests at {requests / took * MINUTE:.0f}/min"
        if main.expected and 0 < main.brought < main.expected:
            yield f"about {duration(took / main.brought * (main.expected - main.brought))} left"
        _, back_to = main.how_far()
        if back_to is not None and back_to[:1].isdigit():
            yield f"back to {back_to[:10]}"
        for name, refresh in self._session.walks.refreshes.items():
            if not refresh.is_over:
                yield f"refresh of {name}: {refresh.how_far}"


def _share(part: Part) -> str:
    """Return how many rows are done, of how many as far as that is known."""
    if not part.expected or not part.brought:
        return f"{part.brought:,}"
    return f"{part.brought:,} of {part.expected:,} ({min(100, 100 * part.brought // part.expected)}%)"


class _Drawn(t.Protocol):
    """What is used of click's bar, whose class has no public name."""

    length: int | None
    pos: int

    def update(self, n_steps: int, current_item: str | None = None) -> None: ...

    def render_finish(self) -> None: ...


class _Bar:
    """click's progress bar; log lines begin below it, and the next bar below them."""

    def __init__(self) -> None:
        self._bar: _Drawn | None = None
        self.line_open = False
        handlers = logging.getLogger().handlers
        self._handlers = [handler for handler in handlers if isinstance(handler, logging.StreamHandler)]
        for handler in self._handlers:
            handler.setStream(_BelowBar(handler.stream, self))

    def draw(self, what: str, done: int, expected: int, facts: str) -> None:
        if self._bar is None:
            self._bar = click.progressbar(
                length=expected,
                label=what,
                show_pos=True,
                show_eta=False,
                item_show_func=lambda facts: facts,
                width=20,
                file=sys.stderr,
            )
        self._bar.length = expected
        # No thread may write a log line meanwhile.
        with ExitStack() as locks:
            for handler in self._handlers:
                handler.acquire()
                locks.callback(handler.release)
            self._bar.update(done - self._bar.pos, facts)
            self.line_open = True

    def end(self) -> None:
        for handler in self._handlers:
            handler.setStream(handler.stream.stream)
        if self._bar is not None:
            self._bar.render_finish()


class _BelowBar:
    """The stream of a log handler, in which each log line begins on a line of its own."""

    def __init__(self, stream: t.TextIO, bar: _Bar) -> None:
        self.stream = stream
        self._bar = bar

    def write(self, text: str) -> None:
        if self._bar.line_open:
            self._bar.line_open = False
            self.stream.write("\n")
        self.stream.write(text)

    def flush(self) -> None:
        self.stream.flush()


def counted(count: int, what: str) -> str:
    """Return a number with its noun: "1 chat", "20,312 chats"."""
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def duration(seconds: float) -> str:
    """Return seconds in words: "2 h 41 min", "12 min", "40 s"."""
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / MINUTE), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
