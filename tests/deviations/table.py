"""The table of outcomes in docs/behavior.md: ``python -m tests.deviations.table`` rewrites it, in a few minutes."""

import logging
import typing as t
from pathlib import Path

from simulator import DEVIATIONS
from simulator.model import SMALL as TABLES
from tap_helpcrunch.streams.small import SMALL
from tests.deviations.accounts import STREAMS
from tests.deviations.playing import kinds_of, worst

PAGE = Path(__file__).parent.parent.parent / "docs" / "behavior.md"
BEGIN, END = "<!-- outcomes -->", "<!-- /outcomes -->"


# The small tables share two columns, because all of them have the same outcomes.
SHARED = {
    stream.name: "an optional small table" if stream.may_be_missing else "a small table"
    for stream in SMALL
    if stream.name in TABLES
}


def column(kind: str) -> str:
    """Return the column of a kind of request."""
    return SHARED.get(kind, kind)


KINDS_OF = {name: [kind for kind in STREAMS if column(kind) == name] for name in map(column, STREAMS)}


def classes(name: str) -> str:
    """Return the classes of a deviation in every answer: more than one if another list can replace some kinds."""
    found = {DEVIATIONS[name].class_of(kind, None) for kind in kinds_of(name)}
    return " or ".join(map(str, sorted(found)))


def rows(outcomes: t.Callable[[str, str], str]) -> list[str]:
    """Return the table's lines."""
    lines = ["| the account, in every answer | class | " + " | ".join(KINDS_OF) + " |"]
    lines.append("| --- | --- |" + " --- |" * len(KINDS_OF))
    for name, deviation in DEVIATIONS.items():
        firsts = [kinds[0] for kinds in KINDS_OF.values()]
        cells = [outcomes(name, kind) if kind in kinds_of(name) else "" for kind in firsts]
        lines.append(f"| {deviation.text} (`{name}`) | {classes(name)} | " + " | ".join(cells) + " |")
    return lines


def read() -> dict[tuple[str, str], str]:
    """Return the outcomes in the page, by name and kind."""
    text = PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    found: dict[tuple[str, str], str] = {}
    for line in text.strip().splitlines()[2:]:
        first, _, *cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")] + [""] * len(KINDS_OF)
        name = first.rpartition("(`")[2].removesuffix("`)")
        told = dict(zip(KINDS_OF, cells, strict=False))
        found |= {(name, kind): told[column(kind)] for kind in STREAMS}
    return found


def main() -> None:
    """Play everything and write the page."""
    logging.disable()
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(rows(worst)) + f"\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
