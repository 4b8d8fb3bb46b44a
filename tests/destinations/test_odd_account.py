"""What is odd in an account is in each warehouse as the tap writes it, and the page's queries for it work."""

import json
import re
import typing as t
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from simulator import Account, Server
from tests.conftest import table
from tests.destinations import accounts, odd
from tests.destinations.odd import BIG, BY_HAND, MORE, SCHEMAS, Row
from tests.destinations.postgresql import Database
from tests.destinations.project import DUCKDB, POSTGRES, Project, in_file, pipe
from tests.destinations.snowflake_account import BIN, served
from tests.destinations.test_docs import blocks, page
from tests.destinations.test_duckdb import rows
from tests.destinations.test_snowflake import held
from tests.destinations.test_snowflake import pytestmark as needs_snowflake
from tests.running import sync

Rows = dict[str, dict[int, Row]]
_HEADING = "`additional_properties` and `customData`"


@pytest.fixture
def account() -> Account:
    return odd.account()


@pytest.fixture
def owed(server: Server) -> Iterator[Rows]:
    """Return the tap's records by stream and id; while a test runs, the API's answers are odd."""
    with odd.answers():
        written: Rows = {stream: {} for stream in SCHEMAS}
        for message in (json.loads(line, parse_float=Decimal) for line in sync(server).lines):
            if message["type"] == "RECORD":
                stream, row = message["stream"], message["record"]
                written[stream][row["id"]] = dict.fromkeys(SCHEMAS[stream]) | row
        assert {stream: len(found) for stream, found in written.items()} == accounts.counts(server.account)
        for stream, fields in BY_HAND.items():
            assert fields == {name: (sent, written[stream][BIG][name]) for name, (sent, _) in fields.items()}
        for stream, properties in SCHEMAS.items():
            unread = {name for row in written[stream].values() for name in row[MORE] or ()}
            assert {name for name, kind in properties.items() if not _takes_all(name, kind)} <= unread
        yield written


def _takes_all(name: str, kind: Row) -> bool:
    return name in {"id", MORE} or (kind["type"] == ["string", "null"] and "format" not in kind)


def by_id(stream: str, lines: str, **options: t.Any) -> dict[int, Row]:
    """Return rows of JSON by id, in the form in which the tap writes them."""
    found = {}
    for line in filter(None, lines.split("\n")):
        held = {name.lower(): value for name, value in json.loads(line, **options).items()}
        row: Row = {name: held.get(name.lower()) for name in SCHEMAS[stream]}
        for name, kind in SCHEMAS[stream].items():
            if "format" in kind and row[name]:
                row[name] = f"{datetime.fromisoformat(row[name]).isoformat(timespec='milliseconds')[:23]}Z"
        assert row["id"] not in found
        found[row["id"]] = row
    return found


def rounded(owed: Rows) -> Rows:
    """Return the rows with each decimal as the nearest float."""
    return {
        stream: {number: json.loads(json.dumps(row, default=float)) for number, row in found.items()}
        for stream, found in owed.items()
    }


def assert_same(found: Rows, owed: Rows) -> None:
    for stream, wanted in owed.items():
        assert found[stream].keys() == wanted.keys()
        for number, row in wanted.items():
            assert found[stream][number] == row, (stream, number)


def query(part: str) -> str:
    (found,) = [block for block in blocks("destinations.md", "sql") if part in block]
    return found.strip().rstrip(";")


def assert_page(column: int, part: str, ask: t.Callable[[str], list[tuple[t.Any, ...]]], owed: Rows) -> None:
    """Run the page's query for the fields of an object, on both objects, and check a column of its table."""
    told = {head: cells[column].strip("`") for head, *cells in table(_HEADING, page("destinations.md"))}
    customers, plan = owed["customers"].values(), told["one field, as text"]
    for name, spelt in ((MORE, MORE), ("customData", re.split("[ :]", plan)[0])):
        fields = Counter(field for row in customers for field in row[name] or ())
        assert len(fields) > 3
        assert dict(ask(query(part).replace(MORE, spelt))) == fields
    assert ask(f"select {plan} as it from helpcrunch.customers where id = {BIG}") == [(odd.GOOD,)]  # noqa: S608
    for name, kind in ((MORE, "object"), ("tags", "list")):
        nulls = sum(row[name] is None for row in customers) if told[f"no {kind}"] == "null" else 0
        assert ask(f"select count(*) as it from helpcrunch.customers where {name} is null") == [(nulls,)]  # noqa: S608


def test_postgres_holds_all_of_it(owed: Rows, server: Server, tmp_path: Path, database: Database) -> None:
    pipe(tmp_path, server, POSTGRES, database.settings)
    sql = "select to_jsonb(q) from helpcrunch.{} q"
    assert_same({name: by_id(name, database.run(sql.format(name)), parse_float=Decimal) for name in SCHEMAS}, owed)
    assert_page(0, "jsonb_object_keys", lambda sql: [tuple(row.values()) for row in database.rows(sql)], owed)
    tags = Counter((row["id"], row["tag"]) for row in database.rows(query("unnest(tags)")))
    assert tags == Counter(
        (row["id"], tag.get("name")) for row in owed["customers"].values() for tag in row["tags"] or ()
    )
    lists = "select table_name || '.' || column_name as it from information_schema.columns where udt_name = '_jsonb'"
    assert {row["it"] for row in database.rows(lists)} == {"chats.agents", "departments.agents", "customers.tags"}


def test_duckdb_rounds_decimals_and_has_no_empty_text(owed: Rows, server: Server, tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    pipe(tmp_path, server, DUCKDB, in_file(file))
    wanted = rounded(owed)
    for stream, found in wanted.items():
        for row in found.values():
            row.update({name: None for name, value in row.items() if value == ""})
        texts = [text for (text,) in rows(file, f"select to_json(q) from helpcrunch.{stream} q")]  # noqa: S608
        assert_same({stream: by_id(stream, "\n".join(texts))}, {stream: found})
    assert_page(1, "json_keys", lambda sql: rows(file, sql), owed)


@needs_snowflake
def test_the_stand_in_for_snowflake_rounds_decimals(
    owed: Rows, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(tmp_path, monkeypatch) as snowflake:
        pipe(tmp_path, server, BIN / "target-snowflake", snowflake.settings)
        assert_same({stream: held(snowflake, stream, SCHEMAS[stream]) for stream in SCHEMAS}, rounded(owed))
        assert_page(2, "flatten", lambda sql: [tuple(row.values()) for row in snowflake.rows(sql)], owed)


def test_jsonl_holds_all_of_it(owed: Rows, project: Project) -> None:
    project.load("target-jsonl")
    texts = {name: (project.root / "output" / f"{name}.jsonl").read_text(encoding="utf-8") for name in SCHEMAS}
    assert_same({name: by_id(name, text, parse_float=Decimal) for name, text in texts.items()}, owed)


def test_the_column_can_be_left_out_as_the_page_says(owed: Rows, project: Project) -> None:
    (rule,) = re.findall(r"`select: (\[.*?\])`", page("destinations.md"))
    project.variables["TAP_HELPCRUNCH__SELECT"] = rule
    lines = project.run("invoke", "tap-helpcrunch").out.split("\n")
    written = [message["record"] for message in map(json.loads, filter(None, lines)) if message["type"] == "RECORD"]
    assert len(written) == sum(map(len, owed.values()))
    assert {name for row in written for name in row} == {name for kinds in SCHEMAS.values() for name in kinds} - {MORE}
