"""ACTIVATE_VERSION for target-duckdb, which ignores it: what a complete walk did not meet is marked, or deleted.

The loader's columns of metadata are on unless its settings say otherwise, and one more holds the version of each row.
"""

from __future__ import annotations

import json
import typing as t
from datetime import datetime, timezone

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VERSION, DELETED = "_sdc_table_version", "_sdc_deleted_at"
_KINDS = ('"ACTIVATE_VERSION"', '"SCHEMA"', '"STATE"')

Message = dict[str, t.Any]


class Versions:
    """Joins the loader where its module looks its own functions up."""

    def __init__(self, loader: t.Any) -> None:
        """Take the module ``target_duckdb``."""
        self._loader = loader
        self._columns = loader.add_metadata_columns_to_schema
        self._values = loader.add_metadata_values_to_record
        self._persist = loader.persist_lines
        self._tables = loader.DbSync
        self._table: dict[str, t.Any] = {}  # by stream, as its SCHEMA came last
        self._schema: dict[str, str] = {}  # by stream, the line
        self._state: Message | None = None

    def take_part(self) -> None:
        """Stand in for those functions of the loader."""
        self._loader.add_metadata_columns_to_schema = self._columns_with_version
        self._loader.add_metadata_values_to_record = self._values_with_version
        self._loader.persist_lines = self._persist_with_versions
        self._loader.DbSync = self._noted_table

    def _columns_with_version(self, message: Message) -> Message:
        extended: Message = self._columns(message)
        extended["schema"]["properties"][VERSION] = {"type": ["null", "integer"]}
        return extended

    def _values_with_version(self, message: Message) -> Message:
        record: Message = self._values(message)
        record[VERSION] = message.get("version")
        return record

    def _noted_table(self, connection: t.Any, config: Message, message: Message) -> t.Any:
        table = self._tables(connection, config, message)
        self._table[message["stream"]] = table
        return table

    def _persist_with_versions(self, connection: t.Any, config: Message, lines: Iterable[str]) -> None:
        config = {"add_metadata_columns": True, **config}
        has_versions = config["add_metadata_columns"] or config.get("hard_delete")
        self._persist(connection, config, self._with_versions(config, lines) if has_versions else lines)
        # The loader keeps the last STATE to itself where no record follows what it wrote last. All is written now.
        self._loader.emit_state(self._state)

    def _with_versions(self, config: Message, lines: Iterable[str]) -> Iterator[str]:
        """Yield the lines; where one activates a version, do that after the loader has written what stands before.

        It writes all rows when a SCHEMA of their stream comes again.
        """
        for line in lines:
            # Most lines are records, which the loader reads itself: once is enough.
            message = json.loads(line) if any(kind in line for kind in _KINDS) else {}
            match message.get("type"):
                case "ACTIVATE_VERSION":
                    yield self._schema[message["stream"]]
                    self._activate(message["stream"], message["version"], delete=bool(config.get("hard_delete")))
                    continue
                case "SCHEMA":
                    self._schema[message["stream"]] = line
                case "STATE":
                    self._state = message["value"]
            yield line

    def _activate(self, stream: str, version: int, *, delete: bool) -> None:
        table = self._table[stream]
        name = table.table_name(stream)
        is_gone = f"({VERSION} is null or {VERSION} < {int(version)})"
        if delete:
            table.query(f"delete from {name} where {is_gone}")  # noqa: S608
            return
        now = datetime.now(timezone.utc).isoformat()
        table.query(f"update {name} set {DELETED} = '{now}' where {is_gone} and {DELETED} is null")  # noqa: S608
