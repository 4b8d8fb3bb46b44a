"""What is complete as of when, along a list that is walked from its newest row to its oldest.

A walk that was interrupted leaves its upper part complete as of a later moment than the rest, and a walk interrupted
while it caught up leaves two such parts. A complete row is one that the target holds as it was at that moment, with all
that belongs to it.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from itertools import pairwise

from tap_helpcrunch.sync.moments import are_moments
from tap_helpcrunch.sync.position import BOTTOM, TOP, Position

# Walks that were killed early again and again leave nested parts; more than this are not worth their bytes.
MOST_PARTS = 8

Part = tuple[Position, str | None]


class DamagedBookmarkError(ValueError):
    """A bookmark that this version did not write."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The rows behind the place ``top`` down to ``end``, included, and the moment they are complete as of.

    ``since`` is None where nothing is known of them.
    """

    top: Position
    end: Position
    since: str | None

    def holds(self, place: Position) -> bool:
        """Tell whether a row of this place is one of them."""
        return self.end <= place < self.top


@dataclass(slots=True)
class Stretches:
    """Parts of a list, the newest first: each from the place before it down to its own, included.

    What is behind the last part is complete as of a moment that its owner knows.
    """

    parts: list[Part] = field(default_factory=list)

    @classmethod
    def read(cls, value: t.Any) -> Stretches:
        """Read the value found in a STATE.

        Raises:
            DamagedBookmarkError: when it has another form.
        """
        parts: list[Part] = [((key, number), since) for key, number, since in value or []]
        if not all(map(_is_part, parts)):
            raise DamagedBookmarkError("no place")
        if any(one[0] <= other[0] for one, other in pairwise(parts)):
            raise DamagedBookmarkError("no order")
        return cls(parts)

    def to_state(self, latest: str) -> list[list[t.Any]]:
        """Return the value for a STATE; nothing in it is complete as of later than the moment."""
        return [[key, number, since and min(since, latest)] for (key, number), since in self.parts]

    def all(self, rest: str | None) -> list[Stretch]:
        """Return the whole list in stretches; ``rest`` is what is behind the last part."""
        stretches, top = [], TOP
        for end, since in self.parts:
            stretches.append(Stretch(top, end, since))
            top = end
        return stretches if top == BOTTOM else [*stretches, Stretch(top, BOTTOM, rest)]

    def came_to(self, place: Position, moment: str) -> None:
        """Note that everything down to the place, included, is complete as of the moment."""
        rest = [part for part in self.parts if part[0] < place]
        self.parts = rest if rest and rest[0][1] == moment else [(place, moment), *rest]
        if len(self.parts) > MOST_PARTS:
            # Safe: two parts count as complete as of the older of their moments.
            self.parts[1:3] = [(self.parts[2][0], _older(self.parts[1][1], self.parts[2][1]))]

    def clear(self) -> None:
        """Forget the parts: all of the list is complete as of one moment again."""
        self.parts = []


def combined(lists: list[list[Stretch]]) -> list[Stretch]:
    """Return the stretches of several streams walked together: each as of the stream that knows least."""
    ends = sorted({stretch.end for stretches in lists for stretch in stretches}, reverse=True)
    result: list[Stretch] = []
    for top, end in pairwise([TOP, *ends]):
        since = _older(*(at(stretches, end).since for stretches in lists))
        if result and result[-1].since == since:
            result[-1] = Stretch(result[-1].top, end, since)
        else:
            result.append(Stretch(top, end, since))
    return result


def at(stretches: list[Stretch], place: Position) -> Stretch:
    """Return the stretch that holds a place."""
    return next(stretch for stretch in stretches if place >= stretch.end)


def _is_part(part: Part) -> bool:
    (key, number), since = part
    return are_moments(key or None, since) and type(number) is int


def _older(*moments: str | None) -> str | None:
    return min((moment for moment in moments if moment is not None), default=None) if None not in moments else None
