"""Serves a generated account until it is stopped."""

from __future__ import annotations

import argparse
import functools
import json
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator import DEVIATIONS, KINDS, Account, Dialect, Played, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_GENERATIONS = {name: getattr(Dialect, name) for name in ("A0", "A1", "B0", "B1")}


def _reader(read: Callable[[str], Any], form: str = "") -> Callable[[str], Any]:
    """Return a reader of an argument whose faults argparse can show."""

    def argument(text: str) -> Any:
        try:
            return read(text)
        except (OSError, TypeError, ValueError) as error:
            raise argparse.ArgumentTypeError(f"{text!r}{form}: {error}") from None

    return argument


_FORM = "NAME:KIND[:AFTER[:TIMES]]"
_played = _reader(Played.read, f" is not {_FORM}")
_dialect = _reader(lambda path: Dialect.read(json.loads(Path(path).read_bytes())))


def _catalogue() -> str:
    """Return two lines for each deviation: what it is, and where it can be played."""
    kinds = {name: " ".join(kind for kind in KINDS if kind in one.kinds) for name, one in DEVIATIONS.items()}
    return "\n".join(f"{name:24} {one.text}\n{'':24} {kinds[name]}" for name, one in DEVIATIONS.items())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    for name, default in (("chats", 430), ("messages", 3000), ("customers", None), ("seed", 7)):
        parser.add_argument(f"--{name}", type=int, default=default)
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
    how = "what the account does wrong: for which kind of request, after how many of them (0), how often (always)"
    parser.add_argument("--deviation", type=_played, action="append", default=[], metavar=_FORM, help=how)
    parser.add_argument("--list-deviations", action="store_true", help="print what it can do wrong")
    parser.add_argument("--port-file", type=Path, help="the port is written to this file")
    parser.add_argument("--live-file", type=Path, help="every POST /_control/live appends a line of JSON to this file")
    return parser


def _publish(path: Path, port: int) -> None:
    """Write the port in one step, so that nobody who waits for the file reads half of it."""
    half = path.with_name(path.name + ".part")
    half.write_text(f"{port}\n", encoding="utf-8")
    half.replace(path)


def _note(path: Path, summary: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(summary) + "\n")


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
    quota = {"requests_per_minute": asked.rpm, "window": asked.window, "retry_after": asked.retry_after}
    dialect = _GENERATIONS[asked.generation]() if asked.generation else asked.dialect
    more = {"key": asked.key, "latency": asked.latency / 1000, "port": asked.port, "seed": asked.seed}
    server = Server(account, dialect, **quota, **more)
    server.deviations += asked.deviation
    if asked.live_file is not None:
        server.on_live = functools.partial(_note, asked.live_file)
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
