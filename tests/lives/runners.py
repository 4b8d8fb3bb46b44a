"""Runs the tap in a life: in this process, which is fast, or in one of its own, which is really killed."""

import json
import os
import signal
import sys
import tempfile
import typing as t
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

from singer_sdk.singerlib import Message

from simulator import Logged, Server
from tap_helpcrunch import session
from tap_helpcrunch.api.clock import Clock
from tap_helpcrunch.api.errors import HelpCrunchError, WrongKeyError
from tap_helpcrunch.command import Writer
from tap_helpcrunch.session import Session
from tap_helpcrunch.settings import Settings
from tap_helpcrunch.tap import TapHelpCrunch
from tests.clocks import CommonClock
from tests.running import FORKS, catalog
from tests.target import Target

TIMEOUT = 120.0
LOOPBACK = 4_000.0  # requests per minute, as many as a busy machine makes
OUT_OF_TIME = "out of time (max_run_minutes)"
FRESH = 50  # one run in so many is a new interpreter, and waits as long as the tap wants to
LONGEST_WAIT = 0.05  # seconds, in the others


@dataclass(frozen=True)
class Kill:
    """When the process dies: after ``lines`` lines of output or ``requests`` requests, whichever comes first."""

    lines: int
    requests: int | None = None


class End(Enum):
    """How a run ended."""

    WELL = "well"
    CUT = "out of time"  # also with 0
    WITH_1 = "with 1"
    KILLED = "killed"


class Runner(t.Protocol):
    """Runs the tap once.

    Attributes:
        minutes: how long the last run took, if that can be seen.
    """

    minutes: float

    def paced(self, requests_a_minute: float) -> tuple[dict[str, t.Any], float]:
        """Return the settings for this pace, and the pace that a run then has, which is higher if waits are real."""

    def run(
        self, server: Server, target: Target, settings: dict[str, t.Any], streams: tuple[str, ...], kill: Kill | None
    ) -> End:
        """Run it into the target."""


class Hasty(Clock):
    """The host's clock, but of a long wait only the beginning is real, and the rest is skipped."""

    def __init__(self) -> None:
        super().__init__()
        self._skipped = 0.0

    def now(self) -> float:
        return super().now() + self._skipped

    def wait(self, seconds: float) -> None:
        super().wait(min(seconds, LONGEST_WAIT))
        self._skipped += max(0.0, seconds - LONGEST_WAIT)


class KilledError(BaseException):
    """The process is gone, as by SIGKILL: nothing is cleaned up."""


class Killable(Writer):
    """Writes ``most`` messages, then the process dies."""

    def __init__(self, tap: TapHelpCrunch, most: int | None) -> None:
        super().__init__(tap.clock)
        self.lines: list[bytes] = []
        self._most = most

    def write_last(self, message: Message) -> None:
        if self._most is not None and len(self.lines) >= self._most:
            raise KilledError
        self.lines.append(bytes(self.format_message(message)))  # its buffer is used again


@cache
def _catalog(streams: tuple[str, ...]) -> dict[str, t.Any]:
    return catalog(*streams)


class InProcess:
    """Runs the tap in this process, with a clock that it shares with the account: hours take no time."""

    def __init__(self) -> None:
        self.minutes = 0.0

    def paced(self, requests_a_minute: float) -> tuple[dict[str, t.Any], float]:
        """Return the settings for this pace, and the pace."""
        return {"requests_per_minute": requests_a_minute}, requests_a_minute

    def run(
        self, server: Server, target: Target, settings: dict[str, t.Any], streams: tuple[str, ...], kill: Kill | None
    ) -> End:
        """Run it into the target."""
        tap = TapHelpCrunch(config=settings, state=target.next_state(), catalog=_catalog(streams))
        clock = CommonClock(server)
        tap.session = Session(Settings.read(tap.config), clock=clock)
        began = clock.now()
        writer = tap.message_writer = Killable(tap, None if kill is None else kill.lines)
        tap.state_writer._message_writer = writer
        end = End.WELL
        try:
            tap.sync_all()
            end = End.CUT if tap.session.plan.is_cut else End.WELL
        except KilledError:
            end = End.KILLED
        except (HelpCrunchError, WrongKeyError):
            end = End.WITH_1
        finally:
            tap.close()
            target.load(writer.lines, whole=kill is None)
            self.minutes = (clock.now() - began) / 60
        return end


class Processes:
    """Runs the tap in a process of its own, through its command line, and kills it with SIGKILL."""

    def __init__(self) -> None:
        self.minutes = 0.0
        self._started = 0

    def paced(self, requests_a_minute: float) -> tuple[dict[str, t.Any], float]:  # noqa: ARG002 - the interface
        """Return no settings: real hours would take hours."""
        return {}, LOOPBACK

    def run(
        self, server: Server, target: Target, settings: dict[str, t.Any], streams: tuple[str, ...], kill: Kill | None
    ) -> End:
        """Run it into the target."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            given = {"config": settings, "catalog": _catalog(streams), "state": target.next_state()}
            for what, value in given.items():
                (folder / f"{what}.json").write_text(json.dumps(value))
            output, end = FORKS.Pipe(duplex=False)
            self._started += 1
            process = FORKS.Process(target=_tap, args=(end, name, self._started % FRESH == 0), daemon=True)
            process.start()
            end.close()
            was_killed = False

            def stop() -> None:
                nonlocal was_killed
                with suppress(ProcessLookupError):
                    os.kill(t.cast("int", process.pid), signal.SIGKILL)
                    was_killed = True

            before, first = server.before, len(server.requests)
            if kill is not None and kill.requests is not None:
                last = first + kill.requests

                def stop_at_last(request: Logged) -> None:
                    if len(server.requests) >= last:
                        stop()
                    elif before is not None:
                        before(request)

                server.before = stop_at_last
            try:
                lines = _read(output, stop, kill)
                process.join(TIMEOUT)
            finally:
                server.before = before
                process.kill()
            code = process.exitcode
            log = (folder / "log").read_text()
        assert code in ({-signal.SIGKILL, 0} if was_killed else {0, 1}), f"ended with {code}:\n{log[-2000:]}"
        target.load(lines, whole=code == 0)
        if code == 0:
            return End.CUT if OUT_OF_TIME in log else End.WELL
        return End.KILLED if code == -signal.SIGKILL else End.WITH_1


def _read(output: Connection, stop: t.Callable[[], None], kill: Kill | None) -> list[bytes]:
    """Read whole lines until the process ends, as a target does."""
    lines: list[bytes] = []
    with os.fdopen(os.dup(output.fileno()), "rb") as pipe:
        output.close()
        for line in pipe:
            if line.endswith(b"\n"):
                lines.append(line)
            if kill is not None and len(lines) == kill.lines:
                stop()
    return lines


def _tap(end: Connection, name: str, fresh: bool) -> None:  # noqa: FBT001 - positional in args
    """Be the process: stdout into the pipe, stderr into a file."""
    folder = Path(name)
    with (folder / "log").open("wb") as log:
        os.dup2(log.fileno(), 2)
    os.dup2(end.fileno(), 1)
    end.close()
    files = [f"--{what}={folder / what}.json" for what in ("config", "catalog", "state")]
    if fresh:
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        os.execve(sys.executable, [sys.executable, "-m", "tap_helpcrunch", *files], environment)  # noqa: S606
    vars(session)["Clock"] = Hasty
    sys.argv = ["tap-helpcrunch", *files]
    TapHelpCrunch.cli()
