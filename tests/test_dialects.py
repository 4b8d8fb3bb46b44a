"""Every committed dialect, through a first load, an increment and a refresh."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from simulator import Account, Dialect, Server
from tests.conftest import NOW
from tests.expected import STREAMS, records
from tests.happenings import Happenings
from tests.running import sync
from tests.target import Target

FOLDER = Path(__file__).parent / "dialects"
FILES = sorted(FOLDER.glob("*.json"))
# Days; less than between any two runs.
TINY = 0.000001


def dialect_of(path: Path) -> Dialect:
    return Dialect.read(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("generation", ["A0", "A1", "B0", "B1"])
def test_the_generations_are_there(generation: str) -> None:
    assert dialect_of(FOLDER / f"{generation}.json") == getattr(Dialect, generation)()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_such_an_account_is_loaded_completely(path: Path) -> None:
    dialect, target = dialect_of(path), Target()
    account = Account.generate(seed=4, chats=130, messages=500, now=NOW)
    happenings = Happenings(account)

    def run(**settings: t.Any) -> None:
        target.load(sync(server, state=target.next_state(), **settings).lines)
        account.advance(3600)

    with Server(account, dialect) as server:
        run()
        assert_whole(target, account, dialect)
        for number, kind in enumerate(("a message", "a chat", "an empty chat", "120 messages", "a closing")):
            happenings.happen(kind, number / 7)
        account.add_customer(name="Newcomer")
        account.advance(3600)
        run()
        assert_whole(target, account, dialect)
        # What no list tells of, and only a refresh brings.
        account.rate_chat(min(account.chats), "great")
        account.customers[min(account.customers)].notes = "renamed"
        account.edit_message(min(account.messages), "edited")
        run(refresh_days=TINY, refresh_messages_days=TINY)
        assert_whole(target, account, dialect)


def assert_whole(target: Target, account: Account, dialect: Dialect) -> None:
    for stream, wanted in records(account, dialect).items():
        rows = target.of(stream)
        assert rows.keys() >= wanted.keys(), f"{stream}: rows are missing"
        assert [number for number, row in wanted.items() if rows[number] != row] == [], f"{stream}: rows differ"
    assert set(STREAMS) == set(target.rows)
