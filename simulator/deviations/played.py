"""A deviation that is to be played: to which requests, and how often."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.deviations.registry import DEVIATIONS


@dataclass
class Played:
    """One deviation that is played.

    Attributes:
        deviation: Its name in DEVIATIONS.
        kind: The kind of request, of KINDS.
        after: How many answers of the kind are left alone first.
        times: How often it is played; None is always.
        played: How often it was; where it finds nothing to change it is not.
        seen: How many answers of the kind there were.
        path: Plays only to this path, such as /chats/7/messages; only its answers are counted.
    """

    deviation: str
    kind: str
    after: int = 0
    times: int | None = None
    played: int = 0
    seen: int = 0
    path: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be played."""
        known = DEVIATIONS.get(self.deviation)
        if known is None:
            raise ValueError(f"no deviation is named {self.deviation!r}")
        if self.kind not in known.kinds:
            raise ValueError(
                f"{self.deviation} can be played to {', '.join(sorted(known.kinds))}, not to {self.kind!r}"
            )
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
        """Whether it concerns the answer that was seen last."""
        return self.seen > self.after and (self.times is None or self.played < self.times)
