"""The stream ``chats``: listings and searches of the account, or GET /chats/{id} for the chats of ``chat_ids``."""

from __future__ import annotations

import typing as t
from contextlib import suppress

from singer_sdk.exceptions import AbortedSyncFailedException, AbortedSyncPausedException
from singer_sdk.mapper import RemoveRecordTransform

from tap_helpcrunch.api.models import CHAT
from tap_helpcrunch.progress import Progress
from tap_helpcrunch.streams.base import HelpCrunchStream
from tap_helpcrunch.sync.bookmark import Bookmark
from tap_helpcrunch.sync.chosen import ChosenBookmark
from tap_helpcrunch.sync.selected import Selected
from tap_helpcrunch.sync.visits import Visits

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from singer_sdk.helpers.types import Context, Record

    from tap_helpcrunch.sync.visits import Group, Visit

B = t.TypeVar("B", Bookmark, ChosenBookmark)

FULL_TABLE = "FULL_TABLE"
ACCOUNT, CHOSEN = "account", "chat_ids"


class ChatsStream(HelpCrunchStream):
    """The chats, and the walk that ``messages`` rides on.

    The chats come in groups. ``messages`` is synced once a group, before the group's own records, and the bookmarks of
    both streams move when a group is written whole: the STATE never runs ahead of the records.
    """

    name = "chats"
    model = CHAT
    replication_key = "lastMessageAt"

    def get_records(self, context: Context | None) -> Iterator[Record]:  # noqa: ARG002
        """Yield the chats to emit, group by group; after each group write the STATE."""
        for stream in self.child_streams:
            if stream.selected:
                # Also where no chat moved: the target shall have the table from the first run on.
                stream._write_schema_message()  # noqa: SLF001
        return self._chosen() if self.session.settings.chat_ids is not None else self._account()

    def generate_child_contexts(self, record: Record, context: Context | None) -> tuple[()]:  # noqa: ARG002
        """Not a child sync a chat: ``_emit`` has one a group."""
        return ()

    def _account(self) -> Iterator[Record]:
        bookmarks = self._bookmarks(ACCOUNT, Bookmark)
        visits = Visits(
            self.session.account,
            self.session.bounds,
            chats=bookmarks.get(self.name),
            messages=bookmarks.get("messages"),
            wanted=self._passes_filter,
        )
        done = 0
        with Progress("chats", self.session) as progress:
            for group in visits.groups(self._announce):
                yield from self._emit(group)
                for bookmark in bookmarks.values():
                    bookmark.came_to(group.created, self.session.began)
                self._keep(ACCOUNT, bookmarks)
                done += len(group.chats)
                progress.tell(done, visits.expected - visits.passed_over, self._messages_so_far)
        for bookmark in bookmarks.values():
            bookmark.ended(self.session.began)
            bookmark.without_messages = visits.without_messages
        self._keep(ACCOUNT, bookmarks)
        self.session.passed_over += visits.passed_over

    def _chosen(self) -> Iterator[Record]:
        bookmarks = self._bookmarks(CHOSEN, ChosenBookmark)
        selected = Selected(
            self.session.account,
            self.session.bounds,
            self.session.settings.chat_ids or (),
            with_chats=self.selected,
            messages=bookmarks.get("messages"),
            wanted=self._passes_filter,
        )
        done = 0
        with Progress("chats", self.session) as progress:
            for chat_ids, group in selected.groups(self._announce):
                yield from self._emit(group)
                for bookmark in bookmarks.values():
                    bookmark.done(chat_ids, self.session.began)
                self._keep(CHOSEN, bookmarks)
                done += len(chat_ids)
                progress.tell(done, len(self.session.settings.chat_ids or ()), self._messages_so_far)
        self.session.passed_over += selected.passed_over
        self.session.gone += selected.gone

    @property
    def _messages_so_far(self) -> str:
        return "".join(
            f"{t.cast('HelpCrunchStream', stream).records:,} {stream.name}, "
            for stream in self.child_streams
            if stream.selected
        )

    @property
    def _announce(self) -> Callable[[Iterable[Visit]], None]:
        """Nothing is asked ahead in the connection test, which reads a record of each stream."""
        return (lambda _visits: None) if self.dry else self.session.history.announce

    def _emit(self, group: Group) -> Iterator[Record]:
        for stream in self.child_streams:
            if stream.selected and group.visits:
                # In the connection test the child stops after a record; the parent goes on, as in the SDK.
                with suppress(AbortedSyncFailedException, AbortedSyncPausedException):
                    stream.sync({"visits": tuple(group.visits)})
        yield from group.chats

    def _passes_filter(self, row: Record) -> bool:
        """Tell whether a stream map's filter on chats lets this one through.

        A chat filtered out is not asked for its messages. A stream map that removes the stream as a whole says nothing
        of its messages.
        """
        stream_map = self.stream_maps[0]
        return (
            not self.selected
            or isinstance(stream_map, RemoveRecordTransform)
            or bool(stream_map.get_filter_result(row))
        )

    def _bookmarks(self, mode: str, kind: type[B]) -> dict[str, B]:
        """Return the bookmarks of this stream and its child, as far as they are selected; each mode has its own."""
        bookmarks = {}
        for stream in (self, *self.child_streams):
            if stream.selected:
                full = stream.replication_method == FULL_TABLE
                bookmark = kind() if full else kind.read(stream.stream_state.get(mode))
                bookmark.expect(self.session.settings.start_date)
                bookmarks[stream.name] = bookmark
        return bookmarks

    def _keep(self, mode: str, bookmarks: dict[str, B]) -> None:
        for stream in (self, *t.cast("list[HelpCrunchStream]", self.child_streams)):
            if stream.name in bookmarks:
                stream.keep({mode: bookmarks[stream.name].written()})
        self.write_state()
