"""A stream whose rows may go into files, and whose bookmark waits for them."""

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
    """A bookmark in the STATE says that the rows before it are written: on stdout, or in a file that is named."""

    def __init__(self, tap: Tap, schema: dict[str, t.Any]) -> None:
        """Begin without a file."""
        super().__init__(tap, schema=schema)
        self._files: Files | None = None
        self._bookmark: dict[str, t.Any] = {}

    @property
    def dry(self) -> bool:
        """Whether this is the connection test, which stops after a record."""
        return self.ABORT_AT_RECORD_COUNT is not None

    def keep(self, bookmark: dict[str, t.Any]) -> None:
        """Take the bookmark that holds for all rows so far; ``write_state`` tells the target.

        It waits until they all are written: with BATCH, until a file that holds them is named.
        """
        self._bookmark = bookmark
        if self._files is None or not self._files.waiting:
            self.stream_state.update(bookmark)

    def write_state(self) -> None:
        """Write the STATE, unless nothing changed or this is a connection test."""
        if not self.dry:
            self._tap.state_writer.write_state(self._tap.state)

    @override
    def get_batches(
        self, batch_config: BatchConfig, context: Context | None = None
    ) -> Iterator[tuple[BaseBatchFileEncoding, list[str]]]:
        """Fill files with the records as they would go to stdout; the SDK's are before selection and stream maps.

        An open file waits for the next sync, and is written at the run's end.

        Raises:
            UnusableInputError: for several stream maps of any stream; a file has the columns of one.
        """
        if self._files is None:
            several = [stream.name for stream in self._tap.streams.values() if len(stream.stream_maps) > 1]
            if several:
                raise UnusableInputError(f"batch_config goes with one stream map a stream: {several[0]} has several")
            self._files = Files(self.tap_name, self.name, batch_config, self.stream_maps[0].transformed_schema)
        for record in self._sync_records(context, write_messages=False):
            for message in self._generate_record_messages(record):
                if manifest := self._files.add(message.record):
                    yield from self._named(manifest)

    def write_last_file(self) -> None:
        """Write the rows that wait for a file to fill, at the end of the run."""
        if self._files is not None and (manifest := self._files.close()):
            for encoding, files in self._named(manifest):
                self._write_batch_message(encoding, files)

    def _named(self, manifest: list[str]) -> Iterator[tuple[BaseBatchFileEncoding, list[str]]]:
        """Let the SDK name a file; then no row of before the bookmark waits any more, so it moves."""
        yield t.cast("Files", self._files).encoding, manifest
        self.stream_state.update(self._bookmark)
        self.write_state()
