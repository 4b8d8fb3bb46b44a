"""Files written by BATCH runs: the settings for them, and DuckDB to read them."""

from __future__ import annotations

import json
import typing as t
from decimal import Decimal

import duckdb

from tests import expected

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Message = dict[str, t.Any]
Row = dict[str, t.Any]

# Each as docs/destinations.md has it.
ENCODINGS: dict[str, dict[str, str]] = {
    "jsonl": {"format": "jsonl", "compression": "gzip"},
    "parquet": {"format": "parquet"},
}
# Properties that are objects or lists: JSON text in Parquet.
NESTED = {"agent", "agents", "assignee", "customData", "customer", "department", "device", "location", "tags"}


def settings(root: str, form: str = "jsonl", size: int = 10_000, **storage: t.Any) -> Message:
    """Return the setting that brings files of this form to this place."""
    return {"batch_config": {"encoding": ENCODINGS[form], "storage": {"root": root, **storage}, "batch_size": size}}


def named(messages: Iterable[Message]) -> dict[str, list[str]]:
    """Return the addresses that BATCH messages name, by stream."""
    found: dict[str, list[str]] = {}
    for message in messages:
        if message["type"] == "BATCH":
            found.setdefault(message["stream"], []).extend(message["manifest"])
    return found


def columns(files: list[str], lake: duckdb.DuckDBPyConnection | None = None) -> dict[str, str]:
    """Return the types of Parquet files by column."""
    described = (lake or duckdb.connect()).execute("describe select * from read_parquet($1)", [files]).fetchall()
    return {name: kind for name, kind, *_ in described}


def rows(files: list[str], form: str, lake: duckdb.DuckDBPyConnection | None = None) -> list[Row]:
    """Return the rows of files of one stream, in the form in which the tap writes them to stdout."""
    connection = lake or duckdb.connect()
    if form == "jsonl":
        found = connection.execute("select json from read_ndjson_objects($1)", [files]).fetchall()
        return [json.loads(text) for (text,) in found]
    # A Python value of a time with a zone would take a further package.
    types = columns(files, connection)
    shown = [f'epoch_ms("{name}")' if kind.endswith("ZONE") else f'"{name}"' for name, kind in types.items()]
    read = connection.execute(f"select {', '.join(shown)} from read_parquet($1)", [files]).fetchall()  # noqa: S608
    return [dict(_told(types, values)) for values in read]


def by_id(found: Iterable[Row], wanted: Iterable[str] = ()) -> dict[int, Row]:
    """Return rows by id; a column that one of them lacks is null in it, as in Parquet."""
    nothing = dict.fromkeys(wanted)
    return {row["id"]: {**nothing, **row} for row in found}


def _told(types: Mapping[str, str], values: Iterable[t.Any]) -> Iterator[tuple[str, t.Any]]:
    for (name, kind), value in zip(types.items(), values, strict=True):
        if value is None:
            yield name, None
        elif kind.endswith("ZONE"):
            yield name, expected.time(Decimal(value) / 1000)
        else:
            yield name, json.loads(value) if name in NESTED else value
