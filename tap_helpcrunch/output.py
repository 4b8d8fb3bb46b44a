"""Writes Singer messages to stdout with msgspec, and flushes them when it matters."""

from __future__ import annotations

import sys
import typing as t
from datetime import datetime, timezone

from singer_sdk.contrib.msgspec import MsgSpecWriter, serialize_jsonl
from singer_sdk.singerlib.encoding.base import SingerMessageType
from singer_sdk.singerlib.messages import SchemaMessage, StateMessage
from typing_extensions import override

if t.TYPE_CHECKING:
    from singer_sdk.singerlib.messages import Message

    from tap_helpcrunch.interrupt import Interrupt


class Writer(MsgSpecWriter):
    """The SDK's msgspec writer without a flush for each record.

    A STATE says that everything before it is written, so both are flushed together; the process flushes at its end.
    """

    def __init__(self, interrupt: Interrupt) -> None:
        """Let signals through between two messages, when no line is half written."""
        self._interrupt = interrupt
        self._declared: set[str] = set()

    def write_record(self, stream: str, record: dict[str, t.Any], version: int | None) -> None:
        """Write one RECORD line: the same as ``write_message`` would, for a third of the CPU time."""
        line = {"type": "RECORD", "stream": stream, "record": record, "time_extracted": datetime.now(timezone.utc)}
        if version is not None:
            line["version"] = version
        self.put(serialize_jsonl(line), flush=False)

    @override
    def serialize_message(self, message: Message) -> bytearray:
        """Return the line of a message; a STATE is not copied first, which would take most of its CPU time."""
        if isinstance(message, StateMessage):
            return serialize_jsonl({"type": "STATE", "value": message.value})
        return super().serialize_message(message)

    @override
    def write_message(self, message: Message) -> None:
        """Write one line; a SCHEMA only once per run, not once per child sync."""
        if isinstance(message, SchemaMessage):
            if message.stream in self._declared:
                return
            self._declared.add(message.stream)
        self.put(self.format_message(message), flush=message.type is not SingerMessageType.RECORD)

    def put(self, line: bytearray, *, flush: bool) -> None:
        """Write one line, completely or not at all."""
        self._interrupt.check()
        sys.stdout.buffer.write(line)
        if flush:
            sys.stdout.buffer.flush()
