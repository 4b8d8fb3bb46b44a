"""The SDK's metrics of a stream, logged once per run; by default a child stream logs two lines per sync."""

from __future__ import annotations

import typing as t

from singer_sdk import metrics
from typing_extensions import override

if t.TYPE_CHECKING:
    from types import TracebackType


class RunCounter(metrics.Counter):
    """Counts records over all syncs of a stream; still logs once per minute."""

    @override
    def __exit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        """Keep counting; the end of the run calls ``exit``."""


class RunTimer(metrics.Timer):
    """Adds up the seconds of all syncs of a stream."""

    seconds = 0.0

    @override
    def __exit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        """Add the seconds of this sync."""
        self.seconds += self.elapsed()

    def exit(self) -> None:
        """Log the sum."""
        metrics.log(self.logger, metrics.Point("timer", self.metric, self.seconds, self.tags))
