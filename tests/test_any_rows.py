"""Whatever the API sends in a field, each record is valid by its SCHEMA, and every value is in it."""

import json
import random
import re
import typing as t
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation

import pytest

from demo.__main__ import ACCOUNT
from simulator import Account, Server
from tap_helpcrunch.api.times import moment
from tests.happenings import DAY
from tests.hiding import changing_rows
from tests.running import sync
from tests.snapshot import discovered

Row = dict[str, t.Any]
ROWS = 60  # of each stream in a run
# What places a row: the walk relies on it. Other tests say what happens where it is odd.
KEPT = {"id", "chat", "createdAt", "lastMessageAt", "lastSeen"}
# The field by which a row is known to be of a stream.
TOLD_BY = {
    "messages": "chat",
    "chats": "lastMessageAt",
    "customers": "lastSeen",
    "departments": "agents",
    "agents": "role",
}
LISTS = (*TOLD_BY, "applications")
ODD = [
    "",
    "null",
    "NUL \0",
    "half \ud83d",
    "1594139170.913",
    "2024-06-10T07:11:40Z",
    "7",
    "yes",
    "true",
    "{}",
    "é\u2028",
]


@pytest.fixture(scope="module")
def account() -> Account:
    made = Account.generate(seed=7, chats=ROWS, messages=2 * ROWS)
    made.advance(DAY)
    return made


def drawn(rng: random.Random, depth: int = 0) -> t.Any:
    """Return any JSON value; most leaves are unlike all others, so that one that vanishes is missed."""
    kind = rng.randrange(9 if depth < 3 else 6)
    if kind > 6:
        return {
            rng.choice(["id", "name", "property", "0", "a\0", "a\ufffd", f"k{kind}"]): drawn(rng, depth + 1)
            for _ in range(3)
        }
    if kind == 6:
        return [drawn(rng, depth + 1) for _ in range(rng.randrange(4))]
    number = rng.randrange(10**9, 10**10)
    return [None, rng.choice([True, False]), number, number / 1000, f"text {number}", rng.choice(ODD)][kind]


def sent(rng: random.Random, schema: Row, row: Row) -> Row:
    """Return a row in which some fields are anything, also those within objects, and some are new."""
    out = dict(row)
    for name, inner in schema["properties"].items():
        if name in KEPT or name == "additional_properties" or rng.random() < 0.5:
            continue
        is_object = isinstance(out.get(name), dict) and rng.random() < 0.5
        out[name] = sent(rng, inner, out[name]) if is_object and "properties" in inner else drawn(rng)
    return out | {rng.choice(["new\0", "new", "\ud83d"]): drawn(rng)}


def leaves(value: t.Any) -> Iterator[t.Any]:
    """Yield what is in a value; null and an empty text are no values."""
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)
    elif value is not None and value != "":
        yield value


def forms(leaf: t.Any) -> set[str]:
    """Return the forms in which a value may be found: as it was sent, as a number, as a moment, within JSON text."""
    text = str(leaf).lower() if isinstance(leaf, bool) else str(leaf)
    found = {re.sub("[\0\ud800-\udfff]", "\ufffd", text)}
    with suppress(InvalidOperation):
        found.add(f"{Decimal(text).normalize():f}")
    with suppress(ValueError):
        found.add(str(moment(leaf if isinstance(leaf, (str, int)) else Decimal(text))))
    return found


def emitted(row: Row) -> set[str]:
    """Return the forms of all values of a record."""
    found = set[str]()
    for leaf in leaves(row):
        found |= forms(leaf)
        with suppress(ValueError, TypeError):
            for inner in leaves(json.loads(leaf, parse_float=Decimal)):
                found |= forms(inner)
    return found


def test_the_demos_records_are_valid() -> None:
    account = Account.generate(**ACCOUNT)
    with Server(account) as server:
        assert set(sync(server).ids("messages")) == set(account.messages)


@pytest.mark.parametrize("seed", range(5))
def test_every_record_is_valid_and_every_value_is_found_again(account: Account, seed: int) -> None:
    """Each record is checked by its SCHEMA where tests read them (tests/declared.py)."""
    schemas = {stream: entry["schema"] for stream, entry in discovered().items()}
    rows: dict[tuple[str, int], Row] = {}

    def change(row: Row) -> Row:
        stream = next((name for name, field in TOLD_BY.items() if field in row), "applications")
        rng = random.Random(f"{seed} {stream} {row['id']}")
        rows[stream, row["id"]] = made = sent(rng, schemas[stream], row)
        return made

    with changing_rows("/", change), Server(account) as server:
        output = sync(server, *LISTS)
    assert {(stream, number) for stream in LISTS for number in output.ids(stream)} == rows.keys()
    for stream in LISTS:
        for record in output.records(stream):
            given, found = rows[stream, record["id"]], emitted(record)
            missing = [leaf for leaf in leaves(given) if forms(leaf).isdisjoint(found)]
            assert missing == [], f"{stream}: {given} became {record}"
