"""BATCH: records in files of a folder, named on stdout, instead of on stdout."""

from __future__ import annotations

import json
import math
import typing as t
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from simulator import Account, Server
from tests.destinations import accounts, lake
from tests.running import Output, catalog, run, sync

if t.TYPE_CHECKING:
    from collections.abc import Iterator

Message = dict[str, t.Any]


@pytest.fixture(scope="module")
def account() -> Account:
    """Return an account of several groups of chats, with awkward texts and customers of every kind."""
    return accounts.account()


@pytest.fixture(scope="module")
def server(account: Account) -> Iterator[Server]:
    """Serve it; it stands still here."""
    with Server(account) as running:
        yield running


@pytest.fixture(scope="module")
def plain(server: Server) -> Output:
    """Return what goes to stdout without batch_config."""
    return sync(server)


@pytest.mark.parametrize("size", [10_000, 30])
@pytest.mark.parametrize("form", lake.ENCODINGS)
def test_files_are_full_and_hold_what_stdout_would(
    tmp_path: Path, server: Server, plain: Output, form: str, size: int
) -> None:
    folder = tmp_path / "lake"
    output = run(tmp_path, server, **lake.settings(folder.as_uri(), form, size))
    assert output.code == 0, output.log
    named = lake.named(output.messages)
    assert not [message for message in output.messages if message["type"] == "RECORD"]
    for stream, files in named.items():
        (schema,) = plain.schemas(stream)
        wanted = lake.by_id(plain.records(stream), schema["properties"])
        assert lake.by_id(lake.rows(files, form), schema["properties"]) == wanted
        # Every file but the last is full, whichever chats its rows are of; none has a row twice.
        assert len(files) == math.ceil(len(wanted) / size)
        assert [len(lake.rows([file], form)) for file in files[:-1]] == [size] * (len(files) - 1)
        assert len(lake.rows(files, form)) == len(wanted)
    assert {stream: len(lake.rows(files, form)) for stream, files in named.items()} == accounts.counts(server.account)
    # Nothing else is left in the folder, each file is named once, and named after its stream and its place.
    paths = [_path(url) for files in named.values() for url in files]
    assert sorted(paths) == sorted(folder.iterdir())
    ending = "json.gz" if form == "jsonl" else "parquet"
    for stream, files in named.items():
        for number, path in enumerate(map(_path, files), start=1):
            assert path.name.startswith(f"tap-helpcrunch--{stream}-")
            assert path.name.endswith(f"-{number}.{ending}")
    assert all(m["encoding"]["format"] == form for m in output.messages if m["type"] == "BATCH")


def test_a_prefix_begins_the_names(tmp_path: Path, server: Server) -> None:
    output = sync(server, "agents", **lake.settings(tmp_path.as_uri(), "parquet", prefix="of-2026-"))
    assert [path.name[:29] for path in tmp_path.iterdir()] == ["of-2026-tap-helpcrunch--agent"]
    assert lake.named(output.messages)["agents"][0].endswith(next(tmp_path.iterdir()).name)


@pytest.mark.parametrize("form", lake.ENCODINGS)
def test_stream_maps_hold_for_files_too(tmp_path: Path, server: Server, form: str) -> None:
    maps: Message = {
        "agents": None,
        "customers": {"email": "__NULL__", "mail": "_.get('email')"},
        "messages": {"text": "__NULL__", "number": "int(_['id'])", "__filter__": "_['from'] == 'agent'"},
    }
    output = run(tmp_path, server, stream_maps=maps, **lake.settings((tmp_path / "lake").as_uri(), form))
    assert output.code == 0, output.log
    named = lake.named(output.messages)
    assert "agents" not in named
    messages, customers = lake.rows(named["messages"], form), lake.rows(named["customers"], form)
    assert messages
    assert {row["from"] for row in messages} == {"agent"}
    assert [row for row in messages if "text" in row or row["number"] != row["id"]] == []
    assert [row for row in customers if "email" in row or "mail" not in row] == []
    assert {row["mail"] for row in customers} == {customer.email for customer in server.account.customers.values()}


def test_several_maps_of_one_stream_are_refused(tmp_path: Path, server: Server) -> None:
    maps = {"messages": {}, "words": {"__source__": "messages", "id": "id", "text": "text", "__else__": None}}
    before = len(server.requests)
    output = run(tmp_path, server, stream_maps=maps, **lake.settings((tmp_path / "lake").as_uri()))
    assert output.code == 1
    assert [line for line in output.log.splitlines() if "ERROR" in line and "messages has several" in line]
    assert len(server.requests) == before


@pytest.mark.parametrize("form", lake.ENCODINGS)
def test_fields_that_are_not_selected_stay_out_of_files_too(tmp_path: Path, server: Server, form: str) -> None:
    selection = catalog("chats", "messages")
    for entry in selection["streams"]:
        for metadata in entry["metadata"]:
            if tuple(metadata["breadcrumb"]) == ("properties", "text"):
                metadata["metadata"]["selected"] = False
    output = sync(server, selection=selection, **lake.settings(tmp_path.as_uri(), form))
    messages = lake.rows(lake.named(output.messages)["messages"], form)
    assert messages
    assert [row for row in messages if "text" in row] == []
    assert lake.named(output.messages).keys() == {"chats", "messages"}


def test_flattened_rows_are_flat_in_files_too(tmp_path: Path, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """But for what the SDK flattens into names that are in no schema: in Parquet it is left out, and named once."""
    flat: Message = {"flattening_enabled": True, "flattening_max_depth": 2}
    on_stdout = sync(server, "customers", **flat)
    (schema,) = on_stdout.schemas("customers")
    wanted = lake.by_id(on_stdout.records("customers"))
    settings = lake.settings(tmp_path.as_uri(), "parquet", 20)
    files = lake.named(sync(server, "customers", **flat, **settings).messages)["customers"]
    assert len(files) > 1
    assert lake.columns(files).keys() == schema["properties"].keys()
    declared = [{name: row.get(name) for name in schema["properties"]} for row in wanted.values()]
    # Lists are JSON text on stdout here, which the reader of files has read.
    assert lake.rows(files, "parquet") == [{**row, "tags": json.loads(row["tags"] or "")} for row in declared]
    undeclared = {
        name for row in wanted.values() for name in row.keys() - schema["properties"] if row[name] is not None
    }
    assert "customData__plan" in undeclared
    warned = [text for text in caplog.messages if "not in the schema" in text]
    assert sorted(warned) == sorted(
        f"customers: the field '{name}' is not in the schema and is left out of the files" for name in undeclared
    )


def _path(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))
