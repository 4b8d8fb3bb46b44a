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
from tests.running import Output, config, run, sync

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


def held(*parts: list[Message]) -> dict[str, dict[int, Message]]:
    """Return what a warehouse holds after the runs that wrote these messages, by stream and id."""
    named = lake.named([message for part in parts for message in part])
    return {stream: lake.by_id(lake.rows(files)) for stream, files in named.items()}


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
    assert len(ends) > 4
    read_again = []
    for end in ends:
        before = len(server.requests)
        resumed = sync(server, state=messages[end]["value"], **some)
        read_again.append(len(server.requests) - before)
        rows = held(messages[:end])
        for stream in ("chats", "customers", "messages"):
            rows.setdefault(stream, {}).update(lake.by_id(resumed.records(stream)))
        assert_whole(rows, account)
    # And the STATE does move with the files: the later it is, the less is left to do.
    assert read_again[len(ends) // 2] < read_again[0]


@pytest.mark.parametrize(("form", "number"), [("jsonl", signal.SIGTERM), ("parquet", signal.SIGKILL)])
def test_a_run_that_is_ended_loses_nothing(tmp_path: Path, server: Server, form: str, number: signal.Signals) -> None:
    """Ended while it waits for an answer, with rows that are in no file yet."""
    settings = lake.settings((tmp_path / "lake").as_uri(), form, SIZE)
    (tmp_path / "ended.json").write_text(json.dumps(config(server, **settings)))
    visits = itertools.count(1)
    with subprocess.Popen(
        [sys.executable, "-m", "tap_helpcrunch", "--config", tmp_path / "ended.json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip

        def end(request: Logged) -> None:
            if request.path.endswith("/messages") and next(visits) == 60:
                process.send_signal(number)

        server.before = end
        try:
            out, _ = process.communicate(timeout=60)
        finally:
            process.kill()
            server.before = None
    assert process.returncode == (-number if number == signal.SIGKILL else 128 + number), "it had ended before"
    written = Output([line.decode() for line in out.splitlines(keepends=True) if line.endswith(b"\n")]).messages
    last = max(place for place, message in enumerate(written) if message["type"] == "STATE")
    assert "messages" in lake.named(written[:last])
    resumed = run(tmp_path, server, state=written[last]["value"], **settings)
    assert resumed.code == 0, resumed.log
    assert_whole(held(written[:last], resumed.messages), server.account)
