"""The table of outcomes in docs/behavior.md: ``python -m tests.deviations.table`` writes it anew, in some minutes."""

from __future__ import annotations

import logging
import typing as t
from pathlib import Path

from simulator import DEVIATIONS
from tests.deviations.accounts import STREAMS
from tests.deviations.playing import kinds_of, worst

PAGE = Path(__file__).parent.parent.parent / "docs" / "behavior.md"
BEGIN, END = "<!-- outcomes -->", "<!-- /outcomes -->"


def rows(outcomes: t.Callable[[str, str], str]) -> list[str]:
    """Return the table's lines."""
    lines = ["| the account ... | " + " | ".join(STREAMS) + " |", "| --- |" + " --- |" * len(STREAMS)]
    for name, deviation in DEVIATIONS.items():
        cells = [outcomes(name, kind) if kind in kinds_of(name) else "" for kind in STREAMS]
        lines.append(f"| {deviation.text} (`{name}`) | " + " | ".join(cells) + " |")
    return lines


def read() -> dict[tuple[str, str], str]:
    """Return the outcomes that the page tells, by name and kind."""
    text = PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    found: dict[tuple[str, str], str] = {}
    for line in text.strip().splitlines()[2:]:
        first, *cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")] + [""] * len(STREAMS)
        name = first.rpartition("(`")[2].removesuffix("`)")
        found |= {(name, kind): cell for kind, cell in zip(STREAMS, cells, strict=False)}
    return found


def main() -> None:
    """Play everything and write the page."""
    logging.disable()
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(rows(worst)) + f"\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
