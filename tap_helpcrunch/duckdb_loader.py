"""`helpcrunch-target-duckdb`: target-duckdb 0.8.0 with what it leaves out. The extra `duckdb` brings it, and DuckDB.

target-duckdb writes each batch into a CSV file and lets DuckDB guess the file's form. From DuckDB 1.3 on the first row
is often taken for a header, so that a row of every batch is lost; and where a batch has apostrophes but no quotation
marks, half of the apostrophes may be. Neither is an error. The first is fixed in its repository, but not in a release.

And it ignores ACTIVATE_VERSION: see ``duckdb_versions``.
"""

from __future__ import annotations

import typing as t
from importlib.util import find_spec

from tap_helpcrunch.duckdb_versions import Versions

_GUESSED = " WITH (new_line "
_TOLD = " WITH (auto_detect false, header false, delimiter ',', quote '\"', escape '\"', new_line "


class _Connection:
    """A connection whose COPY says what the file's form is."""

    def __init__(self, connection: t.Any) -> None:
        self._connection = connection

    def execute(self, statement: str, *given: t.Any) -> t.Any:
        if statement.startswith("COPY "):
            statement = statement.replace(_GUESSED, _TOLD)
        return self._connection.execute(statement, *given)

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self._connection, name)


def main() -> None:
    """Run target-duckdb with such a connection, and with versions."""
    if find_spec("target_duckdb") is None:
        raise SystemExit("target-duckdb is missing: install tap-helpcrunch[duckdb]")
    import target_duckdb  # noqa: PLC0415 - comes with an extra

    connect = target_duckdb.duckdb_connect
    target_duckdb.duckdb_connect = lambda config: _Connection(connect(config))
    Versions(target_duckdb).take_part()
    target_duckdb.main()
