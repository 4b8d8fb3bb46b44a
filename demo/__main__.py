"""The demo: runs the tap three times against a simulated account and shows the results."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
import time
from datetime import datetime, timezone
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from demo import screen
from demo.asking import ReportError, ask, query
from demo.page import write
from demo.processes import DemoError, pipe
from demo.warehouse import Warehouse
from simulator import Account, Server
from simulator.records import NOW

if TYPE_CHECKING:
    from types import FrameType

_OUTPUT = Path("output")
_LOG = _OUTPUT / "demo.log"
_WORK = _OUTPUT / "demo"
_STATE, _STATES = _WORK / "state.json", _WORK / "states.jsonl"
_PROGRAMS = Path(sys.executable).parent
_KEY = "demo-key"
ACCOUNT = {"seed": int(os.environ.get("SEED") or 7), "chats": 430, "messages": 3000}
_RUN = 120.0
_CHANGES = 20
# The first run is interrupted after this many requests, once a STATE is stored; until then answers are delayed.
_INTERRUPTED_FROM, _HELD_UP = 200, 0.1
_HOURS = 11
_WEEK = 604_800
_QUERIES = ("time_to_first_answer", "messages_per_agent_and_day", "chats_waiting")
_PAGE = _OUTPUT / "report.html"


def main() -> int:
    """Run the demo; return 0 if the rows in DuckDB are those of the account."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        _demonstrate()
    except (DemoError, ReportError) as error:
        print(f"\nThe demo failed. {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nThe demo was interrupted; everything that it started has ended.", file=sys.stderr)
        return 130
    return 0


def _demonstrate() -> None:
    """Show everything, with a new account, a new database and no state.

    Raises:
        DemoError: something does not work, or the rows in DuckDB differ from the account.
        ReportError: DuckDB does not answer the queries.
    """
    shutil.rmtree(_WORK, ignore_errors=True)
    _WORK.mkdir(parents=True)
    _LOG.write_bytes(b"")
    warehouse = Warehouse(_OUTPUT / "demo.duckdb")
    warehouse.path.unlink(missing_ok=True)
    # The account of ACCOUNT, whole weeks later: chats wait now, not at some time in the past.
    account = Account.generate(**ACCOUNT, now=NOW + int(time.time() - NOW) // _WEEK * _WEEK)

    with Server(account, key=_KEY) as server:
        screen.title("A simulated HelpCrunch account")
        counts = account.counts() | {"organization": 1}
        held = ", ".join(f"{counts[name]:,} {name}" for name in ("chats", "messages", "customers"))
        screen.say(f"{server.url}: {held}")

        screen.title("First run: interrupted, as by Ctrl-C")
        _sync_until_kept(server, warehouse)
        _show_newest(warehouse, account)

        screen.title("Second run: the rest")
        _sync(server, warehouse)
        _compare(warehouse, account)
        asked = list(server.requests)
        screen.requests("Both runs together", asked)

        screen.title("A conversation, as it is in DuckDB")
        turns = warehouse.conversation()
        if not turns:
            raise DemoError("No conversation has a readable length.")
        screen.conversation(turns)

        screen.title("Third run: a few hours later")
        before = _WORK / "before.duckdb"
        shutil.copyfile(warehouse.path, before)
        with server.lock:
            happened = account.live(_HOURS, _CHANGES)["counts"]
        screen.say(
            "Meanwhile: "
            + ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in happened.items() if number)
        )
        _sync(server, warehouse)
        _compare(warehouse, account)
        screen.requests("It", server.requests[len(asked) :])
        screen.say()
        screen.say("It loaded:")
        for table in ("chats", "messages", "customers"):
            new, changed = warehouse.news(table, before)
            screen.say(f"{new:>5} new and {changed:>3} changed {table}")

    screen.title("Common questions")
    for name, rows in ask(warehouse.path, {name: query(name) for name in _QUERIES}).items():
        screen.say(f"docs/queries/{name}.sql")
        screen.say()
        screen.answer(rows)
        screen.say()
    write(warehouse.path, _PAGE)

    screen.title("Done")
    screen.say(f"{_PAGE} has charts of all this: open it in a browser.")
    screen.say(f"{warehouse.path} is the database; {_LOG} has what the tap and the loader logged.")
    screen.say("With your own account: make sync, then make report")
    screen.say()


