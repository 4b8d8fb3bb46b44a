"""BATCH: the records of a stream in files of ``batch_size`` rows each, in a folder or a bucket, named on stdout.

The SDK begins a new file with every sync of a child stream; ``messages`` would have one for each 20 chats. Here the
rows of a stream wait until they fill a file, whichever sync brought them.
"""

from __future__ import annotations

import typing as t
from collections import deque

from singer_sdk.batch import Batcher

from tap_helpcrunch.errors import UnusableInputError
from tap_helpcrunch.streams.batch.parquet import ParquetBatcher

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers._batch import BatchConfig
    from singer_sdk.helpers.types import Record


class Files:
    """The files of one stream in one run, including the open one."""

    def __init__(self, tap: str, stream: str, config: BatchConfig, schema: dict[str, t.Any]) -> None:
        """Write nothing yet.

        Args:
            tap: the tap's name, for file names.
            stream: the stream's name, for file names.
            config: how to write, and where.
            schema: the JSON schema of the rows as they arrive here: selected, mapped and flattened.
        """
        batcher = (
            ParquetBatcher(tap, stream, config, schema)
            if config.encoding.format == "parquet"
            else Batcher(tap, stream, config)
        )
        self._stream = stream
        self._size = config.batch_size
        self.encoding = config.encoding
        self._rows: deque[Record] = deque()
        # One batcher for the whole run, since it numbers the files.
        self._manifests = batcher.get_batches(self._taken())

    @property
    def waiting(self) -> bool:
        """Whether some rows are not in a file yet."""
        return bool(self._rows)

    def add(self, row: Record) -> list[str] | None:
        """Add a row; if that fills a file, return its address, in a list."""
        self._rows.append(row)
        return self._write() if len(self._rows) >= self._size else None

    def close(self) -> list[str] | None:
        """Write the waiting rows; to the batcher, a file that is not full is the last one."""
        return self._write() if self._rows else None

    def _write(self) -> list[str]:
        try:
            return next(self._manifests)
        except UnusableInputError:
            raise
        except Exception as fault:
            # Storage errors have no common class: those of botocore, for example, are not OSError.
            raise UnusableInputError(
                f"{self._stream}: writing to the storage of batch_config failed: {type(fault).__name__}: {fault}"
            ) from fault

    def _taken(self) -> Iterator[Record]:
        while self._rows:
            yield self._rows.popleft()
