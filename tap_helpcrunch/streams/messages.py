"""The stream ``messages``: GET /chats/{id}/messages, for the chats that its parent visits."""

from __future__ import annotations

import typing as t

from typing_extensions import override

from tap_helpcrunch.api.models import MESSAGE
from tap_helpcrunch.streams.base import HelpCrunchStream
from tap_helpcrunch.streams.chats import ChatsStream

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record


class MessagesStream(HelpCrunchStream):
    """Every message of every chat that is read.

    Incremental: a run reads the chats that changed, back to where the last run was complete.

    Every message that was fetched is emitted, not only those newer than the bookmark: the page costs the same request
    either way, and it brings changes that nothing announces (read flags, private notes).
    """

    name = "messages"
    model = MESSAGE
    parent_stream_type = ChatsStream
    replication_key = "createdAt"

    @override
    def generate_child_contexts(self, record: Record, context: Context | None) -> tuple[()]:
        """Return no contexts: messages have no children, but the SDK would make one for each all the same."""
        return ()

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Yield the messages of a group of chats.

        Args:
            context: ``{"visits": (Visit, ...)}`` from the parent, or None if there is nothing to read.
        """
        if context is None:
            return
        start_date = self.session.settings.start_date
        for visit in context["visits"]:
            for row in self.session.history.read(visit):
                if start_date is None or (row.get("createdAt") or start_date) >= start_date:
                    yield row
