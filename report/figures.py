"""What the page shows: figures.sql computes it in the warehouse."""

from __future__ import annotations

from pathlib import Path

from report.asking import Row, ask, query

DAYS = 26 * 7
VIEWS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").format(days=DAYS)
_OURS = ("facts", "volume", "waits", "hours", "agents")
_DOCUMENTED = ("time_to_first_answer", "chats_waiting")


def figures(warehouse: Path) -> dict[str, list[Row]]:
    """Return the rows of the views in figures.sql and of queries in docs/queries."""
    queries = {name: f"from report.{name}" for name in _OURS} | {name: query(name) for name in _DOCUMENTED}
    return ask(warehouse, queries, query("views") + VIEWS)
