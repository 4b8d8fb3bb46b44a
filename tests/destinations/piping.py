"""The tap and a target joined by a plain pipe, as a shell does it."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t

from tests.destinations.project import PATIENCE, ROOT
from tests.running import config

if t.TYPE_CHECKING:
    from pathlib import Path

    from simulator import Server


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
            code = tap.wait(PATIENCE)
        finally:
            tap.kill()
    assert (code, done.returncode) == (0, 0), (folder / "log").read_text(errors="replace")[-4000:]
    state.write_text(done.stdout.decode().splitlines()[-1])
