"""The queries of docs/queries, and how a DuckDB file is asked them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, Any]

_ROOT = Path(__file__).parents[1]
_QUERIES = _ROOT / "docs" / "queries"
_LOADER = _ROOT / ".meltano" / "loaders" / "target-duckdb" / "venv" / "bin" / "python"
_READ = Path(__file__).with_name("read.py")
# A large account's conversations are sorted for it once or twice.
_ANSWER = 300.0


class ReportError(Exception):
    """Why there is no report; its text is what the user reads."""


def query(name: str) -> str:
    """Return a query of docs/queries."""
    return (_QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def ask(warehouse: Path, queries: Mapping[str, str], views: str | None = None) -> dict[str, list[Row]]:
    """Return the rows that a DuckDB file answers, by the queries' names.

    Raises:
        ReportError: when there is no such file, or no answer.
    """
    if not warehouse.exists():
        raise ReportError(f"{warehouse} is missing: make sync brings your account there.")
    given = json.dumps({"views": query("views") if views is None else views, "queries": dict(queries)})
    try:
        answer = subprocess.run(
            [_LOADER, _READ, warehouse],
            input=given,
            capture_output=True,
            encoding="utf-8",
            timeout=_ANSWER,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ReportError(f"DuckDB did not answer from {warehouse} within {_ANSWER:.0f} seconds.") from None
    if answer.returncode:
        raise ReportError(f"DuckDB did not answer from {warehouse}:\n\n{answer.stderr.strip()}")
    rows: dict[str, list[Row]] = json.loads(answer.stdout)
    return rows
