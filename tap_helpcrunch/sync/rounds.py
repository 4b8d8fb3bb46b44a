"""A run is a loop of rounds; a round does what a whole run does.

It brings what changed since the last one, then, for some minutes, what is still missing. So what arrives during a load
of hours is in the target within minutes, and a run that is out of time ends as if it had been interrupted between two
groups.
"""

from __future__ import annotations

import logging
import math
import typing as t

from tap_helpcrunch.api.errors import HelpCrunchError
from tap_helpcrunch.sync.round import Moments, Round

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.clock import Clock
    from tap_helpcrunch.sync.visit import Group

ROUND = 600.0  # seconds between two looks for changes, unless the changes themselves take half of it or more
# This many seconds before the end of a round, nothing is requested ahead that the round will not work on.
CLOSING = 20.0

logger = logging.getLogger("tap-helpcrunch")


class Part(t.Protocol):
    """Streams that are brought together."""

    name: str  # of its stream
    turn: int  # how many groups it brings before the next part's turn
    brought: int  # rows

    @property
    def expected(self) -> int:
        """How many rows to bring, as far as the API has said."""

    @property
    def needs_round(self) -> bool:
        """Whether there is work for another round."""

    @property
    def can_pause(self) -> bool:
        """Whether the next round can go on where its history is now, instead of from the beginning."""

    def begin(self, now: Round) -> None:
        """Begin a round."""

    def changes(self) -> Iterator[Group]:
        """Yield what changed since it was complete."""

    def history(self) -> Iterator[Group]:
        """Yield what is still missing, then what is due to be listed again."""

    def retries(self) -> Iterator[Group]:
        """Yield what could not be read."""

    def finish(self, group: Group) -> None:
        """Move the bookmarks past a group that is written."""

    def how_far(self) -> tuple[str | None, str | None]:
        """Return the moment up to which changes are in, and how far back history goes; None: to the beginning."""


class Schedule:
    """When the round and the run end, by the host's monotonic clock.

    Attributes:
        run_ends: the moment; infinite if the run's time is not limited.
    """

    def __init__(self, clock: Clock, minutes: float | None) -> None:
        """Begin the run now."""
        self._clock = clock
        self.run_ends = math.inf if minutes is None else clock.now() + 60 * minutes
        self._round_began = -math.inf
        self._round_ends = math.inf

    def begin_round(self) -> float:
        """Begin a round; return the moment."""
        self._round_began = self._clock.now()
        self._round_ends = self._round_began + ROUND
        return self._round_began

    def begin_history(self) -> None:
        """Begin the round's history: it may take as long as the changes took, so that a run of a busy account ends."""
        now = self._clock.now()
        self._round_ends = max(self._round_ends, now + (now - self._round_began))

    def prolong_round(self) -> None:
        """Let the round go on for as long again."""
        self._round_ends = self._clock.now() + ROUND

    @property
    def is_over(self) -> bool:
        """Whether the run is out of time."""
        return self._clock.now() >= self.run_ends

    @property
    def is_round_over(self) -> bool:
        """Whether it is time to look for changes again."""
        return self._clock.now() >= min(self._round_ends, self.run_ends)

    @property
    def is_closing(self) -> bool:
        """Whether the end is near."""
        return self._clock.now() >= min(self._round_ends, self.run_ends) - CLOSING


class Rounds:
    """The groups of a run, in the order in which they are to be written.

    Attributes:
        faults: parts that could not go on, each with the reason; the others did.
        is_cut: whether the run ended because it was out of time.
    """

    def __init__(self, parts: list[Part], schedule: Schedule, moments: Moments) -> None:
        """Plan a run of these parts."""
        self.faults: dict[Part, HelpCrunchError] = {}
        self.is_cut = False
        self.parts = parts
        self._schedule = schedule
        self._moments = moments

    def groups(self) -> Iterator[tuple[Part, Group]]:
        """Yield the groups; each is written, and finished by its part, before the next one is taken."""
        working = self.parts
        while working and not self._schedule.is_over:
            yield from self._round(working)
            working = [part for part in working if part.needs_round and part not in self.faults]
        self.is_cut = self.is_cut or bool(working)
        for part in self.parts:
            if part not in self.faults:
                yield from self._guarded(part, part.retries())

    def _round(self, parts: list[Part]) -> Iterator[tuple[Part, Group]]:
        now = Round(self._moments, self._schedule.begin_round())
        for part in parts:
            part.begin(now)
        for part in parts:
            yield from self._guarded(part, part.changes())
        # If time is up here, changes may be missing, and it is not known whether history is due to be read again.
        self.is_cut = self._schedule.is_over
        yield from self._side_by_side(parts)

    def _side_by_side(self, parts: list[Part]) -> Iterator[tuple[Part, Group]]:
        self._schedule.begin_history()
        histories = {part: self._guarded(part, part.history()) for part in parts if part not in self.faults}
        while histories:
            for part, groups in list(histories.items()):
                for _ in range(part.turn):
                    group = next(groups, None)
                    if group is None:
                        histories.pop(part, None)
                        break
                    yield group
            if self._schedule.is_round_over:
                if all(part.can_pause for part in histories):
                    return
                # Ended here it would begin anew in each round, and one that takes longer than a round would never end.
                self._schedule.prolong_round()

    def fail(self, part: Part, fault: HelpCrunchError) -> None:
        """Note that a part cannot go on.

        Raises:
            KeyRefusedError: if none can, because the key is refused.
        """
        if fault.refuses_all:
            raise fault
        self.faults[part] = fault

    def _guarded(self, part: Part, groups: Iterator[Group]) -> Iterator[tuple[Part, Group]]:
        """Yield a part's groups until the run is out of time or the part fails."""
        while part not in self.faults and not self._schedule.is_over:
            try:
                group = next(groups, None)
            except HelpCrunchError as fault:
                self.fail(part, fault)
                return
            if group is None:
                return
            yield part, group
