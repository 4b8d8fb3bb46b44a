"""Answers queries from a DuckDB file: `python read.py FILE`.

As JSON, `{"views": SQL, "queries": {name: SQL}}` comes in, and each query's rows go out under its name. A program of
its own, because duckdb is installed where Meltano keeps the loader, and nowhere else.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any


def main() -> None:
    """Print the rows. The file is only read: the views are made in memory, beside names for the file's tables."""
    duckdb = importlib.import_module("duckdb")
    given = json.load(sys.stdin)
    file = sys.argv[1].replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{file}' as warehouse (read_only); create schema helpcrunch")
        for (table,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = 'warehouse' and schema_name = 'helpcrunch'"
        ).fetchall():
            connection.execute(f"create view helpcrunch.{table} as from warehouse.helpcrunch.{table}")
        connection.execute(given["views"])
        answers = {name: _rows(connection.execute(sql)) for name, sql in given["queries"].items()}
    json.dump(answers, sys.stdout, default=str)


def _rows(answered: Any) -> list[dict[str, Any]]:
    names = [column[0] for column in answered.description]
    return [dict(zip(names, row, strict=True)) for row in answered.fetchall()]


if __name__ == "__main__":
    main()
