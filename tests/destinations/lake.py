"""The files of BATCH runs: the settings for them, and their rows as stdout would have them."""

from __future__ import annotations

import gzip
import json
import typing as t
from collections.abc import Iterable
from datetime import datetime

import fsspec
import pyarrow.parquet as pq

Message = dict[str, t.Any]

# Both as docs/destinations.md has them.
ENCODINGS: dict[str, dict[str, str]] = {
    "jsonl": {"format": "jsonl", "compression": "gzip"},
    "parquet": {"format": "parquet"},
}
# Properties that are objects or lists: JSON text in Parquet.
NESTED = {"agent", "agents", "assignee", "customData", "customer", "department", "device", "location", "tags"}


def settings(root: str, form: str = "jsonl", size: int = 10_000, **storage: t.Any) -> Message:
    """Return the setting that brings files of this form to this place."""
    return {
        "batch_config": {"encoding": dict(ENCODINGS[form]), "storage": {"root": root, **storage}, "batch_size": size}
    }


def named(messages: Iterable[Message]) -> dict[str, list[str]]:
    """Return the addresses that BATCH messages name, by stream."""
    found: dict[str, list[str]] = {}
    for message in messages:
        if message["type"] == "BATCH":
            found.setdefault(message["stream"], []).extend(message["manifest"])
    return found


def rows(files: Iterable[str], **params: t.Any) -> list[Message]:
    """Return the rows of files of one stream, in the form in which the tap writes them to stdout."""
    found: list[Message] = []
    for url in files:
        with fsspec.open(url, "rb", **params) as file:
            if url.endswith(".parquet"):
                found += map(told, pq.read_table(file).to_pylist())
            else:
                found += [json.loads(line) for line in gzip.decompress(file.read()).splitlines()]
    return found


def told(row: Message) -> Message:
    """Return a row with moments as texts, and what is JSON text as what it says."""
    for name, value in row.items():
        if isinstance(value, datetime):
            row[name] = f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"
        elif name in NESTED and isinstance(value, str):
            row[name] = json.loads(value)
    return row


def by_id(found: Iterable[Message], wanted: Iterable[str] = ()) -> dict[int, Message]:
    """Return rows by id; a column that one of them lacks is null in it, as in Parquet."""
    nothing = dict.fromkeys(wanted)
    return {row["id"]: {**nothing, **row} for row in found}
