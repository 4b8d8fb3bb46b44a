"""Runs at the real limit: the server enforces a quota, with latency, in real time."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.entrants import DLT, ENTRANTS, FLAT, SINGER, TAP, WIDE, Entrant
from benchmarks.measure import STOPPING, Run, measure, stop
from benchmarks.server import Served

PER_MINUTE = 120
# 329 chats of seed 7 with 9,870 messages: 4 pages of chats and 350 of messages are exactly 354 requests.
CHATS, LEAST = 329, 354
LATENCIES = (0, 100, 500, 1000)
WINDOWS = ("fixed", "bucket")
LIMIT = 900.0
# Seconds between two starts, so that start-up is not the bottleneck when many run at once.
STAGGER = 2.0
LONG_CHATS, LONG_LATENCY, LONG_LIMIT = 2240, 1000, 2400.0


@dataclass(frozen=True)
class Case:
    """One contestant against one kind of server."""

    entrant: Entrant
    window: str
    latency: int
    chats: int = CHATS
    limit: float = LIMIT

    def run(self, delay: float) -> Run:
        """Start after a delay and run it."""
        if STOPPING.wait(delay):
            raise RuntimeError("stopped")
        options = ("--rpm", PER_MINUTE, "--window", self.window, "--latency", self.latency)
        with Served(self.chats, *options) as served:
            found = measure(self.entrant, served, self.limit, PER_MINUTE)
        say = f"{self.window:6} {self.latency:5} ms  {self.entrant.name:9} {outcome(found)}"
        print(say, file=sys.stderr)
        return found


Results = dict[Case, Run]


def cases(names: tuple[str, ...] = (TAP.name, WIDE.name, DLT.name, SINGER.name, FLAT.name)) -> list[Case]:
    """Return every case of the table, longest first."""
    return [
        Case(ENTRANTS[name], window, latency) for latency in reversed(LATENCIES) for window in WINDOWS for name in names
    ]


def long_cases() -> list[Case]:
    """Return the cases of the long run: only the tap, because with one request at a time it would take 40 minutes."""
    return [Case(entrant, "fixed", LONG_LATENCY, LONG_CHATS, LONG_LIMIT) for entrant in (TAP, WIDE)]


def run_cases(wanted: list[Case]) -> dict[Case, Run]:
    """Run all cases at once: most of the time they only wait."""
    with ThreadPoolExecutor(len(wanted)) as pool:
        futures = {case: pool.submit(case.run, STAGGER * place) for place, case in enumerate(wanted)}
        try:
            return {case: future.result() for case, future in futures.items()}
        except BaseException:
            stop()
            raise


def least_seconds(requests: int, window: str) -> float:
    """Return the minimum time in which the server accepts this many requests."""
    if window == "bucket":
        return max(0.0, (requests - PER_MINUTE) * 60 / PER_MINUTE)
    return (requests - 1) // PER_MINUTE * 60.0


def outcome(run: Run) -> str:
    """Return in a few words how a run ended."""
    words = [f"{run.wall:.0f} s" if not run.code else f"**dies** after {run.wall:.0f} s (exit {run.code})"]
    if run.refused:
        words.append(f"429 {run.refused} times")
    if run.lost and not run.code:
        words.append(f"**{run.lost} records lost**")
    return ", ".join(words)


def table(runs: dict[Case, Run]) -> list[str]:
    """Return the lines of the table: a row for each contestant and window, a column for each latency."""
    lines = [
        "| who | quota | " + " | ".join(f"{latency:,} ms" for latency in LATENCIES) + " | requests at 0 ms |",
        "| --- | --- |" + " ---: |" * (len(LATENCIES) + 1),
    ]
    for window in WINDOWS:
        lines.append(f"| the least | {window} |" + f" {least_seconds(LEAST, window):.0f} s |" * 4 + f" {LEAST} |")
        for entrant in dict.fromkeys(case.entrant for case in runs):
            row = [runs[Case(entrant, window, latency)] for latency in LATENCIES]
            cells = [outcome(run) for run in row]
            if entrant in (TAP, WIDE):
                least = least_seconds(LEAST, window)
                cells = [f"{cell} ({run.wall / least:.3f})" for cell, run in zip(cells, row, strict=True)]
            lines.append(f"| {entrant.title} | {window} | {' | '.join(cells)} | {row[0].requests:,} |")
    return lines


def long_table(runs: dict[Case, Run]) -> list[str]:
    """Return the lines of the table of the long run."""
    lines = [
        "| who | requests | 429 | seconds | the least | share of the limit used | records lost |",
        "| --- |" + " ---: |" * 6,
    ]
    for case, run in runs.items():
        passed = run.requests - run.refused
        least = least_seconds(passed, case.window)
        died = f" (**died**, exit {run.code})" if run.code else ""
        share = f"{least / run.wall:.1%}"
        cells = (f"{run.requests:,}", str(run.refused), f"{run.wall:.0f}{died}", f"{least:.0f}", share, str(run.lost))
        lines.append(f"| {case.entrant.title} | {' | '.join(cells)} |")
    return lines
