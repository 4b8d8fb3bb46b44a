"""What is complete as of when, along a list that is walked from its newest row to its oldest.

A walk that was interrupted leaves the upper stretch complete as of a later moment than the rest, and a walk interrupted
while it caught up leaves two such stretches. A row is complete as of a moment if the target holds it as it was then,
with all that belongs to it.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from itertools import pairwise

from tap_helpcrunch.sync.moments import are_moments
from tap_helpcrunch.sync.place import BOTTOM, TOP, Place

# Walks that are killed early again and again leave ever more stretches; more than this are not worth their bytes.
MOST_ENDS = 8

End = tuple[Place, str | None]


class DamagedBookmarkError(ValueError):
    """A bookmark that this version did not write."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The rows behind the place ``top`` down to ``end``, included, and the moment they are complete as of.

    ``since`` is None where nothing is known of them.
    """

    top: Place
    end: Place
    since: str | None

    def holds(self, place: Place) -> bool:
        """Return whether a row at this place is one of them."""
        return self.end <= place < self.top


@dataclass(slots=True)
class Stretches:
    """A list cut into stretches, the newest first.

    Attributes:
        ends: the place where each stretch ends, included, and the moment that it is complete as of. What is behind the
            last one is complete as of a moment that the owner knows.
    """

    ends: list[End] = field(default_factory=list)

    @classmethod
    def read(cls, value: t.Any) -> Stretches:
        """Read the value found in a STATE.

        Raises:
            DamagedBookmarkError: when it has another form.
        """
        ends: list[End] = [((key, number), since) for key, number, since in value or []]
        if not all(map(_is_end, ends)):
            raise DamagedBookmarkError("not a place")
        if any(one[0] <= other[0] for one, other in pairwise(ends)):
            raise DamagedBookmarkError("not in order")
        return cls(ends)

    def to_state(self, latest: str) -> list[list[t.Any]]:
        """Return the value for a STATE; nothing in it is complete as of later than the moment."""
        return [[key, number, since and min(since, latest)] for (key, number), since in self.ends]

    def all(self, rest: str | None) -> list[Stretch]:
        """Return the whole list in stretches; what is behind the last end is complete as of ``rest``."""
        stretches, top = [], TOP
        for end, since in self.ends:
            stretches.append(Stretch(top, end, since))
            top = end
        return stretches if top == BOTTOM else [*stretches, Stretch(top, BOTTOM, rest)]

    def came_to(self, place: Place, moment: str) -> None:
        """Note that everything down to the place, included, is complete as of the moment."""
        rest = [end for end in self.ends if end[0] < place]
        self.ends = rest if rest and rest[0][1] == moment else [(place, moment), *rest]
        if len(self.ends) > MOST_ENDS:
            # Safe: the two count as complete as of the older of their moments.
            self.ends[1:3] = [(self.ends[2][0], _older(self.ends[1][1], self.ends[2][1]))]

    def clear(self) -> None:
        """Forget the ends: the whole list is complete as of one moment again."""
        self.ends = []


def combined(lists: list[list[Stretch]]) -> list[Stretch]:
    """Return the stretches of streams that are walked together, each as of the moment of the one furthest behind."""
    ends = sorted({stretch.end for stretches in lists for stretch in stretches}, reverse=True)
    result: list[Stretch] = []
    for top, end in pairwise([TOP, *ends]):
        since = _older(*(at(stretches, end).since for stretches in lists))
        if result and result[-1].since == since:
            result[-1] = Stretch(result[-1].top, end, since)
        else:
            result.append(Stretch(top, end, since))
    return result


def at(stretches: list[Stretch], place: Place) -> Stretch:
    """Return the stretch that holds a place."""
    return next(stretch for stretch in stretches if place >= stretch.end)


def _is_end(value: End) -> bool:
    (key, number), since = value
    return are_moments(key or None, since) and type(number) is int


def _older(*moments: str | None) -> str | None:
    return min((moment for moment in moments if moment is not None), default=None) if None not in moments else None
