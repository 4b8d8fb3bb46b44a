"""Checks ``batch_config``."""

from __future__ import annotations

import typing as t
from importlib.util import find_spec

import fsspec

if t.TYPE_CHECKING:
    from collections.abc import Iterator

PARQUET = "parquet"
# What each part of the setting may contain; on anything else singer_sdk.helpers._batch ends in a traceback.
_PARTS = {
    "": {"encoding", "storage", "batch_size"},
    "encoding": {"format", "compression"},
    "storage": {"root", "prefix", "params"},
}


def faults(given: t.Any) -> list[str]:
    """Return one line for each thing that is wrong with ``batch_config``, or missing on this machine.

    Values may be secrets (storage keys), so the lines only say what is allowed.
    """
    found = []
    parts = {"": given, **{name: given.get(name) for name in ("encoding", "storage") if isinstance(given, dict)}}
    for name, part in parts.items():
        path = f"batch_config.{name}".rstrip(".")
        if not isinstance(part, dict) or not part.keys() <= _PARTS[name]:
            found.append(f"{path}: must be an object of {', '.join(sorted(_PARTS[name]))} and nothing else")
    return found or [*_wrong_values(given), *_missing_packages(given)]


def _wrong_values(given: dict[str, t.Any]) -> Iterator[str]:
    storage, size = given["storage"], given.get("batch_size")
    yield from _wrong_encoding(given["encoding"])
    if not isinstance(storage.get("root"), str) or not storage["root"]:
        yield "batch_config.storage.root: must be the URL of a folder or bucket, like file:///data or s3://bucket"
    if not isinstance(storage.get("prefix"), (str, type(None))):
        yield "batch_config.storage.prefix: must be a string"
    if not isinstance(storage.get("params", {}), dict):
        yield "batch_config.storage.params: must be an object"
    # With 0 the SDK silently writes no file.
    if size is not None and (type(size) is not int or size < 1):
        yield "batch_config.batch_size: must be a whole number of 1 or more"


def _wrong_encoding(encoding: dict[str, t.Any]) -> Iterator[str]:
    if encoding.get("format") not in {"jsonl", PARQUET}:
        yield "batch_config.encoding.format: must be jsonl or parquet"
    elif encoding["format"] == "jsonl" and encoding.get("compression") != "gzip":
        yield "batch_config.encoding.compression: must be gzip with jsonl"  # the only one that the SDK really writes
    elif encoding.get("compression") not in {"gzip", "none", None}:
        yield "batch_config.encoding.compression: must be gzip, none or absent"


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
