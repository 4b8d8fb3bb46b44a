"""Streams that are brought in groups, in turn with others."""

from __future__ import annotations

import typing as t

from typing_extensions import override

from tap_helpcrunch.streams.base import HelpCrunchStream
from tap_helpcrunch.sync.rounds import Rounds

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record

    from tap_helpcrunch.sync.rounds import Part
    from tap_helpcrunch.sync.visit import Group

FULL_TABLE = "FULL_TABLE"
ACCOUNT, CHAT_IDS = "account", "chat_ids"


class PartStream(HelpCrunchStream):
    """A stream whose sync brings one group at a time; the run decides which, and when."""

    _group: Group | None = None

    def plan(self) -> Part:
        """Plan this stream and its children for a run."""
        raise NotImplementedError

    def bring(self, part: Part, group: Group) -> None:
        """Write a group, move the bookmarks past it, and write the STATE."""
        self._group = group
        self.carry_versions()
        self.sync()
        self._group = None
        part.finish(group)
        # Before the STATE: when it says that a walk has ended, the target must know already.
        self.activate_ended()
        self.keep_bookmarks()
        self.write_state()

    def activate_ended(self) -> None:
        """Tell the target about the walks that ended with a group."""
        while self.session.walks.outcomes:
            name, doubt = self.session.walks.outcomes.pop()
            t.cast("HelpCrunchStream", self._tap.streams[name]).activate(doubt)

    def carry_versions(self) -> None:
        """Let the records carry the version of their walk."""

    def keep_bookmarks(self) -> None:
        """Keep the bookmarks as they are now."""

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Yield the group's rows, or those of all groups if the stream is synced by itself, as in the SDK's tests."""
        if self._group is not None:
            yield from self.rows(self._group)
            return
        session = self.session
        for part, group in Rounds([self.plan()], session.schedule, session.moments).groups():
            yield from self.rows(group)
            part.finish(group)
            self.keep_bookmarks()

    def rows(self, group: Group) -> Iterator[Record]:
        """Yield a group's rows."""
        yield from group.rows
