"""Runs that end early: kill -9, signals, a reader that disconnects, an error in a thread. Real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import typing as t
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulator import Account, Fault, Server
from tap_helpcrunch.api.client import LONE_PATIENCE, LONGEST_WAIT
from tap_helpcrunch.api.errors import UnreachableError
from tap_helpcrunch.session import Session
from tap_helpcrunch.settings import Settings
from tests.clocks import QuickClock
from tests.conftest import NOW
from tests.happenings import DAY
from tests.running import config, run, sync
from tests.target import Target

ROOT = Path(__file__).parent.parent


def lively(chats: int = 60) -> Account:
    account = Account(now=NOW)
    for number in range(chats):
        account.advance(600)
        chat = account.add_chat()
        for _ in range(1 + (250 if number % 25 == 7 else 0)):
            account.add_message(chat, f"PRIVATE words in {chat}")
    account.advance(DAY)
    return account


@pytest.fixture
def full() -> Iterator[Server]:
    with Server(lively(), key="SECRET-KEY-0123456789") as server:
        yield server


@contextmanager
def started(folder: Path, server: Server, **settings: t.Any) -> Iterator[subprocess.Popen[bytes]]:
    """Start the tap as a process of its own whose output is ours to read, or not; its log goes into a file."""
    (folder / "config.json").write_text(json.dumps(config(server, **settings)))
    command: list[str | Path] = [sys.executable, "-m", "tap_helpcrunch", "--config", folder / "config.json"]
    environment = {**os.environ, "TAP_HELPCRUNCH_LOGLEVEL": "DEBUG"}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, cwd=ROOT, env=environment) as tap,
    ):
        try:
            yield tap
        finally:
            tap.kill()


def until(condition: Callable[[], object]) -> None:
    """Wait until it is so, half a minute at most."""
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it never came to that")


SLOW_ANSWER = Fault(kind="hang")
MOMENTS = ["working", "waiting for the pace", "waiting for a retry", "waiting for a slow answer"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_signal_ends_it_within_two_seconds_with_a_last_state(
    tmp_path: Path, full: Server, number: signal.Signals, moment: str
) -> None:
    settings: dict[str, t.Any] = {}
    after = 58  # of 70: the first group of chats is written by then, however much is asked ahead
    if moment == "working":
        full.before = lambda _request: time.sleep(0.005)
    elif moment == "waiting for the pace":
        settings["requests_per_minute"] = after
    else:
        fault = Fault(status=503) if moment == "waiting for a retry" else SLOW_ANSWER
        full.fault = lambda _request, count: fault if count > after else None
    with started(tmp_path, full, **settings) as tap:
        lines: list[bytes] = []
        reader = threading.Thread(target=lambda: lines.extend(t.cast("t.IO[bytes]", tap.stdout)))
        reader.start()
        until(lambda: len(full.requests) >= after)
        time.sleep(0.3 if moment != "working" else 0)
        asked_at = time.monotonic()
        tap.send_signal(number)
        tap.wait(10)
        assert time.monotonic() - asked_at < 2
        reader.join(10)
    assert tap.returncode == 128 + number
    assert all(line.endswith(b"\n") for line in lines)
    last = json.loads(lines[-1])
    assert last["type"] == "STATE"
    assert last["value"]["bookmarks"]["messages"]["account"]["walk"]["place"]
    log = (tmp_path / "log").read_text()
    assert "interrupted" in log
    assert "Traceback" not in log
    target = Target()
    target.load(lines)
    full.fault = full.before = None
    target.load(sync(full, state=target.next_state()).lines)
    assert set(target.of("messages")) == set(full.account.messages)


def test_a_signal_ends_it_also_when_the_target_no_longer_reads(tmp_path: Path, full: Server) -> None:
    with started(tmp_path, full) as tap:
        until(lambda: len(full.requests) >= 12)
        time.sleep(1)  # the pipe is full now: 64 KiB
        asked_at = time.monotonic()
        tap.terminate()
        assert tap.wait(60) == 128 + signal.SIGTERM
        assert time.monotonic() - asked_at < 33, "half a minute for a reader that is busy"


def test_a_reader_that_disconnects_ends_it_quietly(tmp_path: Path, full: Server) -> None:
    with started(tmp_path, full) as tap:
        assert tap.stdout is not None
        tap.stdout.readline()
        tap.stdout.close()
        assert tap.wait(10) == 128 + signal.SIGPIPE
    log = (tmp_path / "log").read_text()
    assert [line for line in log.splitlines() if "ERROR" in line or "Traceback" in line or "Exception" in line] == []
    assert len(full.requests) < 60 + 20


@pytest.mark.parametrize("max_in_flight", [1, 8])
def test_an_error_in_a_thread_ends_the_run_with_its_message(tmp_path: Path, full: Server, max_in_flight: int) -> None:
    full.fault = lambda _request, count: Fault(status=401) if count > 45 else None
    output = run(tmp_path, full, max_in_flight=max_in_flight)
    assert output.code == 1
    assert "refuses the api_key (401" in output.log
    assert "Traceback" not in output.log
    assert len([line for line in output.log.splitlines() if "ERROR" in line]) == 1
    full.fault = None
    target = Target()
    target.load(output.lines)
    target.load(sync(full, state=target.next_state()).lines)
    assert set(target.of("messages")) == set(full.account.messages)


@pytest.mark.parametrize("status", [429, 503])
def test_a_run_out_of_time_waits_no_ten_minutes_for_an_answer(server: Server, status: int) -> None:
    clock = QuickClock()
    session = Session(Settings.read(config(server, max_run_minutes=1)), clock=clock)
    server.fault = lambda _request, _number: Fault(status=status)
    with pytest.raises(UnreachableError):
        session.api.chat(1).answer()
    session.client.close()
    assert 60 <= sum(clock.waits) <= 60 + LONE_PATIENCE + LONGEST_WAIT
