"""However the API answers, within its documents and a little beyond, the same account yields the same records."""

import json
import typing as t
from collections import Counter
from dataclasses import fields
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


# Fields without a list of values: what to try for each.
BY_HAND: dict[str, tuple[t.Any, ...]] = {
    "absent": (
        frozenset({"agents", "customer", "assignee", "department", "rating", "closedAt", "snoozedUntil"}),
        frozenset({"read", "edited", "updatedAt", "broadcastType", "agent", "text", "type", "from", "chat"}),
        frozenset({"location", "device", "tags", "customData", "firstSeen", "email", "role", "name"}),
    ),
    "date_skew": (-86_400, 86_400),
}
TOGETHER = {
    "A0": Dialect.A0(),
    "A1": Dialect.A1(),
    "B0": Dialect.B0(),
    "B1": Dialect.B1(),
    "no-total-404-past-the-end": Dialect(total="absent", past_end="404", empty_messages="404"),
    "no-total-no-paging": Dialect(total="absent", reference_paging="ignored"),
    "no-total-nested": Dialect(total="absent", nested_rows=True, messages_key="messages"),
    "nulls-first-shuffled": Dialect(total="absent", nulls="first", ties="shuffled"),
    "floats": Dialect(chat_times="float", message_times="float", customer_times="float", new_fields=True),
    "nothing-found-404": Dialect(search_none="404", updated_at="ignored", date_header=False),
}


def every_switch() -> dict[str, Dialect]:
    """Return one dialect for each value of each switch but its default; a switch nobody knows of yet is an error."""
    hints, found = t.get_type_hints(Dialect), {"default": Dialect()}
    for field in fields(Dialect):
        kind = hints[field.name]
        values = BY_HAND.get(field.name) or ((False, True) if kind is bool else t.get_args(kind))
        assert values, f"say in BY_HAND what to try for the switch {field.name}"
        for place, value in enumerate(values):
            if value != field.default:
                shown = place if field.name in BY_HAND else value
                found[f"{field.name}-{shown}"] = Dialect(**{field.name: value})
    return found


DIALECTS = {**every_switch(), **TOGETHER}


@pytest.fixture(scope="module")
def account() -> Account:
    """Return an account in which paging matters: more than a page of chats, of never seen customers, of messages."""
    account = Account.generate(seed=3, chats=100, messages=160, customers=20)
    for number in range(93):
        account.add_agent(f"Extra {number}")
    assert len(account.agents) == 100
    # Imports share one second; long chats end within a page and at its very end.
    chats = [account.add_chat(created_at=1_780_000_000) for _ in range(6)]
    for chat, count in zip(chats, (101, 200), strict=False):
        for number in range(count):
            account.add_message(chat, f"line {number}", created_at=f"{1_780_000_100 + number}.{number % 1000:03d}")
    for agent in list(account.agents)[:2]:
        account.add_message(chats[2], "hello", sender="agent", agent=agent, created_at="1780000200.007")
    for number in range(110):
        account.add_customer(name=f"Imported {number}", first_seen=None, last_seen=None)
    return account


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_the_same_account_gives_the_same_records_each_once(account: Account, dialect: Dialect) -> None:
    with Server(account, dialect) as server:
        output = sync(server)
    wanted = records(account, dialect)
    for stream in STREAMS:
        found = {record["id"]: record for record in output.records(stream)}
        if dialect.new_fields:
            assert all(row["additional_properties"]["futureField"] for row in found.values())
            found = {number: {**row, "additional_properties": None} for number, row in found.items()}
        assert found.keys() == wanted[stream].keys(), f"{stream}: rows are missing or invented"
        twice = [n for n, times in Counter(output.ids(stream)).items() if times > 1]
        if stream == "messages" and dialect.total == "too many":
            # The first chat whose count is wrong is read once more; it teaches that counts are.
            assert len({found[number]["chat"] for number in twice}) <= 1
        else:
            assert twice == [], f"{stream}: rows come twice"
        different = [(found[number], row) for number, row in wanted[stream].items() if found[number] != row]
        assert not different, f"{stream}: {len(different)} rows differ, the first: {different[0]}"