def _sync_until_kept(server: Server, warehouse: Warehouse) -> None:
    """Run the tap and the loader until a STATE says that some of the history is in DuckDB."""
    enough = threading.Event()

    def look(_request: object) -> None:
        if len(server.requests) >= _INTERRUPTED_FROM and not enough.is_set():
            time.sleep(_HELD_UP)
            enough.set() if warehouse.has_history(_STATES) else None

    server.before = look
    _sync(server, warehouse, enough)
    server.before = None


def _sync(server: Server, warehouse: Warehouse, enough: threading.Event | None = None) -> None:
    """Run the tap and the loader as a user would, but with the demo's own settings, state and database."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TAP_HELPCRUNCH_")}
    environment |= {
        "TAP_HELPCRUNCH_API_KEY": _KEY,
        "TAP_HELPCRUNCH_API_URL": server.url,
        "TAP_HELPCRUNCH_REQUESTS_PER_MINUTE": "6000",
        # No proxy between the tap and this machine.
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    loader = _WORK / "duckdb.json"
    loader.write_text(
        json.dumps({"filepath": str(warehouse.path), "default_target_schema": "helpcrunch", "batch_size_rows": 100})
    )
    if not _STATE.exists():
        _STATE.write_text("{}")
    tap = [str(_PROGRAMS / "tap-helpcrunch"), "--config", "ENV", "--state", str(_STATE)]
    target = [str(_PROGRAMS / "helpcrunch-target-duckdb"), "--config", str(loader)]
    seconds = pipe(tap, target, _STATES, _LOG, environment, seconds=_RUN, enough=enough)
    *_, last = _STATES.read_text(encoding="utf-8").splitlines()
    _STATE.write_text(last, encoding="utf-8")
    screen.say("tap-helpcrunch --config ENV --state state.json | helpcrunch-target-duckdb --config duckdb.json")
    screen.say(f"took {seconds:.1f} seconds")
    screen.say()


def _show_newest(warehouse: Warehouse, account: Account) -> None:
    """Print what an interrupted run has loaded: the newest conversations.

    Raises:
        DemoError: they are not there.
    """
    screen.tables(warehouse.counts(), account.counts() | {"organization": 1})
    screen.say()
    held = warehouse.conversations()
    newest = sorted(account.chats.values(), key=lambda chat: (chat.created_at, chat.id), reverse=True)
    whole = list(takewhile(lambda chat: held.get(chat.id) == len(account.messages_of(chat.id)), newest))
    if not whole:
        raise DemoError(f"The newest conversations are not in DuckDB. The log is {_LOG}.")
    oldest = datetime.fromtimestamp(int(whole[-1].created_at), tz=timezone.utc)
    screen.say(f"The newest {len(whole)} conversations are complete, back to {oldest:%Y-%m-%d}.")


def _compare(warehouse: Warehouse, account: Account) -> None:
    """Print the number of rows in each table next to the account's own count.

    Raises:
        DemoError: a number differs.
    """
    rows, expected = warehouse.counts(), account.counts() | {"organization": 1}
    screen.tables(rows, expected)
    screen.say()
    if rows != expected:
        wrong = [name for name in sorted({*rows, *expected}) if rows.get(name) != expected.get(name)]
        raise DemoError(f"The rows in DuckDB differ from the account: {', '.join(wrong)}. The log is {_LOG}.")


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    """Raise KeyboardInterrupt, once: the cleanup that follows must not be interrupted."""
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main())
