"""Parquet: columns have the types that docs/destinations.md says, whatever the rows of a file hold."""

from __future__ import annotations

import json
import re
import typing as t

import duckdb
import pyarrow.parquet as pq
import pytest

from simulator import Account, Server
from tests.conftest import NOW
from tests.destinations import lake
from tests.destinations.project import ROOT
from tests.running import catalog, run, sync

if t.TYPE_CHECKING:
    from pathlib import Path

Message = dict[str, t.Any]
# What docs/destinations.md calls them, by the property's type and format; what DuckDB calls them.
KINDS = {
    "int64": "BIGINT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "string": "VARCHAR",
    "timestamp[ms, UTC]": "TIMESTAMP WITH TIME ZONE",
}
CUSTOM: list[Message] = [
    {},
    {"plan": 5},
    {"plan": "pro", "since": 1.5},
    {"plan": [1, {"deep": None}], "\u0417\u0430\u0436": True},
    {"plan": {"name": "pro"}, "": "an empty name", "quoted": 'says "hi"\n'},
]


@pytest.fixture
def account() -> Account:
    """Return an account whose customers' customData agree in nothing; those of the first file are empty."""
    made = Account(now=NOW)
    for number, custom in enumerate([{}, {}, {}, *CUSTOM]):
        made.add_customer(custom_data=custom, first_seen=NOW - 100 + number, last_seen=NOW - 100 + number)
    made.add_message(made.add_chat(customer=next(iter(made.customers))), "hello")
    return made


def documented() -> dict[str, str]:
    """Return Parquet's type by the type in the schema, as the table of the page says."""
    page = (ROOT / "docs" / "destinations.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| ([a-z, -]+) \| `([^`]+)`", page.partition("### Parquet")[2], re.MULTILINE))


def kind(schema: Message) -> str:
    """Return what the page calls a property's type."""
    types = schema["type"]
    name = str(schema.get("format") or (types if isinstance(types, str) else types[0]))
    return {"object": "object, list", "array": "object, list"}.get(name, name)


def test_every_column_has_the_type_of_its_property(tmp_path: Path, server: Server) -> None:
    types, named = documented(), lake.named(sync(server, **lake.settings(tmp_path.as_uri(), "parquet")).messages)
    seen = set()
    for entry in catalog()["streams"]:
        if files := named.get(entry["tap_stream_id"]):
            wanted = {name: kind(schema) for name, schema in entry["schema"]["properties"].items()}
            seen |= set(wanted.values())
            assert lake.columns(files) == {name: KINDS[types[of]] for name, of in wanted.items()}
    assert seen == set(types) - {"number"}  # which only stream maps make
    assert KINDS[types["number"]] == "DOUBLE"
    assert {"chats", "customers", "messages", "organization"} <= set(named)


def test_custom_data_may_be_anything_and_files_agree(tmp_path: Path, server: Server, account: Account) -> None:
    files = lake.named(sync(server, "customers", **lake.settings(tmp_path.as_uri(), "parquet", 2)).messages)
    assert len(files["customers"]) == 4
    # One schema for all: DuckDB refuses to read files together whose types differ.
    assert len({json.dumps(lake.columns([file])) for file in files["customers"]}) == 1
    found = lake.by_id(lake.rows(files["customers"], "parquet"))
    assert {number: row["customData"] for number, row in found.items()} == {
        number: customer.custom_data for number, customer in account.customers.items()
    }
    asked = "select count(*) from read_parquet($1) where customData ->> 'plan' = 'pro'"
    assert duckdb.connect().execute(asked, [files["customers"]]).fetchall() == [(1,)]


@pytest.mark.parametrize(("compression", "codec"), [(None, "SNAPPY"), ("gzip", "GZIP"), ("none", "UNCOMPRESSED")])
def test_compression_is_parquets_own(tmp_path: Path, server: Server, compression: str | None, codec: str) -> None:
    settings = lake.settings(tmp_path.as_uri(), "parquet")
    settings["batch_config"]["encoding"] = {"format": "parquet"} | ({"compression": compression} if compression else {})
    sync(server, "customers", **settings)
    (file,) = tmp_path.iterdir()
    assert file.name.endswith("-1.parquet")
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == codec


def test_what_stream_maps_make_has_the_type_that_they_give_it(tmp_path: Path, server: Server) -> None:
    maps = {"messages": {"half": "float(_['id']) / 2", "now": "datetime.datetime.now()", "created": "createdAt"}}
    settings = lake.settings(tmp_path.as_uri(), "parquet")
    files = lake.named(sync(server, "messages", stream_maps=maps, **settings).messages)["messages"]
    types = lake.columns(files)
    assert (types["half"], types["now"]) == ("DOUBLE", KINDS["timestamp[ms, UTC]"])
    (row,) = lake.rows(files, "parquet")
    assert row["half"] == row["id"] / 2
    assert row["created"] == row["createdAt"] < row["now"]


def test_a_value_of_another_type_is_reported_without_the_value(tmp_path: Path, server: Server) -> None:
    maps = {"messages": {"id": "_['text']"}}
    settings = lake.settings((tmp_path / "lake").as_uri(), "parquet")
    output = run(tmp_path, server, stream_maps=maps, **settings)
    assert output.code == 1
    line = "messages: a value of 'id' cannot be written as integer, the type in its schema"
    assert [found.split("| ")[-1] for found in output.log.splitlines() if "ERROR" in found] == [line]
    assert "hello" not in output.log
    assert "messages" not in lake.named(output.messages)
