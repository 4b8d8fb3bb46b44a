"""What the page shows: figures.sql computes it in the warehouse."""

from __future__ import annotations

from pathlib import Path

from report.asking import Row, ask, query

WEEKS = 26  # the longest period
VIEWS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").format(weeks=WEEKS)
_OURS = ("facts", "volume", "steps", "hours", "ratings", "months", "agents")
_DOCUMENTED = ("reply_times_per_agent", "chats_waiting")
_ZONE = "'{}' as zone"


def figures(warehouse: Path, zone: str = "UTC") -> dict[str, list[Row]]:
    """Return the rows of the views in figures.sql and of queries in docs/queries, in a team's time zone."""
    views = query("views").replace(_ZONE.format("UTC"), _ZONE.format(zone.replace("'", "''")))
    queries = {name: f"from report.{name}" for name in _OURS} | {name: query(name) for name in _DOCUMENTED}
    return ask(warehouse, queries, views + VIEWS)
