"""What all streams have in common: the tap's client, a bookmark of their own, and a quiet log."""

from __future__ import annotations

import fnmatch
import json
import logging
import typing as t
from functools import cached_property
from hashlib import sha256

from singer_sdk import metrics
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform
from singer_sdk.singerlib.messages import ActivateVersionMessage
from typing_extensions import override

from tap_helpcrunch.output import Writer
from tap_helpcrunch.streams.batch.stream import BatchStream
from tap_helpcrunch.streams.meters import RunCounter, RunTimer

if t.TYPE_CHECKING:
    from singer_sdk.helpers.types import Context, Record

    from tap_helpcrunch.api.values import Model
    from tap_helpcrunch.session import Session
    from tap_helpcrunch.session_tap import SessionTap


class HelpCrunchStream(BatchStream):
    """A stream of one endpoint.

    The SDK's own bookmark is the newest value seen, which loses data here (see ``sync.bookmark``). Its hooks are
    therefore disabled, and each stream writes its own bookmark when it knows what is complete. The hooks that begin
    with an underscore are private to the SDK: singer-sdk is pinned to one minor version, and tests watch each of them.
    """

    primary_keys = ("id",)
    # One bookmark per stream, not per chat: 2,000 chats would cost 36 s and 57 MB of STATE.
    state_partitioning_keys = ()
    # Rows are read into the schema at the API's edge; a second pass would take 42% of a record's CPU time.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    model: t.ClassVar[Model]

    _tap: SessionTap

    def __init__(self, tap: SessionTap) -> None:
        """Count the stream's records and time from zero."""
        super().__init__(tap, self.model.schema)
        self.records = 0
        tags = {metrics.Tag.STREAM: self.name}
        self._counter = RunCounter(metrics.Metric.RECORD_COUNT, dict(tags))
        self._timer = RunTimer(metrics.Metric.SYNC_DURATION, dict(tags))

    @property
    def session(self) -> Session:
        """What the streams of a run share; made when first used, so that discovery needs no key."""
        return self._tap.session

    @property
    def seconds(self) -> float:
        """How long the stream took, its child streams excluded."""
        return self._timer.seconds - sum(t.cast("HelpCrunchStream", child).seconds for child in self.child_streams)

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        """Keep the SDK from activating a version before its rows are written; ``activate`` does it afterwards."""
        return False

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record | None:
        """Count the record."""
        self.records += 1
        return row

    @override
    def get_record_counter(self, **_: t.Any) -> metrics.Counter:
        """Return the counter of the whole run."""
        return self._counter

    @override
    def get_sync_timer(self) -> metrics.Timer:
        """Return the timer of the whole run."""
        return self._timer

    @override
    def log_sync_costs(self) -> None:
        """Log the metrics of the run; called once, at its end."""
        if self.selected:
            self._counter.exit()
            self._timer.exit()

    @override
    def log(self, message: str, *args: t.Any, level: int = logging.INFO, **kwargs: t.Any) -> None:
        """Log the SDK's lines, several per child sync, at DEBUG; the tap itself logs what an operator needs."""
        super().log(message, *args, level=logging.DEBUG, **kwargs)

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """Keep the SDK's signpost out of the STATE."""

    @override
    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Keep the SDK's starting value out of the STATE, and its INFO line per child sync out of the log."""

    @override
    def _increment_stream_state(self, latest_record: Record, *, context: Context | None = None) -> None:
        """Do not move the bookmark with each record: only what is complete moves it."""

    @override
    def _write_record_message(self, record: Record) -> None:
        """Write an unchanged record without the SDK's detours, which cost more than everything else."""
        if self._plain_writer is not None:
            self._plain_writer.write_record(self.name, record, self._stream_version)
            self.state_manager.is_flushed = False
        else:
            super()._write_record_message(record)

    @cached_property
    def _plain_writer(self) -> Writer | None:
        """The writer of records that are written as they are; None if anything is deselected, mapped or flattened."""
        writer = self._tap.message_writer
        is_unchanged = (
            all(type(stream_map) is SameRecordTransform for stream_map in self.stream_maps)
            and not self.config.get("flattening_enabled")
            and all(self.mask.values())
        )
        return writer if is_unchanged and isinstance(writer, Writer) else None

    # Versions: what a complete walk did not see is gone

    def carry(self, version: int) -> None:
        """Let the records carry this version, if the settings ask for versions.

        Args:
            version: that of the newest walk. If this STATE knows none (0), another may, and its walk may be under way:
                its end would remove records without a version.
        """
        if self.session.settings.emit_activate_version_messages:
            self._stream_version = version or int(self.session.moments.now().timestamp())

    def activate(self, doubt: str | None) -> None:
        """Tell the target that rows without the version are gone, or log why that is not known.

        Args:
            doubt: why the walk does not prove what exists; None if it does.
        """
        doubt = self._what_is_left_out() or doubt
        if doubt is not None:
            self.logger.warning("%s: nothing is removed from the target: %s", self.name, doubt)
            return
        for stream_map in self.stream_maps:
            if not isinstance(stream_map, RemoveRecordTransform) and self._stream_version is not None:
                message = ActivateVersionMessage(stream=stream_map.stream_alias, version=self._stream_version)
                self._tap.write_message(message)
                self.session.activated.append(stream_map.stream_alias)

    def note_what_is_left_out(self) -> None:
        """Let no walk of this run prove what exists, if a setting leaves out rows."""
        if self._what_is_left_out() is not None:
            self.session.walks.left_out.add(self.name)

    def _what_is_left_out(self) -> str | None:
        """Return which setting, if any, leaves out rows that exist and may be in the target from an earlier run."""
        settings = self.session.settings
        if self.name in {"chats", "messages"}:
            if settings.start_date is not None:
                return "start_date leaves out rows that exist"
            if settings.chat_ids is not None:
                return "chat_ids leaves out rows that exist"
        if self._filters():
            return "a filter in stream_maps leaves out rows that exist"
        return None

    @property
    def filter(self) -> str | None:
        """What a bookmark says of the filters in stream maps that its rows have passed; None without any."""
        filters = self._filters()
        return sha256(json.dumps(filters).encode()).hexdigest()[:16] if filters else None

    def _filters(self) -> list[str]:
        """Return the filters in stream maps that leave out rows: also those on chats leave out messages."""
        maps = self.config.get("stream_maps") or {}
        names = {self.name, "chats"} if self.name == "messages" else {self.name}
        return [
            str(rules["__filter__"])
            for pattern, rules in maps.items()
            if isinstance(rules, dict) and rules.get("__filter__")
            if fnmatch.filter(names, rules.get("__source__") or pattern)
        ]
