"""Makes in fakesnow the tables that target-snowflake makes of SCHEMA messages: `python snowflake_tables.py < messages`.

A program of its own, because target-snowflake is installed beside nothing else. It prints as JSON the statements that
the target sent and the columns that they made. No part of it reaches Snowflake, and no row is loaded.
"""

from __future__ import annotations

import importlib
import json
import sys

CONFIG = {
    "account": "nowhere",
    "user": "nobody",
    "password": "none",
    "database": "HELPCRUNCH",
    "default_target_schema": "SUPPORT",
    "add_record_metadata": False,
}
COLUMNS = """
    select table_name, column_name, data_type from information_schema.columns
    where table_schema = 'SUPPORT' order by table_name, ordinal_position
"""


def main() -> None:
    """Print what was made."""
    fakesnow = importlib.import_module("fakesnow")
    target_snowflake = importlib.import_module("target_snowflake.target")
    event = importlib.import_module("sqlalchemy").event
    engine_class = importlib.import_module("sqlalchemy.engine").Engine
    connector = importlib.import_module("snowflake.connector")
    sent: list[str] = []
    event.listen(engine_class, "before_cursor_execute", lambda *given: sent.append(" ".join(given[2].split())))
    with fakesnow.patch():
        target_snowflake.TargetSnowflake(config=CONFIG).listen(sys.stdin)
        with connector.connect(database="HELPCRUNCH", schema="SUPPORT") as connection:
            columns = connection.cursor().execute(COLUMNS).fetchall()
    print(json.dumps({"statements": [one for one in sent if one.startswith("CREATE")], "columns": columns}))  # noqa: T201


if __name__ == "__main__":
    main()
