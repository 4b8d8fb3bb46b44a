"""Parquet files whose columns are those of the stream's schema.

The SDK's own take the types from the rows of each file: a column without a value has none there, one with texts in some
rows and numbers in others ends the run, and no two files need to agree. HelpCrunch's ``customData`` is all of that.
"""

from __future__ import annotations

import logging
import operator
import typing as t
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from singer_sdk.batch import BaseBatcher, lazy_chunked_generator
from singer_sdk.singerlib.json import serialize_json
from typing_extensions import override

from tap_helpcrunch.api.values import to_moment
from tap_helpcrunch.errors import UnusableInputError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from singer_sdk.helpers._batch import BatchConfig
    from singer_sdk.helpers.types import Record

logger = logging.getLogger("tap-helpcrunch")

# By batch_config's names; without one it is what Parquet's own tools take.
_CODECS = {"gzip": "gzip", "none": "none", None: "snappy"}


class ParquetBatcher(BaseBatcher):
    """The SDK's batcher with types that are known beforehand, and names like those of the SDK's JSON lines.

    The SDK's Parquet names hold a "=", which file addresses and partitioned tables take for something else.
    """

    def __init__(self, tap: str, stream: str, config: BatchConfig, schema: dict[str, t.Any]) -> None:
        """Read the columns from a JSON schema, that of the stream's SCHEMA message."""
        super().__init__(tap, stream, config)
        self._columns = {name: Column.read(stream, name, kind) for name, kind in schema["properties"].items()}
        self._left_out: set[str] = set()

    @override
    def get_batches(self, records: Iterator[Record]) -> Iterator[list[str]]:
        """Yield the address of each file, in a list."""
        import pyarrow.parquet as pq  # noqa: PLC0415 - comes with an extra

        storage = self.batch_config.storage
        run = f"{storage.prefix or ''}{self.tap_name}--{self.stream_name}-{uuid4()}"
        for number, chunk in enumerate(lazy_chunked_generator(records, self.batch_config.batch_size), start=1):
            name = f"{run}-{number}.parquet"
            table = self._table(list(chunk))
            with storage.open(name, "wb") as file:
                pq.write_table(table, file, compression=_CODECS[self.batch_config.encoding.compression])
            yield [storage.get_url(name)]

    def _table(self, rows: list[Record]) -> pa.Table:
        import pyarrow as pa  # noqa: PLC0415

        undeclared = {name for row in rows for name in row.keys() - self._columns.keys() if row[name] is not None}
        for name in sorted(undeclared - self._left_out):
            # So the SDK flattens free objects: customData__plan is in the rows, but in no schema.
            logger.warning(
                "%s: the field '%s' is not in the schema and is left out of the files", self.stream_name, name[:100]
            )
        self._left_out |= undeclared
        return pa.table({name: column.of(rows) for name, column in self._columns.items()})


@dataclass(frozen=True)
class Column:
    """A column: its type, and how a value of a row becomes one of that type."""

    stream: str
    name: str
    type: pa.DataType
    value: Callable[[t.Any], t.Any] | None = None

    @classmethod
    def read(cls, stream: str, name: str, schema: dict[str, t.Any]) -> Column:
        """Return the column of a property in a JSON schema; what is no plain value, or may be several, is JSON text."""
        import pyarrow as pa  # noqa: PLC0415

        kinds = schema.get("type", ())
        kinds = {kinds} if isinstance(kinds, str) else set(kinds)
        column = partial(cls, stream, name)
        match sorted(kinds - {"null"}):
            case ["string"] if schema.get("format") == "date-time":
                return column(pa.timestamp("ms", tz="UTC"), _moment)
            case ["string"]:
                return column(pa.string(), _text)
            case ["integer"]:
                return column(pa.int64(), operator.index)  # pyarrow itself would cut a Decimal's fraction off
            case ["number"] | ["integer", "number"]:
                return column(pa.float64(), float)
            case ["boolean"]:
                return column(pa.bool_())
            case _:
                return column(pa.string(), _json)

    def of(self, rows: list[Record]) -> pa.Array:
        """Return the column's values.

        Raises:
            UnusableInputError: a value does not fit, as a stream map may make one.
        """
        import pyarrow as pa  # noqa: PLC0415

        values = [row.get(self.name) for row in rows]
        try:
            if self.value is not None:
                values = [None if value is None else self.value(value) for value in values]
            if pa.types.is_timestamp(self.type):
                return pa.array(values, pa.string()).cast(self.type)
            return pa.array(values, self.type)
        except (AttributeError, TypeError, ValueError, OverflowError):
            # What pyarrow says holds the value.
            raise UnusableInputError(
                f"{self.stream}: a value of '{self.name}' cannot be written as {self.type}, the type in its schema"
            ) from None


def _moment(value: t.Any) -> str:
    return value if isinstance(value, str) else to_moment(value)  # a stream map may make datetimes


def _text(value: t.Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: t.Any) -> str:
    return serialize_json(value, ensure_ascii=False)
