"""The real target-snowflake, unchanged, loads into a stand-in for an account: by Meltano, and by pipe."""

import json
import re
import sys
import typing as t
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from demo.asking import query
from simulator import Account, Server
from tests import expected
from tests.destinations import talk
from tests.destinations.owed import ASKED, Team, owed, plain
from tests.destinations.project import ROOT, Project, pipe
from tests.destinations.snowflake_account import BIN, Snowflake, served, settings_of_the_page
from tests.running import catalog

pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 15), reason="snowflake-connector-python 4 has no wheel for Python 3.15"
)

Message = dict[str, t.Any]
_LOADER = BIN / "target-snowflake"
_RECIPES = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
_DELETIONS = (ROOT / "docs" / "deletions.md").read_text(encoding="utf-8")
_KINDS = {"integer": "NUMBER", "boolean": "BOOLEAN", "object": "VARIANT", "array": "VARIANT", "string": "TEXT"}
_COLUMNS = "select table_name, column_name, data_type from information_schema.columns where table_schema = 'HELPCRUNCH'"


@pytest.fixture
def snowflake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Snowflake]:
    with served(tmp_path, monkeypatch) as running:
        yield running


def schemas() -> dict[str, Message]:
    """Return each stream's properties."""
    return {one["tap_stream_id"]: one["schema"]["properties"] for one in catalog()["streams"]}


def _kind(schema: Message) -> str:
    kinds = schema["type"]
    name = kinds if isinstance(kinds, str) else kinds[0]
    return "TIMESTAMP_NTZ" if schema.get("format") == "date-time" else _KINDS[name]


def held(snowflake: Snowflake, stream: str, properties: Message) -> dict[int, Message]:
    """Return the rows of a table by id, in the form in which the tap writes them to stdout."""
    moments = {name for name, schema in properties.items() if schema.get("format") == "date-time"}
    parsed = {name for name, schema in properties.items() if _kind(schema) == "VARIANT"}
    columns = {name: '"FROM"' if name == "from" else name for name in properties}
    shown = [f"date_part(epoch_millisecond, {name})" if name in moments else columns[name] for name in properties]
    rows = snowflake.rows(f"select {', '.join(shown)} from helpcrunch.{stream}")  # noqa: S608
    found = {}
    for row in rows:
        told = dict(zip(properties, row.values(), strict=True))
        for name in moments & {name for name, value in told.items() if value is not None}:
            told[name] = expected.time(Decimal(told[name]) / 1000)
        for name in parsed & {name for name, value in told.items() if value is not None}:
            told[name] = json.loads(told[name])
        found[told["id"]] = told
    assert len(found) == len(rows), "a row stands there twice"
    return found


def assert_whole(snowflake: Snowflake, account: Account) -> None:
    """Compare every field of every stream."""
    for stream, wanted in expected.records(account).items():
        properties = schemas()[stream]
        found = held(snowflake, stream, properties)
        assert found.keys() == wanted.keys()
        for number, row in wanted.items():
            owed = json.loads(json.dumps({name: row.get(name) for name in properties}).replace("\\u0000", "\\ufffd"))
            assert found[number] == owed, (stream, number)


def assert_typed(snowflake: Snowflake) -> None:
    """Names are in upper case, types fit; the loader's own columns, which begin with _SDC_, are left out here."""
    made: dict[str, dict[str, str]] = {}
    for row in snowflake.rows(_COLUMNS):
        if not row["column_name"].startswith("_SDC_"):
            made.setdefault(row["table_name"], {})[row["column_name"]] = row["data_type"]
    assert made == {
        stream.upper(): {name.upper(): _kind(schema) for name, schema in properties.items()}
        for stream, properties in schemas().items()
    }


def test_meltano_brings_every_field_with_the_pages_settings(
    tmp_path: Path, account: Account, server: Server, snowflake: Snowflake
) -> None:
    project = Project(tmp_path, server, snowflake.variables)
    loader = settings_of_the_page()
    # requirements/ installed it, with the version of the page.
    del loader["pip_url"]
    loader["executable"] = str(BIN / loader["executable"])
    text = yaml.safe_load(project.file.read_text(encoding="utf-8"))
    text["plugins"]["loaders"].append(loader)
    project.file.write_text(yaml.safe_dump(text), encoding="utf-8")
    project.load("target-snowflake")
    assert_typed(snowflake)
    assert_whole(snowflake, account)
    # An object that is missing is JSON's null, as in PostgreSQL.
    (row,) = snowflake.rows(
        "select count(case when agent is null then 1 end) as n, "
        "count(case when agent:id is null then 1 end) as m from helpcrunch.messages"
    )
    assert (row["n"], row["m"]) == (0, sum(said.agent is None for said in account.messages.values()))
    assert not list((tmp_path / "singer-sdk").iterdir())


def test_after_deletions_the_queries_answer_what_is_left(tmp_path: Path, snowflake: Snowflake) -> None:
    account = talk.account()
    with talk.served(account) as server:
        pipe(tmp_path, server, _LOADER, snowflake.settings, emit_activate_version_messages=True)
        for statement in query("views.snowflake").split(";\n"):
            if statement.strip():
                snowflake.rows(statement)
        chats, customers = set(sorted(account.chats)[::9]), {sorted(account.customers)[place] for place in (2, 20, 30)}
        talk.go_on(account)
        for chat in chats:
            account.delete_chat(chat)
        for customer in customers:
            account.delete_customer(customer)
        # As loaded before the setting was on; this loader, unlike the others, leaves such a row alone.
        old = max(customers)
        snowflake.rows(f"update helpcrunch.customers set _sdc_table_version = null where id = {old}")  # noqa: S608
        account.advance(8 * 86_400)
        pipe(tmp_path, server, _LOADER, snowflake.settings, emit_activate_version_messages=True)
    # Nothing but a walk over messages takes out those of chats that are gone; the views leave them out.
    assert _marked(snowflake) == {"chats": chats, "customers": customers - {old}, "messages": set()}
    (line,) = re.findall(r"`(update helpcrunch.customers [^`]*)`", _DELETIONS)
    snowflake.rows(line)
    assert _marked(snowflake)["customers"] == customers
    snowflake.rows(talk.PIN)
    for name, rows in owed(account, Team()).items():
        assert [plain(row) for row in snowflake.rows(ASKED[name])] == rows, name
    (select,) = re.findall(r"json from \((select .*)\) file_format", _RECIPES)
    lines = [json.loads(*row.values()) for row in snowflake.rows(select)]
    assert lines == [{"chat": row["chat"], "turns": row["turns"]} for row in owed(account, Team())["transcripts"]]


def _marked(snowflake: Snowflake) -> dict[str, set[int]]:
    marked = "select id from helpcrunch.{} where _sdc_deleted_at is not null"
    return {
        table: {row["id"] for row in snowflake.rows(marked.format(table))}
        for table in ("chats", "customers", "messages")
    }
