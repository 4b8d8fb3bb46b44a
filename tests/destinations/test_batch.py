"""BATCH: records in files of a folder, named on stdout, instead of on stdout."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import typing as t
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from simulator import Account, Server
from tests.destinations.project import ROOT
from tests.running import Output, catalog, config, run

if t.TYPE_CHECKING:
    from collections.abc import Iterable

Message = dict[str, t.Any]
STREAMS = {"agents", "applications", "chats", "customers", "departments", "messages", "organization"}


@pytest.fixture
def account() -> Account:
    """Return an account of several pages of chats."""
    return Account.generate(seed=3, chats=250, messages=1800)


def batches(folder: Path) -> Message:
    """Return the setting: gzipped JSON lines in a folder."""
    return {
        "batch_config": {
            "encoding": {"format": "jsonl", "compression": "gzip"},
            "storage": {"root": folder.as_uri()},
            "batch_size": 10_000,
        }
    }


def files(messages: Iterable[Message]) -> dict[str, list[Path]]:
    """Return the files that BATCH messages name, by stream."""
    named: dict[str, list[Path]] = {}
    for message in messages:
        if message["type"] == "BATCH":
            assert message["encoding"] == {"format": "jsonl", "compression": "gzip"}
            named.setdefault(message["stream"], []).extend(_path(url) for url in message["manifest"])
    return named


def read(paths: Iterable[Path]) -> list[Message]:
    """Return the records in files."""
    return [json.loads(line) for path in paths for line in gzip.decompress(path.read_bytes()).split(b"\n") if line]


def _path(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))


def test_the_files_hold_what_stdout_would_many_chats_each(tmp_path: Path, account: Account, server: Server) -> None:
    folder = tmp_path / "lake"
    plain, batched = run(tmp_path, server), run(tmp_path, server, **batches(folder))
    assert (plain.code, batched.code) == (0, 0), batched.log
    named = files(batched.messages)
    assert {stream: _by_id(read(paths)) for stream, paths in named.items()} == {
        stream: _by_id(plain.records(stream)) for stream in STREAMS
    }
    assert len(read(named["messages"])) == len(account.messages)
    assert not [message for message in batched.messages if message["type"] == "RECORD"]
    # Nothing else is left in the folder, and each file is named once.
    assert sorted(path for paths in named.values() for path in paths) == sorted(folder.iterdir())
    # The names in them say the stream.
    assert all(path.name.startswith(f"tap-helpcrunch--{stream}-") for stream in named for path in named[stream])
    assert all(path.name.endswith(".json.gz") for path in folder.iterdir())
    # And it holds many chats, or as many rows as there are.
    assert {stream: len(paths) for stream, paths in named.items() if stream != "messages"} == dict.fromkeys(
        STREAMS - {"messages"}, 1
    )
    assert len(named["messages"]) <= len(account.chats) / 10


def test_a_small_batch_size_holds(tmp_path: Path, account: Account, server: Server) -> None:
    settings = batches(tmp_path / "lake")
    settings["batch_config"]["batch_size"] = 40
    named = files(run(tmp_path, server, **settings).messages)
    assert all(len(read([path])) <= 40 for paths in named.values() for path in paths)
    assert len(_by_id(read(named["messages"]))) == len(account.messages)
    assert len(_by_id(read(named["chats"]))) == len(account.chats)


@pytest.mark.parametrize("size", [10_000, 30])
@pytest.mark.parametrize("states", [4, 8, 13])
def test_killed_at_any_state_the_files_named_before_it_and_those_of_the_next_run_hold_everything(
    tmp_path: Path, account: Account, server: Server, states: int, size: int
) -> None:
    settings = batches(tmp_path / "lake")
    settings["batch_config"]["batch_size"] = size
    written = _killed(tmp_path, server, settings, states)
    last = max(place for place, message in enumerate(written) if message["type"] == "STATE")
    kept, state = written[:last], written[last]["value"]
    resumed = run(tmp_path, server, state=state, **settings)
    assert resumed.code == 0, resumed.log
    held = {stream: _by_id(read(paths)) for stream, paths in files([*kept, *resumed.messages]).items()}
    assert set(held["messages"]) == set(account.messages)
    assert set(held["chats"]) == set(account.chats)
    assert set(held["customers"]) == set(account.customers)
    assert {number: row["text"] for number, row in held["messages"].items()} == {
        number: message.text for number, message in account.messages.items()
    }


def test_stream_maps_hold_for_files_too(tmp_path: Path, server: Server) -> None:
    maps = {"customers": {"email": "__NULL__"}, "messages": {"text": "__NULL__"}}
    output = run(tmp_path, server, stream_maps=maps, **batches(tmp_path / "lake"))
    if output.code:
        # Refused, and said so, is as good: nothing that was to be left out has left.
        assert "stream_maps" in output.log
        return
    named = files(output.messages)
    assert [row for row in read(named["messages"]) if "text" in row] == []
    assert [row for row in read(named["customers"]) if "email" in row] == []


def test_fields_that_are_not_selected_stay_out_of_files_too(tmp_path: Path, server: Server) -> None:
    selection = catalog(*STREAMS)
    for entry in selection["streams"]:
        for metadata in entry["metadata"]:
            if tuple(metadata["breadcrumb"]) == ("properties", "text"):
                metadata["metadata"]["selected"] = False
    (tmp_path / "catalog.json").write_text(json.dumps(selection))
    plain = run(tmp_path, server, "--catalog", str(tmp_path / "catalog.json"))
    assert not [row for row in plain.records("messages") if "text" in row]
    output = run(tmp_path, server, "--catalog", str(tmp_path / "catalog.json"), **batches(tmp_path / "lake"))
    assert [row for row in read(files(output.messages)["messages"]) if "text" in row] == []


def _killed(folder: Path, server: Server, settings: Message, states: int) -> list[Message]:
    """Run the tap until so many STATE messages came, then kill it; return what it wrote, whole lines only."""
    (folder / "killed.json").write_text(json.dumps(config(server, **settings)))
    server.latency = 0.02
    process = subprocess.Popen(
        [sys.executable, "-m", "tap_helpcrunch", "--config", folder / "killed.json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    lines, seen = [], 0
    assert process.stdout
    with process.stdout:
        try:
            for line in process.stdout:
                lines.append(line)
                seen += b'"type":"STATE"' in line
                if seen == states:
                    break
        finally:
            process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    process.wait(10)
    server.latency = 0
    assert process.returncode == -signal.SIGKILL, "it had ended before"
    return Output([line.decode() for line in lines if line.endswith(b"\n")]).messages


def _by_id(rows: Iterable[Message]) -> dict[int, Message]:
    return {row["id"]: row for row in rows}
