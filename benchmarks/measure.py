"""The contestants, and what one run of one of them used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.server import KEY, Served

ROOT = Path(__file__).parents[1]
SCRIPTS = Path(__file__).parent / "contestants"
UV = str(Path(sys.executable).with_name("uv"))
# Nothing that the user's shell could change.
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
ENVIRONMENT |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PYTHONPATH": str(ROOT)}
UNLIMITED = 1_000_000.0


class Contestant:
    """A script that loads chats and messages; its docstring begins with its title, its metadata has its pins."""

    def __init__(self, name: str) -> None:
        """Make its environment."""
        self.name = name
        self.file = SCRIPTS / f"{name}.py"
        lines = self.file.read_text(encoding="utf-8").splitlines()
        self.title = next(line for line in lines if line.startswith('"""')).strip('"').rpartition(":")[0]
        self.requires = next(line for line in lines if "dependencies" in line).split('"')[1].replace("==", " ")
        made = [UV, "sync", "--quiet", "--script", str(self.file), "--python", sys.executable]
        subprocess.run(made, check=True, timeout=600)
        found = [UV, "python", "find", "--script", str(self.file)]
        self.python = subprocess.run(found, check=True, timeout=60, capture_output=True, text=True).stdout.strip()


CONTESTANTS = ("floor", "tap", "singer_python", "dlt_rest", "sdk_template_flat", "sdk_template")


@dataclass(frozen=True)
class Run:
    """What a run used, and what it loaded."""

    code: int
    cpu: float
    wall: float
    megabytes: float
    requests: int
    lost: int
    states: int  # bytes of STATE messages


def measure(contestant: Contestant, account: Served, limit: float, pace: float = UNLIMITED) -> Run:
    """Run a contestant against an account; kill it after ``limit`` seconds. Only the tap knows a pace."""
    with tempfile.TemporaryDirectory(prefix="bench-run-") as name:
        account.new_requests()
        run = [contestant.python, str(contestant.file), account.url, KEY, name, str(pace)]
        launch = [sys.executable, "-m", "benchmarks.launch", str(limit), name, *run]
        done = subprocess.run(launch, cwd=ROOT, env=ENVIRONMENT, capture_output=True, check=True, timeout=limit + 30)
        records, states = _counted(Path(name))
        took = json.loads(done.stdout)
        return Run(**took, requests=len(account.new_requests()), lost=account.records() - records, states=states)


def _counted(folder: Path) -> tuple[int, int]:
    """Return the number of distinct rows of both streams, and the bytes of STATE."""
    ids: dict[str, set[int]] = {"chats": set(), "messages": set()}
    states = 0
    with (folder / "out").open("rb") as lines:
        for line in filter(lambda line: line.endswith(b"}\n"), lines):  # a run that died may cut its last one
            found = json.loads(line)
            if "record" in found:
                ids[found["stream"]].add(int(found["record"]["id"]))
            states += len(line) if found.get("type") == "STATE" else 0
    for stream, seen in ids.items():
        for file in folder.glob(f"rows/*/{stream}/*.jsonl"):
            seen.update(int(json.loads(line)["id"]) for line in file.read_text(encoding="utf-8").splitlines())
    return sum(map(len, ids.values())), states
