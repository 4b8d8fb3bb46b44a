"""Answers one SQL query from a DuckDB file: `python query.py FILE SQL` prints the rows as JSON.

A program of its own, because duckdb is installed where Meltano keeps the loader, and nowhere else.
"""

from __future__ import annotations

import importlib
import json
import sys


def main() -> None:
    """Print the rows."""
    duckdb = importlib.import_module("duckdb")
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        print(json.dumps(connection.execute(sys.argv[2]).fetchall(), default=str))


if __name__ == "__main__":
    main()
