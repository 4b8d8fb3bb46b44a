"""BATCH: the records of a stream in files of ``batch_size`` rows each, in a folder or a bucket, named on stdout.

The SDK begins a new file with every sync of a child stream; ``messages`` would have one for each 20 chats. Here the
rows of a stream wait until they fill a file, whichever sync brought them.
"""

from __future__ import annotations

import typing as t
from collections import deque
from importlib.util import find_spec

import fsspec
from singer_sdk.batch import Batcher

from tap_helpcrunch.command import UnusableInputError
from tap_helpcrunch.streams.parquet import ParquetBatcher

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers._batch import BatchConfig
    from singer_sdk.helpers.types import Record

PARQUET = "parquet"
# What each part of the setting may hold; singer_sdk.helpers._batch ends in a traceback on anything else.
_PARTS = {
    "": {"encoding", "storage", "batch_size"},
    "encoding": {"format", "compression"},
    "storage": {"root", "prefix", "params"},
}


class Files:
    """The files of one stream in one run, the open one included."""

    def __init__(self, tap: str, stream: str, config: BatchConfig, schema: dict[str, t.Any]) -> None:
        """Write none yet.

        Args:
            tap: its name, for the files' names.
            stream: likewise.
            config: how to write, and where.
            schema: the JSON schema of the rows as they come here: selected, mapped and flattened.
        """
        batcher = (
            ParquetBatcher(tap, stream, config, schema)
            if config.encoding.format == PARQUET
            else Batcher(tap, stream, config)
        )
        self._stream = stream
        self._size = config.batch_size
        self.encoding = config.encoding
        self._rows: deque[Record] = deque()
        # One batcher for the whole run: it numbers the files.
        self._manifests = batcher.get_batches(self._taken())

    @property
    def waiting(self) -> bool:
        """Whether there are rows that are in no file yet."""
        return bool(self._rows)

    def add(self, row: Record) -> list[str] | None:
        """Take a row; return the address of the file that it filled, in a list."""
        self._rows.append(row)
        return self._write() if len(self._rows) >= self._size else None

    def close(self) -> list[str] | None:
        """Write the rows that wait; the batcher takes a file that is not full for the last."""
        return self._write() if self._rows else None

    def _write(self) -> list[str]:
        try:
            return next(self._manifests)
        except UnusableInputError:
            raise
        except Exception as fault:
            # Faults of storages have no class in common: botocore's, for one, are not OSError.
            raise UnusableInputError(
                f"{self._stream}: the storage of batch_config took no file: {type(fault).__name__}: {fault}"
            ) from fault

    def _taken(self) -> Iterator[Record]:
        while self._rows:
            yield self._rows.popleft()


def faults(given: t.Any) -> list[str]:
    """Return one line for each thing that is wrong with ``batch_config``, or missing on this machine.

    Values may be secrets (storage keys): only what is allowed is told.
    """
    found = []
    parts = {"": given, **{name: given.get(name) for name in ("encoding", "storage") if isinstance(given, dict)}}
    for name, part in parts.items():
        path = f"batch_config.{name}".rstrip(".")
        if not isinstance(part, dict) or not part.keys() <= _PARTS[name]:
            found.append(f"{path}: must be an object of {', '.join(sorted(_PARTS[name]))} and nothing else")
    return found or [*_wrong_values(given), *_missing_packages(given)]


def _wrong_values(given: dict[str, t.Any]) -> Iterator[str]:
    encoding, storage, size = given["encoding"], given["storage"], given.get("batch_size")
    if encoding.get("format") not in {"jsonl", PARQUET}:
        yield "batch_config.encoding.format: must be jsonl or parquet"
    elif encoding["format"] == "jsonl" and encoding.get("compression") != "gzip":
        yield "batch_config.encoding.compression: must be gzip with jsonl"  # the SDK writes no other, whatever it says
    elif encoding.get("compression") not in {"gzip", "none", None}:
        yield "batch_config.encoding.compression: must be gzip or none, or be left out"
    if not isinstance(storage.get("root"), str) or not storage["root"]:
        yield "batch_config.storage.root: must be the address of a folder or bucket, like file:///data or s3://bucket"
    if not isinstance(storage.get("prefix"), (str, type(None))):
        yield "batch_config.storage.prefix: must be a text"
    if not isinstance(storage.get("params", {}), dict):
        yield "batch_config.storage.params: must be an object"
    # With 0 the SDK writes no file, and says nothing.
    if size is not None and (type(size) is not int or size < 1):
        yield "batch_config.batch_size: must be a whole number of 1 or more"


def _missing_packages(given: dict[str, t.Any]) -> Iterator[str]:
    if given["encoding"].get("format") == PARQUET and find_spec("pyarrow") is None:
        advice = "pip install 'tap-helpcrunch[parquet]'"
        yield f"batch_config.encoding.format: parquet needs a package that is not installed: {advice}"
    protocol, separator, _ = str(given["storage"].get("root")).partition("://")
    try:
        fsspec.get_filesystem_class(protocol if separator else None)
    except ImportError as fault:
        advice = "pip install 'tap-helpcrunch[s3]'" if protocol == "s3" else str(fault)
        yield f"batch_config.storage.root: {protocol}:// needs a package that is not installed: {advice}"
    except ValueError:
        yield "batch_config.storage.root: must begin with file://, s3:// or another protocol that fsspec knows"
