"""Runs the benchmark and writes its results: `make bench`, `make bench-quick`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import TYPE_CHECKING

from benchmarks import cuts, limits, picture, report, sizes
from benchmarks.entrants import ENTRANTS

if TYPE_CHECKING:
    from collections.abc import Callable

QUICK = ("300:1:floor,tap,flat", "1000:1:floor,tap,flat")
WHOLE = ("300:3", "1000:3", "5000:3", "20000:3")
PARTS = ("sizes", "cuts", "limits", "long")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two small sizes, once; results are only printed")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part; may be repeated")
    parser.add_argument(
        "--without", choices=PARTS, action="append", default=[], help="leave out this part (long takes 20 minutes)"
    )
    parser.add_argument(
        "--size",
        type=sizes.Size.read,
        action="append",
        metavar="CHATS:TIMES[:NAME,...]",
        help=f"instead of {' '.join(WHOLE)}; names: {' '.join(ENTRANTS)}",
    )
    return parser


def main() -> int:
    """Run what is asked for."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    asked = _parser().parse_args()
    wanted = asked.size or [sizes.Size.read(text) for text in (QUICK if asked.quick else WHOLE)]
    if asked.quick:
        for line in _sizes(wanted):
            print(line)
        return 0
    parts = [part for part in asked.only or PARTS if part not in asked.without]
    if "sizes" in parts:
        report.write("sizes", _sizes(wanted, draw=True))
    if "cuts" in parts:
        report.write("cuts", _cuts())
    if "limits" in parts:
        report.write("limits", _limits(limits.cases(), limits.table))
    if "long" in parts:
        report.write("long run", _limits(limits.long_cases(), limits.long_table))
    print(f"written to {report.README}")
    return 0


def _sizes(wanted: list[sizes.Size], *, draw: bool = False) -> list[str]:
    load = os.getloadavg()[0]
    names = dict.fromkeys(name for size in wanted for name in size.names)
    sizes.warm_up(ENTRANTS[name] for name in names)
    found = {size: sizes.run_size(size) for size in wanted}
    lines = [report.circumstances((ENTRANTS[name] for name in names), load)]
    for size, runs in found.items():
        records = max(run.records for some in runs.values() for run in some)
        times = "once" if size.repetitions == 1 else f"{size.repetitions} times, the median (least to most)"
        lines += ["", f"### {size.chats:,} chats, {records - size.chats:,} messages, {times}", "", *sizes.table(runs)]
    if draw:
        picture.draw({size.chats: runs for size, runs in found.items()})
    return lines


def _cuts() -> list[str]:
    load = os.getloadavg()[0]
    lines = cuts.table(cuts.account())
    return [report.circumstances(cuts.NAMES, load), "", *lines]


def _limits(cases: list[limits.Case], table: Callable[[limits.Results], list[str]]) -> list[str]:
    load = os.getloadavg()[0]
    entrants = list(dict.fromkeys(case.entrant for case in cases))
    sizes.warm_up(entrants)
    runs = limits.run_cases(cases)
    return [report.circumstances(entrants, load), "", *table(runs)]


if __name__ == "__main__":
    sys.exit(main())
