"""The command: `python -m demo.report [--zone ZONE] [WAREHOUSE [PAGE]]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from demo.asking import ReportError
from demo.page import write


def main(arguments: list[str] | None = None) -> None:
    """Write the page and print where it is."""
    parser = argparse.ArgumentParser("python -m demo.report", description="Draws a page of charts from a DuckDB file.")
    parser.add_argument("warehouse", nargs="?", type=Path, default=Path("output", "warehouse.duckdb"))
    parser.add_argument("page", nargs="?", type=Path, default=Path("output", "warehouse.html"))
    parser.add_argument("--zone", default="UTC", help="the team's time zone, such as Europe/Kyiv")
    given = parser.parse_args(arguments)
    try:
        write(given.warehouse, given.page, given.zone)
    except ReportError as error:
        sys.exit(str(error))
    print(f"{given.page} is ready: open it in a browser.")


if __name__ == "__main__":
    main()
