"""The stream ``chats``: lists and searches of the whole account, or GET /chats/{id} for the chats of ``chat_ids``."""

from __future__ import annotations

import typing as t
from contextlib import suppress

from singer_sdk.exceptions import AbortedSyncFailedException, AbortedSyncPausedException
from singer_sdk.mapper import RemoveRecordTransform
from typing_extensions import override

from tap_helpcrunch.api.models import CHAT
from tap_helpcrunch.streams.parts import ACCOUNT, CHAT_IDS, FULL_TABLE, PartStream
from tap_helpcrunch.sync.bookmark import Bookmark
from tap_helpcrunch.sync.by_id import ByIdBookmark, ChatsById
from tap_helpcrunch.sync.conversations import Conversations
from tap_helpcrunch.sync.cutting import Cutting

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record

    from tap_helpcrunch.streams.base import HelpCrunchStream
    from tap_helpcrunch.sync.rounds import Part
    from tap_helpcrunch.sync.visit import Group


class ChatsStream(PartStream):
    """The chats, in groups, each with its messages.

    The child stream ``messages`` is synced once per group, before the group's own records, and the bookmarks of both
    streams move when the whole group is written: the STATE never runs ahead of the records.
    """

    name = "chats"
    model = CHAT
    replication_key = "lastMessageAt"

    _bookmarks: dict[str, Bookmark] | dict[str, ByIdBookmark]
    cutting: Cutting | None = None

    @override
    def plan(self) -> Part:
        """Plan the chats and their messages for a run."""
        session, settings = self.session, self.session.settings
        is_filtered = self.filter is not None
        self.cutting = Cutting(session.bounds, self._passes_filter, session.group, reads_whole=is_filtered)
        for stream in self._selected():
            stream.note_what_is_left_out()
        if settings.chat_ids is None:
            bookmarks = {stream.name: self._account_bookmark(stream) for stream in self._selected()}
            for stream in self._selected():
                bookmarks[stream.name].expect(settings.start_date, stream.filter)
            self._bookmarks = bookmarks
            return Conversations(
                session.api,
                session.limit,
                history=session.history,
                cutting=self.cutting,
                walks=session.walks,
                bookmarks=bookmarks,
            )
        by_id = {stream.name: self._chat_ids_bookmark(stream) for stream in self._selected()}
        for stream in self._selected():
            by_id[stream.name].expect(settings.chat_ids, settings.start_date, stream.filter)
            self._note_versions(stream)
        self._bookmarks = by_id
        return ChatsById(session.api, session.history, self.cutting, settings.chat_ids, by_id)

    @override
    def rows(self, group: Group) -> Iterator[Record]:
        """Sync the group's messages, then yield its chats."""
        self.session.history.begin(group.visits)
        for stream in self.child_streams:
            if stream.selected and group.visits:
                # In the connection test the child stops after one record and the parent continues, as in the SDK.
                with suppress(AbortedSyncFailedException, AbortedSyncPausedException):
                    stream.sync({"visits": tuple(group.visits)})
        yield from group.rows

    @override
    def generate_child_contexts(self, record: Record, context: Context | None) -> tuple[()]:
        """Return no contexts: a child sync per chat is not needed, since ``rows`` runs one per group."""
        return ()

    @override
    def carry_versions(self) -> None:
        """Let the records of both streams carry the version of their walk over the account."""
        for stream in self._selected():
            bookmark = self._bookmarks.get(stream.name)
            stream.carry((bookmark if isinstance(bookmark, Bookmark) else self._account_bookmark(stream)).walk.version)

    def _note_versions(self, stream: HelpCrunchStream) -> None:
        """Note in the account's bookmark if this run writes records without the version of a walk under way."""
        walk = (stream.stream_state.get(ACCOUNT) or {}).get("walk")
        if walk is not None and not self.session.walks.versioned:
            walk["is_whole"] = False

    @override
    def keep_bookmarks(self) -> None:
        """Keep the bookmarks of both streams as they are now."""
        mode = ACCOUNT if self.session.settings.chat_ids is None else CHAT_IDS
        for stream in self._selected():
            stream.keep({mode: self._bookmarks[stream.name].to_state(self.session.latest)})

    def _selected(self) -> list[HelpCrunchStream]:
        streams = t.cast("list[HelpCrunchStream]", [self, *self.child_streams])
        return [stream for stream in streams if stream.selected]

    @staticmethod
    def _account_bookmark(stream: HelpCrunchStream) -> Bookmark:
        if stream.replication_method == FULL_TABLE:
            return Bookmark()
        return Bookmark.read(stream.stream_state.get(ACCOUNT))

    @staticmethod
    def _chat_ids_bookmark(stream: HelpCrunchStream) -> ByIdBookmark:
        if stream.replication_method == FULL_TABLE:
            return ByIdBookmark()
        return ByIdBookmark.read(stream.stream_state.get(CHAT_IDS))

    def _passes_filter(self, row: Record) -> bool:
        """Return whether a filter on chats in a stream map lets this chat through.

        The messages of a chat that is filtered out are not requested. A stream map that removes the whole stream does
        not affect the messages.
        """
        stream_map = self.stream_maps[0]
        return (
            not self.selected
            or isinstance(stream_map, RemoveRecordTransform)
            or bool(stream_map.get_filter_result(row))
        )
