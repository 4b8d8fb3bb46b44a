"""The records that a simulated account must yield, computed without the tap, except for the streams' names."""

import dataclasses
import typing as t
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from simulator import Account, Dialect
from simulator.model import SMALL
from simulator.speech import Speaker
from tap_helpcrunch import streams

Row = dict[str, t.Any]

# The streams' names in alphabetical order, as the SDK lists them.
STREAMS = tuple(sorted(stream.name for stream in streams.STREAMS))
TIMES = (
    "createdAt", "closedAt", "lastMessageAt", "lastCustomerMessageAt", "snoozedUntil", "updatedAt", "firstSeen",
    "lastSeen",
)  # fmt: skip
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def time(epoch: str | Decimal) -> str:
    """Return epoch seconds as the string that a target gets, exact to the millisecond."""
    at = EPOCH + timedelta(milliseconds=int(Decimal(epoch) * 1000))
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def records(account: Account, dialect: Dialect | None = None) -> dict[str, dict[int, Row]]:
    """Return every stream's rows by id, with the fields that this dialect has."""
    spoken = dialect or Dialect()
    full = dataclasses.replace(
        spoken,
        chat_times="decimal",
        message_times="decimal",
        customer_times="decimal",
        agents_of_chat="list",
        custom_data="null" if spoken.custom_data == "null" else "object",
        new_fields=False,
    )
    speaker = Speaker(account, full)
    rows = {name: speaker.small(name) for name in SMALL} | {
        "chats": [speaker.chat(chat) for chat in account.chats.values()],
        "customers": [speaker.customer(customer) for customer in account.customers.values()],
        "messages": [speaker.message(message) for message in account.messages.values()],
        "organization": [speaker.organization()],
    }
    for row in rows["messages"]:
        # The chat is known from the request, whether the answer has it or not.
        row["chat"] = account.messages[row["id"]].chat
    for row in rows["chats"]:
        if "agents" in row and spoken.agents_of_chat != "list":
            row["agents"] = row["agents"][:1] if spoken.agents_of_chat == "object" else []
    for row in [row for found in rows.values() for row in found]:
        row["additional_properties"] = None
    seconds_only = spoken.message_times in {"integer", "digits"}
    return {stream: _by_id(rows[stream], cut=stream == "messages" and seconds_only) for stream in STREAMS}


def _by_id(rows: Iterable[Row], *, cut: bool) -> dict[int, Row]:
    found: dict[int, Row] = {}
    for row in rows:
        for name in TIMES:
            if row.get(name) is not None:
                row[name] = time(row[name].split(".")[0] if cut else row[name])
        found[row["id"]] = row
    return found
