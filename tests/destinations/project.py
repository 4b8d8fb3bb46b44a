"""The project's own meltano.yml, run by Meltano; and the tap and a target joined by a plain pipe."""

import json
import os
import re
import signal
import subprocess
import sys
import typing as t
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from simulator import Server
from tests.running import config

ROOT = Path(__file__).parents[2]
MELTANO = ROOT / ".venv-meltano" / "bin" / "meltano"
DUCKDB, POSTGRES, JSONL = (
    ROOT / ".meltano" / "loaders" / loader / "venv" / "bin" / program
    for loader, program in (
        ("target-duckdb", "helpcrunch-target-duckdb"), ("target-postgres", "target-postgres"),
        ("target-jsonl", "target-jsonl"),
    )
)  # fmt: skip
PATIENCE = 120.0
_FOREIGN = ("TAP_HELPCRUNCH_", "TARGET_", "MELTANO_", "PG")


@dataclass(frozen=True)
class Run:
    """How a command ended, and what it wrote: the log, and apart from it stdout."""

    code: int
    out: str
    log: str


class Project:
    """A copy of meltano.yml in a folder of its own, with the environments that `make plugins` made."""

    def __init__(self, folder: Path, server: Server, variables: Mapping[str, str] | None = None) -> None:
        """Copy it."""
        if not MELTANO.exists():
            raise FileNotFoundError(f"{MELTANO} is missing: make test installs it")
        self.root = folder / "project"
        self.file = self.root / "meltano.yml"
        self.variables = dict(variables or {})
        self._server = server
        (self.root / ".meltano").mkdir(parents=True)
        (self.root / "output").mkdir()
        for kind in ("extractors", "loaders"):
            (self.root / ".meltano" / kind).symlink_to(ROOT / ".meltano" / kind)
        self.file.write_text((ROOT / "meltano.yml").read_text(encoding="utf-8"), encoding="utf-8")

    def in_small_batches(self) -> None:
        """Let target-postgres write every 50 rows, so that some are there when a run ends early."""
        place, text = "        database: ${PGDATABASE}\n", self.file.read_text(encoding="utf-8")
        assert text.count(place) == 1
        self.file.write_text(text.replace(place, f"{place}        batch_size_rows: 50\n"), encoding="utf-8")

    def run(self, *arguments: str) -> Run:
        """Run `meltano` with these arguments to its end."""
        with self.started(*arguments) as process:
            out, log = process.communicate(timeout=PATIENCE)
        return Run(process.returncode, out.decode(), re.sub("\x1b\\[[0-9;]*m", "", log.decode()))

    def load(self, loader: str, *arguments: str, tap: str = "tap-helpcrunch") -> Run:
        """Run the tap into a loader, which must succeed."""
        run = self.run("run", *arguments, tap, loader)
        assert run.code == 0, run.log[-4000:]
        return run

    @contextmanager
    def started(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start `meltano` with these arguments; at the end nothing of it is left."""
        process = subprocess.Popen(
            [MELTANO, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment(),
            cwd=self.root,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        return own | {
            "TAP_HELPCRUNCH_API_KEY": self._server.key,
            "TAP_HELPCRUNCH_API_URL": self._server.url,
            "TAP_HELPCRUNCH_REQUESTS_PER_MINUTE": "100000",
            # Anything missing must be an error, not an hour of installing.
            "MELTANO_AUTO_INSTALL": "false",
            "NO_COLOR": "1",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            **self.variables,
        }


def kill(group: int, part: str, number: signal.Signals = signal.SIGKILL) -> bool:
    """Send a signal to the processes of a group whose command line holds this part; tell whether there was one."""
    killed = False
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            if part in (entry / "cmdline").read_text() and os.getpgid(int(entry.name)) == group:
                os.kill(int(entry.name), number)
                killed = True
    return killed


def in_file(file: Path, **more: t.Any) -> dict[str, t.Any]:
    """Return target-duckdb's settings for a file."""
    return {"filepath": str(file), "default_target_schema": "helpcrunch", **more}


def pipe(folder: Path, server: Server, target: Path, settings: dict[str, t.Any], **tap_settings: t.Any) -> None:
    """Run `tap | target`, and keep the last STATE that the target passed on for the next call's tap."""
    tap_file, target_file, state = (folder / name for name in ("tap.json", "target.json", "state.json"))
    tap_file.write_text(json.dumps(config(server, **tap_settings)))
    target_file.write_text(json.dumps(settings))
    command: list[str | Path] = [sys.executable, "-m", "tap_helpcrunch", "--config", tap_file]
    command += ["--state", state] if state.exists() else []
    with (
        (folder / "log").open("ab") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, cwd=ROOT) as tap,
    ):
        try:
            done = subprocess.run(
                [target, "--config", target_file],
                stdin=tap.stdout, stdout=subprocess.PIPE, stderr=log, timeout=PATIENCE, check=False, cwd=folder,
            )  # fmt: skip
            t.cast("t.IO[bytes]", tap.stdout).close()  # else the tap would wait for a target that has failed
            code = tap.wait(PATIENCE)
        finally:
            tap.kill()
    assert (code, done.returncode) == (0, 0), (folder / "log").read_text(errors="replace")[-4000:]
    state.write_text(done.stdout.decode().splitlines()[-1])
