"""Runs that end early: kill -9, signals, a reader that disconnects, an error in a thread. Real processes."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import typing as t
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulator import Account, Fault, Server
from tap_helpcrunch.api.client import LONE_PATIENCE, LONGEST_WAIT
from tap_helpcrunch.api.errors import UnreachableError
from tap_helpcrunch.command import GRACE
from tap_helpcrunch.session import Session
from tap_helpcrunch.settings import Settings
from tests.clocks import QuickClock
from tests.conftest import NOW, ROOT
from tests.happenings import DAY
from tests.running import config, run, sync
from tests.target import Target


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


@pytest.fixture(autouse=True)
def hangs_up() -> Iterator[None]:
    """Have SIGHUP end what is started, also where the tests themselves run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


# The tap, with a little less patience for a reader than the half minute that it has.
HURRIED = "from tap_helpcrunch import command, tap; command.GRACE, command.TOLD = 3.0, 1.0; tap.TapHelpCrunch.cli()"
TAP = (sys.executable, "-m", "tap_helpcrunch")


@contextmanager
def started(
    folder: Path, server: Server, command: tuple[str, ...] = TAP, **settings: t.Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Start the tap as a process of its own whose output is ours to read, or not; its log goes into a file."""
    (folder / "config.json").write_text(json.dumps(config(server, **settings)))
    environment = {**os.environ, "TAP_HELPCRUNCH_LOGLEVEL": "DEBUG"}
    arguments = [*command, "--config", str(folder / "config.json")]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=log, cwd=ROOT, env=environment) as tap,
    ):
        try:
            yield tap
        finally:
            tap.kill()


def last_line(folder: Path) -> str:
    """Return the text of the log's last line, above which there is neither an error nor a traceback."""
    lines = (folder / "log").read_text().splitlines()
    assert not [line for line in lines[:-1] if "ERROR" in line or "Traceback" in line or "Exception" in line]
    return lines[-1].split("| ")[-1]


def until(condition: Callable[[], object]) -> None:
    """Wait until it is so, half a minute at most."""
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it never came to that")


SLOW_ANSWER = Fault(kind="hang")
MOMENTS = {
    "working": signal.SIGTERM,
    "waiting for the pace": signal.SIGINT,
    "waiting for a retry": signal.SIGHUP,
    "waiting for a slow answer": signal.SIGTERM,
}


@pytest.mark.parametrize(("moment", "number"), MOMENTS.items())
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
    written = sum(b'"stream":"chats"' in line and b'"RECORD"' in line for line in lines)
    assert re.match(rf"stopped by {number.name}; this run: \d+ messages, {written} chats, ", last_line(tmp_path))
    target = Target()
    target.load(lines)
    full.fault = full.before = None
    target.load(sync(full, state=target.next_state()).lines)
    assert set(target.of("messages")) == set(full.account.messages)


# As Ctrl-C, a scheduler, `timeout`, a container's end, and Ctrl-C through Meltano send them: 0 ms apart.
SIGNALS = [
    [signal.SIGTERM],
    [signal.SIGINT],
    [signal.SIGHUP],
    [signal.SIGINT, signal.SIGTERM],
    [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGTERM],
]


# Twenty taps: each is forked from a process that has imported it, and writes into the pipe in its folder.
TWENTY = """
import os, sys
from tap_helpcrunch.tap import TapHelpCrunch
folders = dict()
for folder in sys.argv[1:]:
    pid = os.fork()
    if not pid:
        sys.argv[1:] = ["--config", "config.json"]
        os.dup2(os.open(folder + "/out", os.O_WRONLY), 1)
        os.dup2(os.open(folder + "/log", os.O_WRONLY | os.O_CREAT), 2)
        TapHelpCrunch.cli()
    folders[pid] = folder
    open(folder + "/pid", "w").write(str(pid))
for _ in folders:
    pid, status = os.wait()
    open(folders[pid] + "/code", "w").write(str(os.waitstatus_to_exitcode(status)))
"""


def test_a_busy_reader_gets_whole_lines_and_a_state(tmp_path: Path) -> None:
    """A loader in a COMMIT leaves the pipe full for two seconds; no tap has written all by then."""

    def stop(folder: Path) -> None:
        number, read = int(folder.name), b""
        with (folder / "out").open("rb", buffering=0) as out:
            while len(read) < 5000 * number + 100:
                read += out.read(4096)
            time.sleep(0.3)  # the pipe is full now: 64 KiB
            for one in SIGNALS[number % len(SIGNALS)]:
                os.kill(int((folder / "pid").read_text()), one)
            time.sleep(2)
            read += out.read()
        *lines, end = read.split(b"\n")
        assert (end, [json.loads(line)["type"] for line in lines][-1]) == (b"", "STATE")
        until(lambda: (folder / "code").exists() and (folder / "code").read_text())
        assert int((folder / "code").read_text()) - 128 in SIGNALS[number % len(SIGNALS)]
        assert last_line(folder).startswith("stopped by SIG")

    folders = [tmp_path / str(number) for number in range(20)]
    for folder in folders:
        folder.mkdir()
        os.mkfifo(folder / "out")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with Server(lively(300)) as server:
        (tmp_path / "config.json").write_text(json.dumps(config(server)))
        with subprocess.Popen([sys.executable, "-c", TWENTY, *folders], cwd=tmp_path, env=environment) as taps:
            with ThreadPoolExecutor(len(folders)) as pool:
                list(pool.map(stop, folders))
            assert taps.wait(10) == 0


# In a process of its own, which the tap's thread ends after half a minute.
NESTED = """
import signal
from tap_helpcrunch import command
from tap_helpcrunch.api.clock import Clock

class Stopping(Clock):
    stops = 0

    def stop(self):
        self.stops += 1
        signal.raise_signal(signal.SIGTERM)

seen = command.stop_on_signal(clock := Stopping())
signal.raise_signal(signal.SIGINT)
print(seen == [signal.SIGINT, signal.SIGTERM], clock.stops)
"""


def test_a_signal_within_a_signal_waits_for_no_lock() -> None:
    done = subprocess.run([sys.executable, "-c", NESTED], cwd=ROOT, capture_output=True, timeout=25, check=True)
    assert done.stdout == b"True 1\n"


def test_a_reader_that_never_reads_again_is_given_up(tmp_path: Path, full: Server) -> None:
    assert GRACE == 30
    with started(tmp_path, full, (sys.executable, "-c", HURRIED)) as tap:
        until(lambda: len(full.requests) >= 12)
        time.sleep(1)  # the pipe is full now
        tap.terminate()
        assert tap.wait(10) == 128 + signal.SIGTERM
    assert last_line(tmp_path) == "SIGTERM: waiting up to 3 s for the target to read"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_trial_at_once(tmp_path: Path, full: Server, number: signal.Signals) -> None:
    full.fault = lambda *_: SLOW_ANSWER
    with started(tmp_path, full, (*TAP, "--test")) as tap:
        until(lambda: full.requests)
        tap.send_signal(number)
        assert tap.wait(2) == -number
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_nohup_is_respected(tmp_path: Path, full: Server) -> None:
    with started(tmp_path, full, ("/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh", *TAP)) as tap:
        until(lambda: full.requests)
        tap.send_signal(signal.SIGHUP)
        lines = tap.communicate(timeout=30)[0].splitlines()
    assert tap.returncode == 0
    assert json.loads(lines[-1])["type"] == "STATE"


@pytest.mark.parametrize("reads", [0, 1])
def test_a_reader_that_disconnects_ends_it_quietly(tmp_path: Path, full: Server, reads: int) -> None:
    """Also one that never came: the loader's name was wrong."""
    with started(tmp_path, full) as tap:
        assert tap.stdout is not None
        for _ in range(reads):
            tap.stdout.readline()
        tap.stdout.close()
        assert tap.wait(10) == 128 + signal.SIGPIPE
    assert last_line(tmp_path) == "the target closed the pipe; see its own log"
    assert not re.search(r"\d requests? in \d", (tmp_path / "log").read_text())
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
