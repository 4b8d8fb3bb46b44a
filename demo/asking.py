"""Runs the queries of docs/queries, and those of the page in figures.sql, on a DuckDB file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, Any]

_QUERIES = Path(__file__).parents[1] / "docs" / "queries"
WEEKS = 26  # the longest period of the page
_FIGURES = Path(__file__).with_name("figures.sql").read_text(encoding="utf-8").format(weeks=WEEKS)
_OURS = ("facts", "volume", "steps", "hours", "ratings", "months", "agents")
_DOCUMENTED = ("reply_times_per_agent", "chats_waiting")
_ZONE = "'{}' as zone"
_TABLES = "select table_name from duckdb_tables() where database_name = 'warehouse' and schema_name = 'helpcrunch'"


class ReportError(Exception):
    """Why there is no report; its text is what the user reads."""


def query(name: str) -> str:
    """Return a query of docs/queries."""
    return (_QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def ask(warehouse: Path, queries: Mapping[str, str], views: str | None = None) -> dict[str, list[Row]]:
    """Return the rows of each query on a DuckDB file, by the queries' names, in types that JSON has.

    The file is only read: the views are created in memory, together with names for the file's tables.

    Raises:
        ReportError: there is no such file, or a query failed.
    """
    if not warehouse.exists():
        raise ReportError(f"{warehouse} is missing: make sync loads your account into it.")
    file = str(warehouse).replace("'", "''")
    try:
        with duckdb.connect() as connection:
            connection.execute(f"attach '{file}' as warehouse (read_only); create schema helpcrunch")
            for (table,) in connection.execute(_TABLES).fetchall():
                connection.execute(f"create view helpcrunch.{table} as from warehouse.helpcrunch.{table}")
            connection.execute(query("views") if views is None else views)
            return {name: _rows(connection.execute(sql)) for name, sql in queries.items()}
    except duckdb.Error as error:
        raise ReportError(f"DuckDB could not query {warehouse}:\n\n{error}") from error


def figures(warehouse: Path, zone: str = "UTC") -> dict[str, list[Row]]:
    """Return what the page shows, in a team's time zone: views of figures.sql and queries of docs/queries."""
    views = query("views").replace(_ZONE.format("UTC"), _ZONE.format(zone.replace("'", "''")))
    queries = {name: f"from report.{name}" for name in _OURS} | {name: query(name) for name in _DOCUMENTED}
    return ask(warehouse, queries, views + _FIGURES)


def _rows(answered: duckdb.DuckDBPyConnection) -> list[Row]:
    names = [column[0] for column in answered.description or ()]
    rows: list[Row] = json.loads(
        json.dumps([dict(zip(names, row, strict=True)) for row in answered.fetchall()], default=str)
    )
    return rows
