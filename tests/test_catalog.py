"""The discovered catalog: equal to its snapshot, fully described, open to new values, and true of the records."""

import re
import typing as t
from collections.abc import Iterator

import pytest
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR

from tests.expected import STREAMS
from tests.snapshot import discovered, reviewed

REPLICATION = {"chats": "lastMessageAt", "messages": "createdAt", "customers": "lastSeen"}

Schema = dict[str, t.Any]


CATALOG = discovered()


def properties(schema: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    """Yield every property of a schema, those of objects and lists within it too."""
    for name, kind in schema.get("properties", {}).items():
        yield f"{path}.{name}", kind
        yield from properties(kind, f"{path}.{name}")
        yield from properties(kind.get("items", {}), f"{path}.{name}[]")


PROPERTIES = {path: kind for stream, entry in CATALOG.items() for path, kind in properties(entry["schema"], stream)}


def test_the_catalog_is_the_one_that_was_reviewed() -> None:
    known = reviewed()
    changed = sorted(name for name in CATALOG.keys() | known.keys() if CATALOG.get(name) != known.get(name))
    assert not changed, (
        f"the catalog of {', '.join(changed)} is not that of tests/catalog.json: every user's tables change with it. "
        "If that is meant: python -m tests.snapshot, look at the difference, and say it in the changelog"
    )


def test_the_streams_are_those_promised() -> None:
    assert tuple(sorted(CATALOG)) == STREAMS
    for name, entry in CATALOG.items():
        assert entry["key_properties"] == ["id"]
        assert entry.get("replication_key") == REPLICATION.get(name)
        assert entry["replication_method"] == ("INCREMENTAL" if name in REPLICATION else "FULL_TABLE")


@pytest.mark.parametrize("name", STREAMS)
def test_every_schema_is_valid_json_schema(name: str) -> None:
    DEFAULT_JSONSCHEMA_VALIDATOR.check_schema(CATALOG[name]["schema"])
    assert CATALOG[name]["schema"]["properties"]["id"]["type"] in ("integer", ["integer"])
    assert CATALOG[name]["schema"]["required"] == ["id"]


@pytest.mark.parametrize("stream", STREAMS)
def test_properties_say_what_they_mean_and_refuse_nothing(stream: str) -> None:
    for path, kind in PROPERTIES.items():
        if path.startswith(f"{stream}."):
            assert kind.get("title"), path
            assert re.fullmatch(r".{10,}\.", kind.get("description", "")), path
            assert not kind.keys() & {"enum", "const", "pattern", "minLength", "maxLength", "minimum", "maximum"}, path
            assert "null" in kind["type"] or path == f"{stream}.id", path
            assert kind.get("required", []) == [], path
            assert kind.get("format") == ("date-time" if path.endswith(("At", "Seen", "Until")) else None), path
