"""Whole loads from a server that answers immediately: CPU, memory and bytes, by account size."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.entrants import ENTRANTS, FLOOR, WIDE
from benchmarks.measure import Run, measure
from benchmarks.server import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.entrants import Entrant

# The unchanged template takes quadratic time: above this a run takes many minutes.
MOST_FOR_TEMPLATE = 1000
WARM_UP = 20
SECONDS, SECONDS_A_CHAT = 60.0, 0.2

COLUMNS = (
    "who",
    "CPU",
    "times the floor",
    "wall",
    "records per CPU-s",
    "RSS",
    "requests",
    "SCHEMA lines",
    "STATE",
    "log",
    "the server's CPU a request",
    "records lost",
)

Runs = dict[str, list[Run]]


@dataclass(frozen=True)
class Size:
    """How many chats, how often, and by whom."""

    chats: int
    repetitions: int
    names: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> Size:
        """Read CHATS:REPETITIONS or CHATS:REPETITIONS:NAME,NAME."""
        chats, repetitions, *names = text.split(":")
        found = names[0].split(",") if names else [name for name in ENTRANTS if name != WIDE.name]
        if unknown := set(found) - set(ENTRANTS):
            raise ValueError(f"no contestant {', '.join(unknown)}")
        within = [name for name in found if name != "template" or int(chats) <= MOST_FOR_TEMPLATE]
        return cls(int(chats), int(repetitions), tuple(within))

    @property
    def entrants(self) -> list[Entrant]:
        """The contestants."""
        return [ENTRANTS[name] for name in self.names]


def warm_up(entrants: Iterable[Entrant]) -> None:
    """Run each once, so that Python compiles its modules, and what is broken shows before hours have passed."""
    with Served(WARM_UP) as served:
        for entrant in entrants:
            run = measure(entrant, served, SECONDS)
            if run.code or run.lost:
                raise RuntimeError(f"{entrant.name} ended with {run.code}, {run.lost} lost: {run.last_words}")


def run_size(size: Size) -> Runs:
    """Run all contestants in turn, in a different order each time."""
    runs: Runs = {name: [] for name in size.names}
    with Served(size.chats) as served:
        for repetition in range(size.repetitions):
            start = repetition % len(size.names)
            for entrant in size.entrants[start:] + size.entrants[:start]:
                run = measure(entrant, served, SECONDS + SECONDS_A_CHAT * size.chats)
                runs[entrant.name].append(run)
                say = f"{size.chats:6} chats  {entrant.name:9} {run.cpu:7.2f} s CPU {run.wall:7.2f} s"
                print(say + (f"  exit {run.code}, {run.lost} lost" if run.code or run.lost else ""), file=sys.stderr)
    return runs


def table(runs: Runs) -> list[str]:
    """Return the lines of a table, with one row per contestant."""
    floor = median(run.cpu for run in runs[FLOOR.name]) if FLOOR.name in runs else float("nan")
    lines = [
        f"| {' | '.join(COLUMNS)} |",
        "| --- |" + " ---: |" * (len(COLUMNS) - 1),
    ]
    for name, found in runs.items():
        first = found[0]
        cpu = median(run.cpu for run in found)
        cells = [
            ENTRANTS[name].title,
            _spread(found, lambda run: run.cpu),
            f"{cpu / floor:.2f}",
            _spread(found, lambda run: run.wall),
            f"{first.records / cpu:,.0f}",
            f"{max(run.megabytes for run in found):.0f} MB",
            f"{first.requests:,}",
            f"{first.schemas:,}",
            size_of(first.state_bytes),
            size_of(first.log_bytes),
            f"{1000 * median(run.server_cpu / max(1, run.requests) for run in found):.2f} ms",
            f"{max(run.lost for run in found):,}" + ("" if not any(run.code for run in found) else " (**died**)"),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def size_of(count: int) -> str:
    """Return a number of bytes with its unit."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:  # noqa: PLR2004 - the step between units
            return f"{count:.3g} {unit}"
        count = round(count / 1000)
    return f"{count} GB"


def _spread(runs: list[Run], get: Callable[[Run], float]) -> str:
    values = [get(run) for run in runs]
    middle = f"{median(values):.2f} s"
    return middle if len(values) == 1 else f"{middle} ({min(values):.2f} to {max(values):.2f})"
