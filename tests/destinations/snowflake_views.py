"""Makes docs/queries/views.snowflake.sql of views.sql: `python -m tests.destinations.snowflake_views`."""

import re

from demo.asking import query
from tests.destinations.project import ROOT

_FILE = ROOT / "docs" / "queries" / "views.snowflake.sql"
_HEAD = "for PostgreSQL and DuckDB; views.snowflake.sql is made from this file."
# What Snowflake writes in another way; the loader's columns are in upper case there.
_RULES = {
    re.escape(_HEAD): "for Snowflake, made from views.sql.",
    r"([\w.]+) -> '(\w+)' ->> '(\w+)'": r"\1:\2.\3::varchar",
    r"([\w.]+) ->> '(\w+)'": r"\1:\2::varchar",
    r"(\S+) at time zone 'UTC' at time zone zone": r"convert_timezone('UTC', zone, \1)",
    r"extract\(epoch from (date_trunc\([^)]*\)|\S+)\) \* 1000": r"date_part(epoch_millisecond, \1)",
    r"cast\((\S+) as text\)": r"to_varchar(\1, 'YYYY-MM-DD HH24:MI:SS')",
    r"to_json\(array_agg\(turn (order by .*)\)\)": r"array_agg(turn) within group (\1)",
    r"string_agg\((.*), chr\(10\) (order by .*)\)": r"listagg(\1, '\\n') within group (\2)",
    r"from said cross join lateral \(.*\) turn": "from (select *, "
    "object_construct('id', id, 'speaker', speaker, 'text', text, 'time', time) as turn from said) said",
    '"from"': '"FROM"',
    '"([a-z]+[A-Z][A-Za-z]*)"': r"\1",
}


def translated(sql: str) -> str:
    """Return a file of statements for PostgreSQL and DuckDB in Snowflake's words."""
    for old, new in _RULES.items():
        sql, count = re.subn(old, new, sql)
        assert count, f"nothing is like {old}"
    return sql


def views() -> str:
    """Return what the file must have."""
    return translated(query("views"))


if __name__ == "__main__":
    _FILE.write_text(views(), encoding="utf-8")
