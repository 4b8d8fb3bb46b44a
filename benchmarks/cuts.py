"""A first load that is cut off: how many of the newest conversations are complete.

Minutes are counted in requests, 120 per minute. After that many the account stops answering, and the contestant is
terminated (SIGTERM), then killed. No contestant is slowed by its own pace, and none fails because of a quota.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.entrants import DLT, ENVIRONMENT, FLAT, SINGER, TAP, Entrant
from benchmarks.server import KEY
from simulator import Account, Fault, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

PER_MINUTE = 120
MINUTES = (1, 5, 15, 60)
NAMES = (TAP, FLAT, SINGER, DLT)
CHATS, MESSAGES = 8000, 40_000
NEWEST_DAYS = 30
DAY = 86_400
WITHIN, GRACE = 900.0, 10.0


@dataclass(frozen=True)
class Cut:
    """How many complete conversations a contestant loaded, of the newest days and of all."""

    newest: int
    all: int


def run(entrant: Entrant, account: Account, minutes: int) -> Cut:
    """Cut off a contestant's first load after this many minutes."""
    most = minutes * PER_MINUTE
    spent = threading.Event()

    def hang(_request: object, number: int) -> Fault | None:
        if number <= most:
            return None
        spent.set()
        return Fault(kind="hang")

    with tempfile.TemporaryDirectory(prefix="bench-cut-") as name, Server(account, key=KEY) as server:
        server.fault = hang
        folder = Path(name)
        command = entrant.command(server.url, KEY, folder, None)
        with (folder / "out").open("wb") as out, (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=out, stderr=log)
        try:
            spent.wait(WITHIN)
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)
        finally:
            process.kill()
            process.wait()
        return _counted(account, folder)


def table(account: Account) -> list[str]:
    """Run them all; return the lines of a table."""
    newest = sum(1 for _ in _newest(account))
    lines = [
        (
            f"{len(account.chats):,} chats with {len(account.messages):,} messages; {newest} chats are from the newest "
            f"{NEWEST_DAYS} days. Complete conversations of those, and in parentheses of all, after"
        ),
        "",
        "| who | " + " | ".join(f"{minutes} min" for minutes in MINUTES) + " |",
        "| --- |" + " ---: |" * len(MINUTES),
    ]
    for entrant in NAMES:
        cuts = [run(entrant, account, minutes) for minutes in MINUTES]
        cells = " | ".join(f"{cut.newest} ({cut.all:,})" for cut in cuts)
        lines.append(f"| {entrant.title} | {cells} |")
    return lines


def account() -> Account:
    """Return the account that is loaded."""
    return Account.generate(seed=7, chats=CHATS, messages=MESSAGES)


def _newest(account: Account) -> Iterator[int]:
    return (chat.id for chat in account.chats.values() if chat.created_at > account.now - NEWEST_DAYS * DAY)


def _counted(account: Account, folder: Path) -> Cut:
    chats, messages = set[int](), set[int]()
    for stream, number in _rows(folder):
        (chats if stream == "chats" else messages).add(number)
    held = Counter(account.messages[number].chat for number in messages)
    whole = {chat for chat in chats if held[chat] == len(account.messages_of(chat))}
    return Cut(sum(chat in whole for chat in _newest(account)), len(whole))


def _rows(folder: Path) -> Iterator[tuple[str, int]]:
    with (folder / "out").open("rb") as lines:
        for line in lines:
            with suppress(ValueError):  # the last line of a run that died
                found = json.loads(line)
                if found.get("type", "RECORD") == "RECORD":
                    yield found["stream"], int(found["record"]["id"])
    for stream in ("chats", "messages"):
        for file in folder.glob(f"rows/*/{stream}/*.jsonl"):
            with file.open("rb") as lines:
                yield from ((stream, int(json.loads(line)["id"])) for line in lines)
