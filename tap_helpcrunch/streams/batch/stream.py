"""A stream whose rows may go to files, and whose bookmark waits for them."""

from __future__ import annotations

import typing as t

from singer_sdk import Stream
from typing_extensions import override

from tap_helpcrunch.errors import UnusableInputError
from tap_helpcrunch.streams.batch.files import Files

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk import Tap
    from singer_sdk.helpers._batch import BaseBatchFileEncoding, BatchConfig
    from singer_sdk.helpers.types import Context


class BatchStream(Stream):
    """A stream whose bookmark enters the STATE once its rows are written: to stdout, or to a file already named."""

    def __init__(self, tap: Tap, schema: dict[str, t.Any]) -> None:
        """Begin with no file."""
        super().__init__(tap, schema=schema)
        self._files: Files | None = None
        self._bookmark: dict[str, t.Any] = {}

    @property
    def dry(self) -> bool:
        """Whether this is the connection test, which stops after one record."""
        return self.ABORT_AT_RECORD_COUNT is not None

    def keep(self, bookmark: dict[str, t.Any]) -> None:
        """Keep the bookmark that covers all rows so far; ``write_state`` passes it on to the target.

        With BATCH it waits until all of these rows are in files that have been named.
        """
        self._bookmark = bookmark
        if self._files is None or not self._files.waiting:
            self.stream_state.update(bookmark)

    def write_state(self) -> None:
        """Write the STATE, unless nothing has changed or this is the connection test."""
        if not self.dry:
            self._tap.state_writer.write_state(self._tap.state)

    @override
    def get_batches(
        self, batch_config: BatchConfig, context: Context | None = None
    ) -> Iterator[tuple[BaseBatchFileEncoding, list[str]]]:
        """Fill files with the records that would go to stdout; the SDK takes them before selection and stream maps.

        An open file waits for the next sync, and is written at the end of the run.

        Raises:
            UnusableInputError: a stream has several stream maps, but a file has the columns of only one.
        """
        if self._files is None:
            several = [stream.name for stream in self._tap.streams.values() if len(stream.stream_maps) > 1]
            if several:
                raise UnusableInputError(f"batch_config allows one stream map per stream: {several[0]} has several")
            self._files = Files(self.tap_name, self.name, batch_config, self.stream_maps[0].transformed_schema)
        for record in self._sync_records(context, write_messages=False):
            for message in self._generate_record_messages(record):
                if manifest := self._files.add(message.record):
                    yield from self._named(manifest)

    def write_last_file(self) -> None:
        """Write the rows that still wait for a full file, at the end of the run."""
        if self._files is not None and (manifest := self._files.close()):
            for encoding, files in self._named(manifest):
                self._write_batch_message(encoding, files)

    def _named(self, manifest: list[str]) -> Iterator[tuple[BaseBatchFileEncoding, list[str]]]:
        """Let the SDK name a file; then no row before the bookmark is waiting, so the bookmark moves."""
        yield t.cast("Files", self._files).encoding, manifest
        self.stream_state.update(self._bookmark)
        self.write_state()
