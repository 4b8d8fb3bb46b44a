"""BATCH: rows in files of a folder, named on stdout, instead of rows on stdout."""

from __future__ import annotations

import json
import re
import subprocess
import typing as t
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb
import pyarrow.parquet as pq
import pytest
from singer_sdk.exceptions import ConfigValidationError

from simulator import Account, Server
from tap_helpcrunch.tap import TapHelpCrunch
from tests.destinations import accounts, lake
from tests.destinations.project import ROOT
from tests.running import Output, catalog, config, run, sync

Message = dict[str, t.Any]
PRIVATE = "SECRET-OF-THE-STORAGE"
ROOT_ONLY = {"storage": {"root": "file:///tmp/lake"}}
JSONL = {"encoding": {"format": "jsonl", "compression": "gzip"}}
WRONG: list[tuple[str, t.Any]] = [
    ("batch_config", PRIVATE),
    ("batch_config.encoding.format", {"encoding": {"format": "csv"}, **ROOT_ONLY}),
    ("batch_config.storage.root", {**JSONL, "storage": {"root": f"ftps3://me:{PRIVATE}@there/"}}),
    ("batch_config.batch_size", {**JSONL, **ROOT_ONLY, "batch_size": 0}),
]
CUSTOM: list[Message] = [
    *({}, {}, {"plan": 5}, {"plan": "pro", "since": 1.5}, {"plan": [1, {"deep": None}], "\u0417\u0430\u0436": True}),
    {"plan": {"name": "pro"}, "": "an empty name", "quoted": 'says "hi"\n'},
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


def documented(schema: Message) -> str:
    """Return Parquet's type for a property, as the table of the page says."""
    page = (ROOT / "docs" / "destinations.md").read_text(encoding="utf-8").partition("### Parquet")[2]
    types: dict[str, str] = dict(re.findall(r"^\| ([a-z, -]+) \| `([^`]+)`", page, re.MULTILINE))
    kinds = schema["type"]
    name = str(schema.get("format") or (kinds if isinstance(kinds, str) else kinds[0]))
    return types[{"object": "object, list", "array": "object, list"}.get(name, name)].replace(", UTC", ", tz=UTC")


@pytest.mark.parametrize("size", [10_000, 30])
@pytest.mark.parametrize("form", lake.ENCODINGS)
def test_files_hold_what_stdout_would(tmp_path: Path, server: Server, plain: Output, form: str, size: int) -> None:
    folder = tmp_path / "lake"
    output = run(tmp_path, server, **lake.settings(folder.as_uri(), form, size))
    assert output.code == 0, output.log
    named = lake.named(output.messages)
    assert not [message for message in output.messages if message["type"] == "RECORD"]
    assert {stream: len(lake.by_id(lake.rows(files))) for stream, files in named.items()} == accounts.counts(
        server.account
    )
    for stream, files in named.items():
        properties = plain.schemas(stream)[0]["properties"]
        assert lake.by_id(lake.rows(files), properties) == lake.by_id(plain.records(stream), properties)
        if form == "parquet":  # the same columns in each file, whatever its rows hold
            wanted = {name: documented(schema) for name, schema in properties.items()}
            for schema in (pq.read_schema(path_of(url)) for url in files):
                assert dict(zip(schema.names, map(str, schema.types), strict=True)) == wanted
    assert (len(named["messages"]) > 1) is (size == 30)
    # Nothing else is left in the folder, each file is named once, and named after its stream.
    assert sorted(path_of(url) for files in named.values() for url in files) == sorted(folder.iterdir())
    ending = "json.gz" if form == "jsonl" else "parquet"
    for stream, files in named.items():
        assert [
            url for url in files if not re.search(rf"/tap-helpcrunch--{stream}-[-0-9a-f]+-\d+\.{ending}$", url)
        ] == []
    assert {m["encoding"]["format"] for m in output.messages if m["type"] == "BATCH"} == {form}


@pytest.mark.parametrize("form", lake.ENCODINGS)
def test_stream_maps_and_selection_hold_for_files_too(tmp_path: Path, server: Server, form: str) -> None:
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
    settings = lake.settings(tmp_path.as_uri(), form)
    named = lake.named(sync(server, selection=selection, stream_maps=maps, **settings).messages)
    assert named.keys() == {"customers", "messages"}
    messages, customers = lake.rows(named["messages"]), lake.rows(named["customers"])
    assert {row["from"] for row in messages} == {"agent"}
    assert [row for row in messages if {"text", "read"} & row.keys() or row["half"] != row["id"] / 2] == []
    assert [row for row in customers if "email" in row] == []
    assert {row["mail"] for row in customers} == {customer.email for customer in server.account.customers.values()}


def test_custom_data_may_be_anything_and_duckdb_reads_it(tmp_path: Path) -> None:
    account = Account(now=1_790_000_000)
    for number, custom in enumerate(CUSTOM):
        account.add_customer(custom_data=custom, first_seen=account.now, last_seen=account.now - 100 + number)
    settings = lake.settings(tmp_path.as_uri(), "parquet", 2, prefix="of-2026-")
    settings["batch_config"]["encoding"]["compression"] = "gzip"
    with Server(account) as server:
        files = lake.named(sync(server, "customers", **settings).messages)["customers"]
    found = lake.by_id(lake.rows(files))
    assert {number: row["customData"] for number, row in found.items()} == {
        number: customer.custom_data for number, customer in account.customers.items()
    }
    asked = "select count(distinct id) from read_parquet($1) where customData ->> 'plan' = 'pro'"
    assert duckdb.connect().execute(asked, [files]).fetchall() == [(1,)]
    assert all(path_of(url).name.startswith("of-2026-tap-helpcrunch--customers-") for url in files)
    assert pq.ParquetFile(path_of(files[0])).metadata.row_group(0).column(0).compression == "GZIP"


def test_a_value_of_another_type_is_reported_without_the_value(tmp_path: Path, server: Server) -> None:
    settings = lake.settings((tmp_path / "lake").as_uri(), "parquet")
    output = run(tmp_path, server, stream_maps={"messages": {"id": "_['text']"}}, **settings)
    line = "messages: a value of 'id' cannot be written as integer, the type in its schema"
    assert [found.split("| ")[-1] for found in output.log.splitlines() if "ERROR" in found] == [line]
    assert output.code == 1
    assert "messages" not in lake.named(output.messages)


@pytest.mark.parametrize(("name", "given"), WRONG)
def test_what_cannot_work_is_reported_before_the_first_request(server: Server, name: str, given: t.Any) -> None:
    before = len(server.requests)
    with pytest.raises(ConfigValidationError) as wrong:
        TapHelpCrunch(config=config(server, batch_config=given))
    assert name in {line.split(":")[0] for line in wrong.value.errors}
    assert PRIVATE not in "".join(wrong.value.errors)
    assert len(server.requests) == before


@pytest.mark.parametrize(("root", "form", "extra"), [("s3://b", "jsonl", "s3"), ("file:///b", "parquet", "parquet")])
def test_a_missing_extra_is_named_before_the_first_request(
    tmp_path: Path, server: Server, root: str, form: str, extra: str
) -> None:
    """In the environment that Meltano made of meltano.yml, which has none of them."""
    (tmp_path / "config.json").write_text(json.dumps(config(server, **lake.settings(root, form))))
    before = len(server.requests)
    done = subprocess.run(
        [ROOT / ".meltano/extractors/tap-helpcrunch/venv/bin/tap-helpcrunch", "--config", "config.json"],
        capture_output=True, timeout=60, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, b"")
    (line,) = [line for line in done.stderr.decode().splitlines() if "ERROR" in line]
    assert line.endswith(f": pip install 'tap-helpcrunch[{extra}]'")
    assert len(server.requests) == before


def path_of(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))
