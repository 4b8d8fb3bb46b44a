"""A deviation to play: for which requests, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.deviations.table import DEVIATIONS

if TYPE_CHECKING:
    from simulator.deviations.base import Question

ANY = "any"


@dataclass
class Played:
    """A deviation to play.

    Attributes:
        deviation: Its name in DEVIATIONS.
        kind: The kind of request, one of KINDS; "any" for all kinds that it can be played for.
        after: How many answers of the kind are left unchanged first.
        times: How often it is played; None for always.
        played: How often it was played; an answer with nothing to change does not count.
        seen: How many answers of the kind there were.
        path: Play it only for this path, such as /chats/7/messages; only its answers are counted.
    """

    deviation: str
    kind: str
    after: int = 0
    times: int | None = None
    played: int = 0
    seen: int = 0
    path: str | None = None

    def __post_init__(self) -> None:
        """Check that it can be played."""
        known = DEVIATIONS.get(self.deviation)
        if known is None:
            raise ValueError(f"no deviation is named {self.deviation!r}")
        if self.kind not in known.kinds | {ANY}:
            kinds = ", ".join(sorted(known.kinds))
            raise ValueError(f"{self.deviation} can be played for {kinds}, not for {self.kind!r}")
        if self.after < 0 or (self.times is not None and self.times < 1):
            raise ValueError("a deviation is played after 0 or more answers, 1 or more times")

    @classmethod
    def read(cls, text: str) -> Played:
        """Read NAME:KIND[:AFTER[:TIMES]]."""
        name, kind, after, times, *rest = *text.split(":"), *[""] * 3
        if any(rest):
            raise ValueError("too many parts")
        return cls(name, kind, int(after or 0), int(times) if times else None)

    @property
    def due(self) -> bool:
        """Whether it is to be played in the answer that was seen last."""
        return self.seen > self.after and (self.times is None or self.played < self.times)

    def sees(self, question: Question) -> bool:
        """Count the question if it is one of this kind; return whether it is."""
        kinds = DEVIATIONS[self.deviation].kinds if self.kind == ANY else {self.kind}
        is_seen = question.kind in kinds and self.path in (None, question.path)
        self.seen += is_seen
        return is_seen
