"""Asks queries of fakesnow: `python snowflake_queries.py` with JSON on stdin, the tap's messages, views and queries.

target-snowflake makes the tables of the SCHEMA messages. The rows are inserted here, since fakesnow cannot run the
statements by which that target loads. It prints as JSON the rows of each query; no part of it reaches Snowflake.
"""

from __future__ import annotations

import importlib
import io
import json
import sys
from typing import Any

SCHEMA = "HELPCRUNCH"
CONFIG = {
    "account": "nowhere",
    "user": "nobody",
    "password": "none",
    "database": "WAREHOUSE",
    "default_target_schema": SCHEMA,
    "add_record_metadata": False,
}


def main() -> None:
    """Print the rows."""
    fakesnow = importlib.import_module("fakesnow")
    target_snowflake = importlib.import_module("target_snowflake.target")
    connector = importlib.import_module("snowflake.connector")
    given = json.load(sys.stdin)
    schemas = [one for one in given["messages"] if one["type"] == "SCHEMA"]
    with fakesnow.patch():
        target_snowflake.TargetSnowflake(config=CONFIG).listen(io.StringIO("\n".join(map(json.dumps, schemas))))
        with connector.connect(database=CONFIG["database"], schema=SCHEMA) as connection:
            cursor = connection.cursor()
            for one in given["messages"]:
                if one["type"] == "RECORD":
                    _insert(cursor, one["stream"], one["record"])
            for _ in connection.execute_string(given["views"]):
                pass
            answers = {name: _rows(cursor.execute(sql)) for name, sql in given["queries"].items()}
    json.dump(answers, sys.stdout, default=str)


def _insert(cursor: Any, table: str, record: dict[str, Any]) -> None:
    objects = {"agent", "agents", "assignee", "customer", "department"} & set(record)
    names = ", ".join('"FROM"' if name == "from" else name for name in record)
    values = ", ".join("parse_json(%s)" if name in objects else "%s" for name in record)
    given = [json.dumps(value) if name in objects else value for name, value in record.items()]
    cursor.execute(f"insert into {table} ({names}) select {values}", given)


def _rows(cursor: Any) -> list[dict[str, Any]]:
    names = [column[0].lower() for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


if __name__ == "__main__":
    main()
