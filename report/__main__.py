"""`python -m report [WAREHOUSE [PAGE]]`: output/warehouse.duckdb becomes output/warehouse.html if nothing is said."""

from __future__ import annotations

import sys
from pathlib import Path

from report.asking import ReportError
from report.page import write

_OUTPUT = Path("output")


def main(arguments: list[str]) -> int:
    """Write the page, and tell where it is."""
    if len(arguments) > 2 or any(one.startswith("-") for one in arguments):  # noqa: PLR2004
        print(__doc__, file=sys.stderr)
        return 2
    warehouse, file = [
        *map(Path, arguments),
        *(_OUTPUT / "warehouse.duckdb", _OUTPUT / "warehouse.html")[len(arguments) :],
    ]
    try:
        write(warehouse, file)
    except ReportError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{file} is ready: open it in a browser.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
