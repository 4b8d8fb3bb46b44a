"""BATCH in runs that do not complete: a STATE never runs ahead of the files named before it."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import typing as t

import pytest

from simulator import Account, Logged, Server
from tests.destinations import lake
from tests.destinations.project import ROOT
from tests.running import Output, asked, config, run, sync

if t.TYPE_CHECKING:
    from pathlib import Path

Message = dict[str, t.Any]
SIZE = 90


@pytest.fixture
def account() -> Account:
    """Return an account of several pages of chats and of customers, quiet for an hour."""
    made = Account.generate(seed=3, chats=110, messages=700, customers=350)
    made.advance(3600)
    return made


def held(folder: Path, form: str, *parts: list[Message]) -> dict[str, dict[int, Message]]:
    """Return what a warehouse holds after the runs that wrote these messages, by stream and id."""
    streams: dict[str, dict[int, Message]] = {}
    for stream, files in lake.named([message for part in parts for message in part]).items():
        assert all(folder.as_uri() in file for file in files)
        streams[stream] = lake.by_id(lake.rows(files, form))
    return streams


def assert_whole(rows: dict[str, dict[int, Message]], account: Account) -> None:
    assert set(rows["chats"]) == set(account.chats)
    assert set(rows["customers"]) == set(account.customers)
    said = {number: message.text for number, message in account.messages.items()}
    assert {number: row["text"] for number, row in rows["messages"].items()} == said


@pytest.mark.parametrize("by_id", [False, True])
def test_from_every_state_the_next_run_brings_what_is_missing(
    tmp_path: Path, account: Account, server: Server, *, by_id: bool
) -> None:
    """Wherever a run is killed: what a target got is its output up to some line, and the last STATE counts."""
    some: Message = {"chat_ids": sorted(account.chats)} if by_id else {}
    messages = sync(server, **some, **lake.settings(tmp_path.as_uri(), size=SIZE)).messages
    ends = [place for place, message in enumerate(messages) if message["type"] == "STATE"]
    assert len(ends) >= 700 / SIZE
    read_again = []
    for end in ends:
        before = len(server.requests)
        resumed = sync(server, state=messages[end]["value"], **some)
        read_again.append(len(server.requests) - before)
        rows = held(tmp_path, "jsonl", messages[:end])
        for stream in ("chats", "customers", "messages"):
            rows.setdefault(stream, {}).update(lake.by_id(resumed.records(stream)))
        assert_whole(rows, account)
    # And the STATE does move with the files: the later it is, the less is left to do, but for a count of what is there.
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(read_again))
    assert read_again[len(ends) // 2] < read_again[0]


@pytest.mark.parametrize(
    ("form", "number", "request_"),
    [
        ("jsonl", signal.SIGTERM, ("/messages", 60)),
        ("parquet", signal.SIGKILL, ("/messages", 60)),
        ("parquet", signal.SIGTERM, ("/customers/search", 3)),
    ],
)
def test_a_run_that_is_ended_loses_nothing(
    tmp_path: Path, server: Server, form: str, number: signal.Signals, request_: tuple[str, int]
) -> None:
    """Ended by a signal while it waits for an answer, with rows in open files."""
    settings = lake.settings((tmp_path / "lake").as_uri(), form, SIZE)
    written = _ended(tmp_path, server, settings, number, request_)
    last = max(place for place, message in enumerate(written) if message["type"] == "STATE")
    resumed = run(tmp_path, server, state=written[last]["value"], **settings)
    assert resumed.code == 0, resumed.log
    assert_whole(held(tmp_path, form, written[:last], resumed.messages), server.account)


@pytest.mark.parametrize("streams", [("chats",), ("messages",), ("chats", "messages")])
@pytest.mark.parametrize("empty", [False, True])
def test_nothing_hangs_back_at_the_end(
    tmp_path: Path, server: Server, account: Account, streams: tuple[str, ...], *, empty: bool
) -> None:
    """With whatever is selected and however little there is, the run that follows has nothing to do."""
    if empty:
        for chat in list(account.chats):
            account.delete_chat(chat)
    settings = lake.settings(tmp_path.as_uri(), size=SIZE)
    first = sync(server, *streams, **settings)
    assert set(lake.named(first.messages)) == (set() if empty else set(streams))
    assert {stream for stream in streams if first.state["bookmarks"][stream]["account"]["since"]} == set(streams)
    server.requests.clear()
    second = sync(server, *streams, state=first.state, **settings)
    assert lake.named(second.messages) == {}
    assert len(asked(server)) <= 4


def _ended(
    folder: Path, server: Server, settings: Message, number: signal.Signals, request_: tuple[str, int]
) -> list[Message]:
    """Run the tap, end it by a signal at the n-th request of a path; return what it wrote, whole lines only."""
    path, awaited = request_
    (folder / "ended.json").write_text(json.dumps(config(server, **settings)))
    asked_for = itertools.count(1)
    with subprocess.Popen(
        [sys.executable, "-m", "tap_helpcrunch", "--config", folder / "ended.json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip

        def end(request: Logged) -> None:
            if request.path.endswith(path) and next(asked_for) == awaited:
                process.send_signal(number)

        server.before = end
        try:
            out, _ = process.communicate(timeout=60)
        finally:
            process.kill()
            server.before = None
    assert process.returncode == (-number if number == signal.SIGKILL else 128 + number), "it had ended before"
    return Output([line.decode() for line in out.splitlines(keepends=True) if line.endswith(b"\n")]).messages
