"""Parquet files whose columns are those of the stream's schema.

The SDK infers the types from the rows of each file: a column without values gets no type, one with texts in some rows
and numbers in others ends the run, and two files may differ. HelpCrunch's ``customData`` does all of that.
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

# By their names in batch_config; the default is that of Parquet's own tools.
_CODECS = {"gzip": "gzip", "none": "none", None: "snappy"}


class ParquetBatcher(BaseBatcher):
    """The SDK's batcher with types that are known in advance, and file names like those of the SDK's JSON lines.

    The SDK's Parquet file names contain "=", which has another meaning in URLs and partitioned tables.
    """

    def __init__(self, tap: str, stream: str, config: BatchConfig, schema: dict[str, t.Any]) -> None:
        """Read the columns from a JSON schema, the one in the stream's SCHEMA message."""
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
            # The SDK flattens free-form objects like this: customData__plan is in the rows, but not in the schema.
            logger.warning(
                "%s: the field '%s' is not in the schema and is left out of the files", self.stream_name, name[:100]
            )
        self._left_out |= undeclared
        return pa.table({name: column.of(rows) for name, column in self._columns.items()})


@dataclass(frozen=True)
class Column:
    """A column: its type, and how to convert a value to that type."""

    stream: str
    name: str
    type: pa.DataType
    value: Callable[[t.Any], t.Any] | None = None

    @classmethod
    def read(cls, stream: str, name: str, schema: dict[str, t.Any]) -> Column:
        """Return the column for a property of a JSON schema; objects, lists and mixed types become JSON text."""
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
                return column(pa.int64(), operator.index)  # pyarrow itself would drop the fraction of a Decimal
            case ["number"] | ["integer", "number"]:
                return column(pa.float64(), float)
            case ["boolean"]:
                return column(pa.bool_())
            case _:
                return column(pa.string(), _json)

    def of(self, rows: list[Record]) -> pa.Array:
        """Return the column's values.

        Raises:
            UnusableInputError: a value does not fit, for example one that a stream map made.
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
            # The message of pyarrow contains the value.
            raise UnusableInputError(
                f"{self.stream}: a value of '{self.name}' cannot be written as {self.type}, the type in its schema"
            ) from None


def _moment(value: t.Any) -> str:
    return value if isinstance(value, str) else to_moment(value)  # stream maps can make datetimes


def _text(value: t.Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: t.Any) -> str:
    return serialize_json(value, ensure_ascii=False)
