"""An account in which every field of every stream is odd somewhere, and rows written by hand with what must arrive."""

import json
import typing as t
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import partial

from simulator import Account
from tests.expected import STREAMS
from tests.hiding import changing, changing_rows, undate
from tests.running import catalog

Row = dict[str, t.Any]

MORE = "additional_properties"
BIG = 2**62
BAD, GOOD = "NUL \0, halves \ud83d \ude00", "NUL \ufffd, halves \ufffd \ufffd"
EXACT = "12345678901234567890.123456789012345"  # sent as a number
DEEP: t.Any = [BAD, None, EXACT]
DEEP_HELD: t.Any = [GOOD, None, Decimal(EXACT)]
for _ in range(50):
    DEEP = {"in\0": [DEEP, {}], "in\ufffd": [], "\udead": "", "": None}
    DEEP_HELD = {"in\ufffd": [DEEP_HELD, {}], "in\ufffd_": [], "\ufffd": "", "": None}
PARTS = ("name", "email", "role", "userId", "regionCode", "countryCode", "city", "ip", "timezone", "platform", "color")
# Every field gets each of these in some row, except ids and the times by which lists are sorted.
ODD: tuple[t.Any, ...] = (
    *(None, True, False, 0, 1, -5, 17, 2**53 + 1, BIG, -BIG, 0.1, 1.5, 5e-324, 1594139170.913, EXACT, 1718003500123),
    *("", " ", "0", "17", "-12", "true", "null", "\\N", "{}", "yesterday", BAD, "\0", "Ira \U0001f600", "1594139170.9"),
    *("2024-06-10", "2024-06-10T09:11:40.5+02:00", {}, [], [None], [[]], {"0": None}, {"n": [1e22, 10**40]}, DEEP),
    ["VIP", None, 7, {"id": "8", "name": BAD, "new\ud83d": BAD}],
    [True, {"id": 9}],
    {name: [name, BAD] for name in PARTS},
    {"0": {"id": "x", "name": "after a hole", "since": {BAD: BAD}}, "2": "VIP", "5": 12, "7": None},
    [{"property": "a\0", "value": DEEP}, {"property": 7, "value": None}],
    [{"property": "a"}, {"property": "a", "value": 2}],
)
SORTED = {"createdAt", "lastMessageAt", "firstSeen", "lastSeen"}
SPELT: tuple[t.Callable[[Decimal], t.Any], ...] = (
    str,
    float,
    lambda at: int(at * 1000),
    lambda at: f"{datetime.fromtimestamp(float(at), timezone.utc)}",
    lambda at: datetime.fromtimestamp(float(at), timezone(timedelta(hours=-3))).isoformat(),
)
# In the row with the id BIG of each of these streams: what is sent, and what must arrive.
BY_HAND: dict[str, dict[str, tuple[t.Any, t.Any]]] = {
    "chats": {
        "closedAt": ("2024-06-10T09:11:40.5+02:00", "2024-06-10T07:11:40.500Z"),
        "updatedAt": (1718003500123, "2024-06-10T07:11:40.123Z"),
        "snoozedUntil": ("later", None),
        "rating": (True, "true"),
        "lastMessageId": (f"{BIG}", BIG),
        "customer": (17, {"id": 17}),
        "agents": ({"1": {"id": "7", "a\0": BAD}, "3": "Ira", "5": None}, [{"id": 7}, {"name": "Ira"}]),
        MORE: (BAD, {"snoozedUntil": "later", "agents": [{"a\ufffd": GOOD}], MORE: GOOD}),
    },
    "customers": {
        "name": (BAD, GOOD),
        "blocked": ("0", False),
        "unsubscribed": (2, None),
        "device": (5, {"id": 5}),
        "location": ({"city": BAD, "zip\0": BAD}, {"city": GOOD}),
        "tags": (["VIP", None, {"name": 5}], [{"name": "VIP"}, {"name": "5"}]),
        "customData": (
            {"a\0": {BAD: [{}, EXACT]}, "a\ufffd": BIG, "plan": BAD},
            {"a\ufffd": {GOOD: [{}, Decimal(EXACT)]}, "a\ufffd_": BIG, "plan": GOOD},
        ),
        MORE: ([DEEP], {"unsubscribed": 2, "location": {"zip\ufffd": GOOD}, MORE: [DEEP_HELD]}),
    },
    "organization": {
        "domain": ({"a\0": []}, '{"a\ufffd":[]}'),
        "teamOnline": ("maybe", None),
        "chatEnabled": ([2], None),
        MORE: ({BAD: 1}, {"teamOnline": "maybe", "chatEnabled": [2], MORE: {GOOD: 1}}),
    },
}
SCHEMAS: dict[str, Row] = {one["tap_stream_id"]: one["schema"]["properties"] for one in catalog()["streams"]}


def account() -> Account:
    """Return an account with so many rows that each field can have each value."""
    made = Account.generate(seed=5, chats=60, messages=300)
    for number in range(len(ODD)):
        made.add_agent(f"agent {number}")
        made.add_department(f"department {number}")
        made.add_application(f"application {number}")
    undate(made, [min(made.chats)])
    made.add_message(made.add_chat(id=BIG, customer=made.add_customer(id=BIG)), id=BIG)
    made.organization.id = BIG
    made.advance(86_400)
    return made


@contextmanager
def answers() -> Iterator[None]:
    """Let the API send odd values, in almost every row."""
    with ExitStack() as changes:
        for stream in STREAMS:
            changes.enter_context(changing_rows(f"/{stream}", partial(_odd, stream)))
        changes.enter_context(changing("/organization", _odd_organization))
        changes.enter_context(changing("/", _exact))
        yield


def _odd(stream: str, row: Row) -> Row:
    """Return a row as it is sent, the same whenever it is asked for."""
    number, is_message = row["id"], "chat" in row
    if is_message and stream == "chats":  # its path begins like that of chats
        return row
    if number == BIG and stream in BY_HAND:
        return row | {name: sent for name, (sent, _) in BY_HAND[stream].items()}
    if number % 9 == 0:  # some are as they should be
        return row
    fields = [name for name in SCHEMAS[stream] if name not in {"id", "chat", MORE}]
    sent = {name: ODD[(number + place) % len(ODD)] for place, name in enumerate([*fields, "new", "new\0"])}
    for name in SORTED & row.keys():
        is_lost = row[name] is None or (is_message and number % 20 == 0)
        sent[name] = "yesterday" if is_lost else SPELT[number % len(SPELT)](Decimal(row[name]))
    if is_message:
        sent["chat"] = (row["chat"], f"{row['chat']}", None, ["?"])[number % 4]
    return row | sent | {"id": (number, f"{number}", f"{number}.0")[number % 3]}


def _odd_organization(status: int, body: Row) -> tuple[int, Row]:
    return status, {"data": _odd("organization", body["data"])}


def _exact(status: int, body: t.Any) -> tuple[int, bytes]:
    return status, json.dumps(body).replace(f'"{EXACT}"', EXACT).encode()
