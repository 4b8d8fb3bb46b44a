"""The files of BATCH runs: the settings for them, and their rows."""

import gzip
import json
import typing as t
from collections.abc import Iterable

import fsspec

Message = dict[str, t.Any]

# As docs/destinations.md has it.
ENCODING = {"format": "jsonl", "compression": "gzip"}


def settings(root: str, size: int = 10_000, **storage: t.Any) -> Message:
    """Return the setting that brings files to this place."""
    return {"batch_config": {"encoding": ENCODING, "storage": {"root": root, **storage}, "batch_size": size}}


def named(messages: Iterable[Message]) -> dict[str, list[str]]:
    """Return the addresses that BATCH messages name, by stream."""
    found: dict[str, list[str]] = {}
    for message in messages:
        if message["type"] == "BATCH":
            found.setdefault(message["stream"], []).extend(message["manifest"])
    return found


def rows(files: Iterable[str], **params: t.Any) -> list[Message]:
    """Return the rows of files of one stream."""
    found: list[Message] = []
    for url in files:
        with fsspec.open(url, "rb", **params) as file:
            found += [json.loads(line) for line in gzip.decompress(file.read()).splitlines()]
    return found


def by_id(found: Iterable[Message]) -> dict[int, Message]:
    """Return rows by id; of two with the same id, the later one."""
    return {row["id"]: row for row in found}
