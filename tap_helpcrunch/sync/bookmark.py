"""What is known to be in the target, for one stream over the whole account.

One moment is not enough. A first load goes through the chats from the newest to the oldest: if it is killed half-way,
the chats created after its place are complete, and those before it are missing. An increment goes through the chats in
the order of their last messages: if it is killed half-way, the upper ones are complete as of a later moment.
"""

from __future__ import annotations

import typing as t
from contextlib import contextmanager
from dataclasses import dataclass, field

from tap_helpcrunch.sync.moments import DAWN, are_moments, earlier
from tap_helpcrunch.sync.place import BOTTOM, Place
from tap_helpcrunch.sync.stretches import DamagedBookmarkError, Stretch, Stretches

if t.TYPE_CHECKING:
    from collections.abc import Iterator

# The version of this form. That of 0.1.0, which has no such key, counts as 1.
VERSION = 2
# A bookmark in the future came from a clock that was ahead. Clocks are off by hours, not days.
CLOCK_ERROR_HOURS = 24


class NewerBookmarkError(DamagedBookmarkError):
    """A bookmark that a later version of the tap wrote."""


def form_of(value: dict[str, t.Any]) -> t.Any:
    """Return the version of a value found in a STATE.

    Raises:
        NewerBookmarkError: if a later version of the tap wrote it.
    """
    version = value.get("version", 1)
    if type(version) is int and version > VERSION:
        raise NewerBookmarkError("later")
    return version


@contextmanager
def of_unknown_form() -> Iterator[None]:
    """Call a value damaged if it cannot be read, because anybody may have edited a STATE."""
    try:
        yield
    except DamagedBookmarkError:
        raise
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise DamagedBookmarkError("not a bookmark") from None


@dataclass(slots=True)
class Walk:
    """A walk through all rows, which shows what exists: a first load, or a refresh.

    Attributes:
        version: what records carry since it began, epoch seconds; 0 before the first walk.
        place: how far down it came; None if no walk is under way.
        seen: how many rows it has met down to the place.
        beyond: how many rows it has met behind the place, where it cannot be resumed; not in a STATE.
        ended: the moment of the round in which the last one ended, None before.
        is_whole: whether every record since it began carries the version, and none was set aside or left out.
    """

    version: int = 0
    place: Place | None = None
    seen: int = 0
    ended: str | None = None
    is_whole: bool = True
    beyond: int = 0

    @property
    def met(self) -> int:
        """How many rows it has met in all."""
        return self.seen + self.beyond

    @classmethod
    def read(cls, value: t.Any) -> Walk:
        """Read a value found in a STATE."""
        if value is None:
            return cls()
        place = value.get("place")
        walk = cls(
            value["version"], place and (place[0], place[1]), value["seen"], value.get("ended"), bool(value["is_whole"])
        )
        if {type(walk.version), type(walk.seen)} != {int} or not are_moments(walk.ended):
            raise DamagedBookmarkError("not a walk")
        return walk

    def to_state(self, latest: str) -> dict[str, t.Any]:
        """Return the value for a STATE, in which nothing ended later than ``latest``."""
        place = None if self.place is None else list(self.place)
        return {
            "version": self.version,
            "place": place,
            "seen": self.seen,
            "ended": self.ended and min(self.ended, latest),
            "is_whole": self.is_whole,
        }


