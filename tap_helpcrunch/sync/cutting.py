"""Cuts lists of rows into groups that are written together."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from functools import partial

from tap_helpcrunch.sync.place import of
from tap_helpcrunch.sync.visit import Group

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.sync.place import Place
    from tap_helpcrunch.sync.visit import Bounds, Visit

Note = t.Callable[["Place", int], None]


@dataclass(slots=True)
class Cutting:
    """Cuts chats into groups.

    Attributes:
        bounds: the settings that bound what is read.
        wanted: returns whether a chat is to be emitted and its messages read.
        reads_whole: whether each visit reads a whole chat: with a filter, it may not have been wanted before.
        size: how many chats a group has.
        skipped: how many chats had no activity since ``start_date``.
    """

    bounds: Bounds
    wanted: Callable[[Row], bool]
    size: int
    reads_whole: bool = False
    skipped: int = 0

    def groups(
        self, rows: list[Row], key: str, visit: Callable[[Row], Visit | None], note: Note | None = None
    ) -> list[Group]:
        """Return the rows in groups.

        Args:
            rows: chats in the order of ``key``.
            key: the time that sorts them.
            visit: returns the visit that a chat needs.
            note: called with the place that the walk has reached with a group, and the number of chats in it.
        """
        groups = []
        for start in range(0, len(rows), self.size):
            part = rows[start : start + self.size]
            active = [row for row in part if not self.bounds.skips(row)]
            self.skipped += len(part) - len(active)
            chats = [row for row in active if self.wanted(row)]
            visits = [one for row in chats if (one := visit(row)) is not None]
            group = Group(chats, visits)
            if note is not None:
                group.on_written = partial(note, of(part[-1], key), len(part))
            groups.append(group)
        return groups
