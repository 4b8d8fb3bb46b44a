"""Runs the benchmark and writes its table and picture: `make bench`; `--quick` only prints a small one."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks import picture
from benchmarks.measure import CONTESTANTS, ROOT, Contestant, Run, measure
from benchmarks.server import served

README = Path(__file__).parent / "README.md"
SIZES, QUICK = (300, 1000, 5000), (100, 300)
MOST_FOR_TEMPLATE = 1000  # it takes quadratic time: above this a run takes many minutes
TIMES = 3
PACE, PACED_CHATS = 120, 330
LIMIT = 1200.0
# Fixed windows of a minute, as HelpCrunch may count.
QUOTA = ("--rpm", str(PACE), "--window", "fixed")

Runs = dict[tuple[str, int], list[Run]]


def main() -> None:
    """Measure, print the table, and write it unless it is a quick one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two small sizes, once; nothing is written")
    is_quick = parser.parse_args().quick
    load = os.getloadavg()[0]
    contestants = [Contestant(name) for name in CONTESTANTS]
    sizes = QUICK if is_quick else SIZES
    runs = _loads(contestants, sizes, 1 if is_quick else TIMES)
    paced = {} if is_quick else _paced(contestants)
    lines = [_circumstances(contestants, load), "", *_table(contestants, sizes, runs, paced)]
    print("\n".join(lines))
    if not is_quick:
        picture.draw(
            [one.title for one in contestants], {key: median(run.cpu for run in of) for key, of in runs.items()}
        )
        before, begin, rest = README.read_text(encoding="utf-8").partition("<!-- table -->\n")
        README.write_text("\n".join([before + begin, *lines, "", "<!-- end -->" + rest.partition("<!-- end -->")[2]]))


def _loads(contestants: list[Contestant], sizes: tuple[int, ...], times: int) -> Runs:
    """Run all in turn, in a different order each time, against accounts that answer at once."""
    runs: Runs = {}
    for chats in sizes:
        with served(chats) as account:
            for number in range(times):
                for one in contestants[number:] + contestants[:number]:
                    if one.name != "sdk_template" or chats <= MOST_FOR_TEMPLATE:
                        runs.setdefault((one.title, chats), []).append(run := measure(one, account, LIMIT))
                        print(f"{chats:6} chats  {one.name:18} {run.cpu:7.2f} s CPU, {run.lost} lost", file=sys.stderr)
    return runs


def _paced(contestants: list[Contestant]) -> dict[str, Run]:
    """Run all at once, each against an account of its own that allows 120 requests per minute."""
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        accounts = [stack.enter_context(served(PACED_CHATS, *QUOTA)) for _ in contestants]
        runs = pool.map(lambda one, account: measure(one, account, LIMIT, PACE), contestants, accounts)
        return {one.title: run for one, run in zip(contestants, runs, strict=True)}


def _table(contestants: list[Contestant], sizes: tuple[int, ...], runs: Runs, paced: dict[str, Run]) -> list[str]:
    """Return the lines of the table: CPU by size, memory and STATE at the largest, and the load at the real limit."""
    cells = ["who", *(f"CPU, {chats:,} chats" for chats in sizes), "RSS", "STATE", "records lost"]
    cells += [f"{PACED_CHATS} chats at {PACE} requests a minute"] if paced else []
    rows = [cells, ["---", *["---:"] * (len(cells) - 1)]]
    for title in (one.title for one in contestants):
        of = [runs.get((title, chats), []) for chats in sizes]
        last = next(some for some in reversed(of) if some)
        lost, megabytes = max(run.lost for some in of for run in some), max(run.megabytes for run in last)
        cpu = [f"{median(run.cpu for run in some):.2f} s" if some else "-" for some in of]
        row = [title, *cpu, f"{megabytes:.0f} MB", f"{last[0].states / 1000:,.0f} kB", f"{lost:,}"]
        rows.append([*row, _outcome(paced[title])] if paced else row)
    return [f"| {' | '.join(row)} |" for row in rows]


def _outcome(run: Run) -> str:
    if run.code:
        return f"ends with {run.code} after {run.wall:.0f} s, {run.lost:,} records missing"
    return f"{run.wall:.0f} s, {run.requests} requests"


def _circumstances(contestants: list[Contestant], load: float) -> str:
    """Return when, on what machine, and with which versions."""
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    commit = subprocess.run(git, capture_output=True, text=True, check=True, timeout=30).stdout.strip()
    versions = ", ".join(dict.fromkeys(one.requires for one in contestants))
    when = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, load {load:.1f} before"
    machine += f", {os.getloadavg()[0]:.1f} after; Python {platform.python_version()}"
    return f"{when} UTC; {machine}; {versions}; {commit}."


if __name__ == "__main__":
    main()