@dataclass(slots=True)
class Bookmark:
    """The bookmark of one stream over the whole account.

    Moments are strings of ``api.values.moment``, which compare as times do.

    Attributes:
        since: every row is complete as of this moment; None if not all are known. Moves only when all changes are in.
        done: chats in the order of their creation, during a first load.
        moved: chats in the order of their last messages, customers in that of ``lastSeen``, during an increment.
        closed: chats in the order of their creation, of those created or closed without a newer message, during an
            increment.
        start_date: the moment since which there is no gap, or None for the beginning. If the settings have an earlier
            ``start_date``, everything is read again.
        filter: what stands for the filters that the rows have passed. If they change, everything is read again.
        without_messages: how many chats had no message when last counted; 0 if the listing by messages does not show
            them first.
        never_seen: of customers without ``lastSeen``, how many an unfinished reading of them has read, and the id of
            the last one.
        walk: the newest walk.
        owed: the ids of chats whose messages could not be read.
    """

    since: str | None = None
    done: Stretches = field(default_factory=Stretches)
    moved: Stretches = field(default_factory=Stretches)
    closed: Stretches = field(default_factory=Stretches)
    start_date: str | None = None
    filter: str | None = None
    without_messages: int = 0
    never_seen: tuple[int, int] | None = None
    walk: Walk = field(default_factory=Walk)
    owed: list[int] = field(default_factory=list)

    @classmethod
    def read(cls, value: t.Any) -> Bookmark:
        """Read a value found in a STATE, also one that 0.1.0 wrote.

        Raises:
            NewerBookmarkError: if a later version of the tap wrote it.
            DamagedBookmarkError: if it has another form.
        """
        if value is None or value == {}:
            return cls()
        with of_unknown_form():
            found = _first_form(value) if form_of(value) == 1 else cls._read(value)
        _check(found)
        return found

    @classmethod
    def _read(cls, value: dict[str, t.Any]) -> Bookmark:
        never_seen = value.get("never_seen")
        return cls(
            value.get("since"),
            Stretches.read(value.get("done")),
            Stretches.read(value.get("moved")),
            Stretches.read(value.get("closed")),
            value.get("start_date"),
            value.get("filter"),
            value.get("without_messages") or 0,
            never_seen and (never_seen[0], never_seen[1]),
            Walk.read(value.get("walk")),
            list(value.get("owed") or []),
        )

    def to_state(self, latest: str) -> dict[str, t.Any]:
        """Return the value for a STATE, in which nothing is complete as of a later moment than ``latest``.

        Only fixed keys, strings, integers and booleans: targets choke on fractions, and Meltano merges keys.
        """
        return {
            "version": VERSION,
            "since": self.since and min(self.since, latest),
            "done": self.done.to_state(latest),
            "moved": self.moved.to_state(latest),
            "closed": self.closed.to_state(latest),
            "start_date": self.start_date,
            "filter": self.filter,
            "without_messages": self.without_messages,
            "never_seen": self.never_seen and list(self.never_seen),
            "walk": self.walk.to_state(latest),
            "owed": self.owed,
        }

    def expect(self, start_date: str | None, filters: str | None) -> None:
        """Begin a run with these settings: forget everything if rows were left out that they let through."""
        if (start_date or DAWN) < (self.start_date or DAWN) or filters != self.filter:
            self._forget()
        self.filter = filters
        if self._is_new:
            self.start_date = start_date
        elif start_date is not None and start_date > (self.since or DAWN):
            # Between `since` and the new start_date there will be a gap.
            self.start_date = max(start_date, self.start_date or DAWN)

    def _forget(self) -> None:
        self.since = self.never_seen = None
        for stretches in (self.done, self.moved, self.closed):
            stretches.clear()
        self.walk = Walk(self.walk.version)

    @property
    def _is_new(self) -> bool:
        return self.since is None and not self.done.ends and not self.moved.ends

    def distrust_future(self, now: str) -> None:
        """Regard nothing as complete as of a moment in the future."""
        past = earlier(now, CLOCK_ERROR_HOURS)
        self.since = past if self.since is not None and self.since > now else self.since
        self.walk.ended = past if self.walk.ended is not None and self.walk.ended > now else self.walk.ended
        for stretches in (self.done, self.moved, self.closed):
            stretches.ends = [(place, past if since and since > now else since) for place, since in stretches.ends]

    @property
    def knows_anything(self) -> bool:
        """Whether any row is known to be complete."""
        return any(stretch.since for stretch in self.stretches())

    def stretches(self) -> list[Stretch]:
        """Return all chats in stretches, the newest first."""
        return self.done.all(self.since)

    def caught_up(self, moment: str) -> None:
        """Note that whatever was complete is now complete as of the moment, since its changes are in."""
        self.done.ends = [(place, since and moment) for place, since in self.done.ends]
        self.since = self.since and moment
        self.moved.clear()
        self.closed.clear()
        self._settle()

    def _settle(self) -> None:
        """Keep a single moment if all stretches share it."""
        sinces = {stretch.since for stretch in self.stretches()}
        if len(sinces) == 1 and None not in sinces:
            (self.since,) = sinces
            self.done.clear()

    def came_to(self, place: Place, moment: str) -> None:
        """Note that the first load has brought every chat down to the place."""
        self.done.came_to(place, moment)
        if place == BOTTOM:
            self._settle()


def _check(found: Bookmark) -> None:
    if not are_moments(found.since or None, found.start_date or None):
        raise DamagedBookmarkError("not a moment")
    if {type(number) for number in (found.without_messages, *found.owed, *(found.never_seen or ()))} != {int}:
        raise DamagedBookmarkError("not a number")


def _first_form(value: dict[str, t.Any]) -> Bookmark:
    """Read the form of 0.1.0: ``done`` was a list of [created before, complete as of], from the oldest chats up."""
    stretches: list[tuple[str, str | None]] = [(before, since) for before, since in value.get("done") or []]
    since = value.get("since")
    ends: list[tuple[Place, str | None]] = []
    above = since
    for before, moment in reversed(stretches):
        # Ids are positive, so this place is behind every chat of that time.
        ends.append(((before, 0), above))
        above = moment
    if stretches:
        ends.append((BOTTOM, above))
    for place, moment in ends:
        if not are_moments(place[0] or None, moment or None):
            raise DamagedBookmarkError("not a moment")
    return Bookmark(
        since,
        done=Stretches(ends),
        start_date=value.get("start_date"),
        without_messages=value.get("without_messages") or 0,
        walk=Walk(ended=since),
    )
