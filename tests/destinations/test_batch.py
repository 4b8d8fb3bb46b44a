"""BATCH: rows in files of a folder, named on stdout, instead of rows on stdout."""

import gzip
import json
import re
import subprocess
import typing as t
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb
import pytest
from singer_sdk.exceptions import ConfigValidationError

from simulator import Server
from tap_helpcrunch.tap import TapHelpCrunch
from tests.destinations import accounts, lake
from tests.destinations.project import ROOT
from tests.destinations.test_docs import blocks
from tests.running import Output, catalog, config, run, sync

Message = dict[str, t.Any]
PRIVATE = "SECRET-OF-THE-STORAGE"
HERE = {"root": "file:///tmp/lake"}
JSONL = {"encoding": lake.ENCODING}
WRONG: list[tuple[str, t.Any]] = [
    ("batch_config", PRIVATE),
    ("batch_config", {**JSONL, "storage": HERE, "secret": PRIVATE}),
    *(
        ("batch_config.encoding", {"encoding": encoding, "storage": HERE})
        for encoding in ({"format": "parquet"}, {"format": "jsonl"}, {"format": "jsonl", "compression": "none"})
    ),
    ("batch_config.storage", {**JSONL, "storage": {}}),
    ("batch_config.storage.root", {**JSONL, "storage": {"root": ""}}),
    ("batch_config.storage.root", {**JSONL, "storage": {"root": f"ftps3://me:{PRIVATE}@there/"}}),
    ("batch_config.storage.params", {**JSONL, "storage": {**HERE, "params": PRIVATE}}),
    ("batch_config.batch_size", {**JSONL, "storage": HERE, "batch_size": 0}),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Serve an account of several groups of chats, with awkward texts; it stands still here."""
    with Server(accounts.account()) as running:
        yield running


@pytest.fixture(scope="module")
def plain(server: Server) -> Output:
    """Return what goes to stdout without batch_config."""
    return sync(server)


@pytest.mark.parametrize("size", [10_000, 30])
def test_files_hold_what_stdout_would(tmp_path: Path, server: Server, plain: Output, size: int) -> None:
    folder = tmp_path / "lake"
    output = run(tmp_path, server, **lake.settings(folder.as_uri(), size))
    assert output.code == 0, output.log
    named = lake.named(output.messages)
    assert not [message for message in output.messages if message["type"] == "RECORD"]
    found = {stream: lake.by_id(lake.rows(files)) for stream, files in named.items()}
    assert {stream: len(rows) for stream, rows in found.items()} == accounts.counts(server.account)
    assert found == {stream: lake.by_id(plain.records(stream)) for stream in named}
    assert (len(named["messages"]) > 1) is (size == 30)
    # Nothing else is left in the folder, each file is named once, and named after its stream.
    assert sorted(path_of(url) for files in named.values() for url in files) == sorted(folder.iterdir())
    for stream, files in named.items():
        pattern = rf"/tap-helpcrunch--{stream}-[-0-9a-f]+-\d+\.json\.gz$"
        assert [url for url in files if not re.search(pattern, url)] == []
    assert all(m["encoding"] == lake.ENCODING for m in output.messages if m["type"] == "BATCH")


def test_stream_maps_and_selection_hold_for_files_too(tmp_path: Path, server: Server) -> None:
    maps: Message = {
        "agents": None,
        "customers": {"email": "__NULL__", "mail": "_.get('email')"},
        "messages": {"text": "__NULL__", "half": "float(_['id']) / 2", "__filter__": "_['from'] == 'agent'"},
    }
    selection = catalog("agents", "customers", "messages")
    for entry in selection["streams"]:
        for metadata in entry["metadata"]:
            if tuple(metadata["breadcrumb"]) == ("properties", "read"):
                metadata["metadata"]["selected"] = False
    settings = lake.settings(tmp_path.as_uri(), prefix="of-2026-")
    named = lake.named(sync(server, selection=selection, stream_maps=maps, **settings).messages)
    assert named.keys() == {"customers", "messages"}
    assert all(path_of(url).name.startswith("of-2026-tap-helpcrunch--customers-") for url in named["customers"])
    messages, customers = lake.rows(named["messages"]), lake.rows(named["customers"])
    assert {row["from"] for row in messages} == {"agent"}
    assert [row for row in messages if {"text", "read"} & row.keys() or row["half"] != row["id"] / 2] == []
    assert [row for row in customers if "email" in row] == []
    assert {row["mail"] for row in customers} == {customer.email for customer in server.account.customers.values()}


def test_duckdb_makes_one_parquet_file_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on the page, but for the folder: each row once, as the newest file has it last."""
    (command,) = [text for text in blocks("destinations.md", "sql") if "parquet" in text]
    account, settings = accounts.account(), lake.settings(tmp_path.as_uri(), 100)
    with Server(account) as server:
        first = sync(server, **settings)
        edited = accounts.edit(account)
        second = sync(server, state=first.state, **settings)
    # The file that was written last comes first in the folder, and has a row twice.
    (url,) = lake.named(second.messages)["messages"]
    newest = path_of(url).rename(tmp_path / "tap-helpcrunch--messages-0-1.json.gz")
    row = lake.by_id(lake.rows([newest.as_uri()]))[edited]
    with gzip.open(newest, "at", encoding="utf-8") as file:
        file.write(json.dumps({**row, "text": "edited again"}) + "\n")
    owed = accounts.lines(account)
    owed[edited] = ("edited again", *owed[edited][1:])

    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as connection:
        connection.execute(command.replace("/data/helpcrunch", str(tmp_path)))
        names = [name for name, *_ in connection.execute("describe from 'messages.parquet'").fetchall()]
        found = connection.execute("""
            select id, text, "from", type, chat, edited, agent ->> 'name', epoch_ms(createdAt), epoch_ms(updatedAt)
            from 'messages.parquet'
        """).fetchall()
    assert set(names) == first.schemas("messages")[0]["properties"].keys()
    assert len(found) == len(owed)
    assert accounts.differing({number: tuple(line) for number, *line in found}, owed) == []


@pytest.mark.parametrize(("name", "given"), WRONG)
def test_what_cannot_work_is_reported_before_the_first_request(server: Server, name: str, given: t.Any) -> None:
    before = len(server.requests)
    with pytest.raises(ConfigValidationError) as wrong:
        TapHelpCrunch(config=config(server, batch_config=given))
    (line,) = wrong.value.errors
    assert line.startswith(f"{name}: ")
    assert PRIVATE not in line
    if name == "batch_config.encoding":
        assert line.endswith(json.dumps(lake.ENCODING))
    assert len(server.requests) == before


def test_a_missing_extra_is_named_before_the_first_request(tmp_path: Path, server: Server) -> None:
    """In the environment that Meltano made of meltano.yml, which has none."""
    (tmp_path / "config.json").write_text(json.dumps(config(server, **lake.settings("s3://b"))))
    before = len(server.requests)
    done = subprocess.run(
        [ROOT / ".meltano/extractors/tap-helpcrunch/venv/bin/tap-helpcrunch", "--config", "config.json"],
        capture_output=True, timeout=60, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, b"")
    (line,) = [line for line in done.stderr.decode().splitlines() if "ERROR" in line]
    assert line.endswith(": install tap-helpcrunch[s3]")
    assert len(server.requests) == before


def path_of(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))
