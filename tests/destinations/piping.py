"""The tap and a target joined by a plain pipe, as a shell does it."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from contextlib import suppress

from tests.destinations.project import PATIENCE, ROOT
from tests.running import config

if t.TYPE_CHECKING:
    from pathlib import Path

    from simulator import Server


def pipe(
    folder: Path, server: Server, target: Path, settings: dict[str, t.Any], **tap_settings: t.Any
) -> dict[str, t.Any]:
    """Run `tap | target` and return the last STATE that the target passed on, for the next call's tap."""
    tap_file, target_file, state_file = (folder / name for name in ("tap.json", "target.json", "state.json"))
    tap_file.write_text(json.dumps(config(server, **tap_settings)))
    target_file.write_text(json.dumps(settings))
    state: list[str | Path] = ["--state", state_file] if state_file.exists() else []
    with (folder / "log").open("ab") as log:
        tap = subprocess.Popen(
            [sys.executable, "-m", "tap_helpcrunch", "--config", tap_file, *state],
            stdout=subprocess.PIPE, stderr=log, cwd=ROOT,
        )  # fmt: skip
        try:
            done = subprocess.run(
                [target, "--config", target_file],
                stdin=tap.stdout, stdout=subprocess.PIPE, stderr=log, timeout=PATIENCE, check=False, cwd=folder,
            )  # fmt: skip
            code = tap.wait(PATIENCE)
        finally:
            with suppress(ProcessLookupError):
                tap.kill()
            tap.wait(10)
            if tap.stdout:
                tap.stdout.close()
    assert (code, done.returncode) == (0, 0), (folder / "log").read_text(errors="replace")[-4000:]
    last = done.stdout.decode().splitlines()[-1]
    state_file.write_text(last)
    passed: dict[str, t.Any] = json.loads(last)
    return passed
