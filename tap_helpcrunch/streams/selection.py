"""Which streams and properties a run emits, from any catalog: trimmed, hand-made, or of an earlier version."""

import typing as t
from collections.abc import Iterator

from singer_sdk.singerlib import Catalog

from tap_helpcrunch.api.errors import UnusableInputError
from tap_helpcrunch.streams import STREAMS

Entry = dict[str, t.Any]
Path = tuple[str, ...]  # a breadcrumb


def completed(catalog: Entry) -> Catalog:
    """Return a catalog with the streams and keys of the tap, in which everything that was left out is deselected."""
    try:
        given = {entry["tap_stream_id"]: entry for entry in catalog["streams"]}
        return Catalog.from_dict({"streams": [_entry(stream, given.get(stream.name, {})) for stream in STREAMS]})
    except (AttributeError, KeyError, TypeError, ValueError):
        raise UnusableInputError("--catalog is not a Singer catalog: make one with --discover") from None


def _entry(stream: t.Any, given: Entry) -> Entry:
    own, schema = stream.model.schema, given.get("schema", {})
    metadata: dict[Path, Entry] = {tuple(one["breadcrumb"]): one["metadata"] for one in given.get("metadata", ())}
    root = metadata.setdefault((), {"selected": bool(given) and not metadata})
    for path in [path for path, one in metadata.items() if one.get("selected") is False]:
        _refuse_within_lists(stream.name, own["properties"], path)
    keys = filter(None, (*stream.primary_keys, stream.replication_key))
    metadata |= {path: {"selected": False} for path in _left_out(own, schema)}
    metadata |= {("properties", key): {"inclusion": "automatic"} for key in keys}
    return {
        "tap_stream_id": stream.name,
        "schema": own | {"properties": own["properties"] | schema.get("properties", {})},
        "metadata": [{"breadcrumb": path, "metadata": one} for path, one in metadata.items()],
        "key_properties": stream.primary_keys,
        "replication_key": stream.replication_key,
        "replication_method": root.get("replication-method") or given.get("replication_method"),
    }


def _refuse_within_lists(stream: str, properties: Entry, path: Path) -> None:
    """Refuse to deselect a property of the objects in a list: the SDK would ignore it."""
    if path[2:] and path[1] in properties and "array" in properties[path[1]]["type"]:
        what = f"{stream}: '{path[-1]}' cannot be deselected within the list '{path[1]}'"
        raise UnusableInputError(f"--catalog: {what}: deselect the list, or remove the property by stream_maps")


def _left_out(own: Entry, schema: Entry, path: Path = ()) -> Iterator[Path]:
    """Yield the breadcrumbs of the properties that the schema in a catalog lacks."""
    for name, inner in own.get("properties", {}).items():
        here = (*path, "properties", name)
        if "properties" in schema and name not in schema["properties"]:
            yield here
        else:
            yield from _left_out(inner, schema.get("properties", {}).get(name, {}), here)
