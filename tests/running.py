"""Runs the tap in a test."""

import io
import json
import multiprocessing
import os
import sys
import typing as t
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from simulator import Server
from tap_helpcrunch.doctor import report
from tap_helpcrunch.session import Session
from tap_helpcrunch.settings import Settings
from tap_helpcrunch.tap import TapHelpCrunch
from tests import declared
from tests.clocks import QuickClock

Message = dict[str, t.Any]
Report = dict[str, t.Any]


@dataclass
class Output:
    """What a run wrote to stdout, its exit code and its log."""

    lines: list[str] = field(default_factory=list)
    code: int = 0
    log: str = ""

    def __post_init__(self) -> None:
        """Every reader of an output knows by this that each record is as declared."""
        declared.check(line for line in self.lines if line.startswith('{"type":'))

    @cached_property
    def messages(self) -> list[Message]:
        return [json.loads(line) for line in self.lines]

    def records(self, stream: str) -> list[Message]:
        return [m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream]

    def ids(self, stream: str) -> list[int]:
        return [record["id"] for record in self.records(stream)]

    def schemas(self, stream: str) -> list[Message]:
        return [m["schema"] for m in self.messages if m["type"] == "SCHEMA" and m["stream"] == stream]

    @property
    def states(self) -> list[Message]:
        return [m["value"] for m in self.messages if m["type"] == "STATE"]

    @property
    def state(self) -> Message:
        return self.states[-1]


def config(server: Server, **settings: t.Any) -> dict[str, t.Any]:
    """Return settings for the simulated account, at a pace that does not slow a test."""
    return {"api_key": server.key, "api_url": server.url, "requests_per_minute": 1_000_000, **settings}


def catalog(*streams: str) -> dict[str, t.Any]:
    """Return the discovered catalog with only these streams selected."""
    found: dict[str, t.Any] = json.loads(_discovered())
    for entry in found["streams"]:
        for metadata in entry["metadata"]:
            if metadata["breadcrumb"] in ([], ()):
                metadata["metadata"]["selected"] = entry["tap_stream_id"] in streams
    return found


@cache
def _discovered() -> str:
    return json.dumps(TapHelpCrunch(config={}, validate_config=False).catalog_dict)


def sync(
    server: Server,
    *streams: str,
    state: Message | None = None,
    selection: dict[str, t.Any] | None = None,
    **settings: t.Any,
) -> Output:
    """Run the tap in this process and return its output; exceptions are raised to the caller."""
    selected = selection or (catalog(*streams) if streams else None)
    return brought(tap_for(config(server, **settings), state, selected))


def tap_for(given: dict[str, t.Any], state: Message | None, selected: dict[str, t.Any] | None) -> TapHelpCrunch:
    """Return a tap; the state itself is not changed."""
    return TapHelpCrunch(config=given, state=json.loads(json.dumps(state or {})), catalog=selected)


def brought(tap: TapHelpCrunch) -> Output:
    """Run a tap to its end and return its output; exceptions are raised to the caller."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    try:
        with redirect_stdout(out):
            tap.sync_all()
            out.flush()
    finally:
        tap.close()
    out.seek(0)
    return Output(out.read().split("\n")[:-1])


def run(
    folder: Path, server: Server | None = None, *arguments: str, state: Message | None = None, **settings: t.Any
) -> Output:
    """Run the tap as a process, the way Meltano does: files in, stdout and stderr out.

    It is forked from a process that has imported the tap, which takes a tenth of the time of a new interpreter.
    """
    given = config(server, **settings) if server else settings
    files = ({"config": given} if given else {}) | ({} if state is None else {"state": state})
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    options = [f"--{name}={name}.json" for name in files]
    process = FORKS.Process(target=_be_the_tap, args=(folder, [*options, *arguments], dict(os.environ)), daemon=True)
    process.start()
    process.join(120)
    process.kill()
    out, log = ((folder / name).read_bytes().decode() for name in ("stdout", "stderr"))
    return Output(out.split("\n")[:-1], t.cast("int", process.exitcode), log)


FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tap_helpcrunch.tap", "tests.lives.runners"])  # else each process would import them


def _be_the_tap(folder: Path, arguments: list[str], environment: dict[str, str]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = ["tap-helpcrunch", *arguments]
    TapHelpCrunch.cli()


def examined(server: Server, **settings: t.Any) -> Report:
    """Run the doctor, with waits that take no time; return what it writes to stdout."""
    tap = TapHelpCrunch(config=config(server, **settings))
    tap.session = Session(Settings.read(tap.config), clock=QuickClock())
    try:
        found = report.examine(tap.session, "1")
    finally:
        tap.close()
    assert "\n".join(report.table(found))
    return t.cast("Report", json.loads(json.dumps(found)))


def asked(server: Server, part: str = "") -> list[str]:
    """Return the requests that the account got, in order, as strings; only those that contain this part."""
    found = [f"{r.method} {r.path.removeprefix('/v1')} {json.dumps(r.body or r.params)}" for r in list(server.requests)]
    return [text for text in found if part in text]
