"""Serves a generated account until it is stopped."""

from __future__ import annotations

import argparse
import json
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator import DEVIATIONS, KINDS, Account, Dialect, Played, Server

if TYPE_CHECKING:
    from collections.abc import Sequence

_GENERATIONS = {"A0": Dialect.A0, "A1": Dialect.A1, "B0": Dialect.B0, "B1": Dialect.B1}


def _played(text: str) -> Played:
    """Read a deviation, for argparse."""
    try:
        return Played.read(text)
    except (TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME:KIND[:AFTER[:TIMES]]: {error}") from None


def _dialect(path: str) -> Dialect:
    """Read a dialect, for argparse."""
    try:
        return Dialect.read(json.loads(Path(path).read_bytes()))
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{path!r}: {error}") from None


def _catalogue() -> str:
    """Return two lines for each deviation: what it is, and where it can be played."""
    lines = []
    for name, deviation in DEVIATIONS.items():
        lines += [
            f"{name:24} {deviation.text}",
            f"{'':24} {' '.join(kind for kind in KINDS if kind in deviation.kinds)}",
        ]
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--chats", type=int, default=430)
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--customers", type=int)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--now", type=int, default=1_790_000_000, help="epoch seconds")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--key", default="demo-key")
    speech = parser.add_mutually_exclusive_group()
    speech.add_argument("--generation", choices=_GENERATIONS, help="one of the API's documented generations")
    speech.add_argument("--dialect", type=_dialect, metavar="FILE", help="the JSON that tap-helpcrunch --doctor wrote")
    parser.add_argument("--rpm", type=float, help="quota: requests per minute")
    parser.add_argument("--window", choices=("fixed", "sliding", "bucket"), default="fixed")
    parser.add_argument("--retry-after", choices=("seconds", "date"))
    parser.add_argument("--latency", type=float, default=0.0, help="milliseconds")
    parser.add_argument(
        "--deviation",
        type=_played,
        action="append",
        default=[],
        metavar="NAME:KIND[:AFTER[:TIMES]]",
        help="what the account does wrong: for which kind of request, after how many of them (0), how often (always)",
    )
    parser.add_argument("--list-deviations", action="store_true", help="print what it can do wrong")
    parser.add_argument("--port-file", type=Path, help="the port is written to this file")
    parser.add_argument("--live-file", type=Path, help="every POST /_control/live appends a line of JSON to this file")
    return parser


def _publish(path: Path, port: int) -> None:
    """Write the port in one step, so that nobody who waits for the file reads half of it."""
    half = path.with_name(path.name + ".part")
    half.write_text(f"{port}\n", encoding="utf-8")
    half.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.list_deviations:
        print(_catalogue())
        return 0
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    try:
        account = Account.generate(asked.seed, asked.chats, asked.messages, asked.customers, asked.now)
    except ValueError as error:
        parser.error(str(error))
    server = Server(
        account,
        _GENERATIONS[asked.generation]() if asked.generation else asked.dialect or Dialect(),
        key=asked.key,
        latency=asked.latency / 1000,
        requests_per_minute=asked.rpm,
        window=asked.window,
        retry_after=asked.retry_after,
        port=asked.port,
        seed=asked.seed,
    )
    server.deviations += asked.deviation
    live_file: Path | None = asked.live_file

    def note(summary: dict[str, Any]) -> None:
        if live_file is not None:
            with live_file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(summary) + "\n")

    server.on_live = note
    with server:
        if asked.port_file is not None:
            _publish(asked.port_file, server.port)
        print(f"simulated HelpCrunch account on {server.url} (key {asked.key})", flush=True)
        # On some systems a wait without a limit does not notice signals.
        while not done.wait(1.0):
            pass
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
