"""What all streams share: the tap's one client, a bookmark of their own, and a quiet log."""

from __future__ import annotations

import logging
import typing as t

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel

if t.TYPE_CHECKING:
    from singer_sdk.helpers.types import Context, Record

    from tap_helpcrunch.api.values import Model
    from tap_helpcrunch.session import Session
    from tap_helpcrunch.tap import TapHelpCrunch


class HelpCrunchStream(Stream):
    """A stream of one endpoint.

    The SDK's own bookmark is the newest value seen, which loses data here (see ``sync.bookmark``), so its hooks are
    quiet and each stream writes its own bookmark when it knows what is complete. The hooks with an underscore are the
    SDK's private ones: the range of singer-sdk is held at one minor version, and tests watch each of them.
    """

    primary_keys = ("id",)
    # One bookmark a stream, not one a chat: 2,000 chats would cost 36 s and 57 MB of STATE.
    state_partitioning_keys = ()
    # The rows are read into the schema at the API's edge; a second pass would be 42 % of a record's CPU.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    model: t.ClassVar[Model]

    def __init__(self, tap: TapHelpCrunch) -> None:
        """Join the tap's session."""
        super().__init__(tap, schema=self.model.schema)
        self._hub = tap
        self._schema_written = False
        self.records = 0

    @property
    def session(self) -> Session:
        """What the streams of a run share; made at the first request, so that discovery needs no key."""
        return self._hub.session

    @property
    def bookmark(self) -> dict[str, t.Any]:
        """The stream's entry in the STATE, writable."""
        return self.stream_state

    @property
    def dry(self) -> bool:
        """Whether this is the connection test, which stops after a record."""
        return self.ABORT_AT_RECORD_COUNT is not None

    @property
    def batched(self) -> bool:
        """Whether records go to BATCH files; the SDK then writes a STATE after each file."""
        return bool(self.config.get("batch_config"))

    def write_state(self) -> None:
        """Write the STATE, unless nothing changed, there is a file open, or this is a connection test."""
        if not self.dry and not self.batched:
            self._hub.state_writer.write_state(self._hub.state)

    def post_process(self, row: Record, context: Context | None = None) -> Record | None:  # noqa: ARG002
        """Count the record."""
        self.records += 1
        return row

    def log(self, message: str, *args: t.Any, level: int = logging.INFO, **kwargs: t.Any) -> None:  # noqa: ARG002
        """Log the SDK's lines, several a child sync, at DEBUG; what an operator needs is logged by the tap itself."""
        super().log(message, *args, level=logging.DEBUG, **kwargs)

    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """Keep the SDK's signpost out of the STATE."""

    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Keep the SDK's starting value out of the STATE, and its INFO line a child sync out of the log."""

    def _increment_stream_state(self, latest_record: Record, *, context: Context | None = None) -> None:
        """Do not move the bookmark with a record: only what is complete moves it."""

    def _write_schema_message(self) -> None:
        """Write the SCHEMA once a run, not once a child sync."""
        if not self._schema_written:
            self._schema_written = True
            super()._write_schema_message()
