"""How the account answers: the observed value of each field of the simulator's ``Dialect``, or None."""

from __future__ import annotations

import typing as t
from decimal import Decimal

from tap_helpcrunch.api.envelope import PAGE
from tap_helpcrunch.doctor.fields import Fields
from tap_helpcrunch.doctor.order import nulls_of, ties
from tap_helpcrunch.doctor.seen import MODELS

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tap_helpcrunch.doctor.seen import Answer, Seen

_OF_AGENTS = frozenset({"email", "role"})


def messages_key(seen: Seen) -> str | None:
    """Return the name of the list of messages."""
    bodies = [answer.body for answer in seen.messages if isinstance(answer.body, dict)]
    keys = {key for body in bodies for key in ("data", "messages") if isinstance(body.get(key), list)}
    return keys.pop() if len(keys) == 1 else None


def nested_rows(seen: Seen) -> bool | None:
    """Return whether the rows of messages are wrapped in another list."""
    key = messages_key(seen)
    lists = [answer.body[key] for answer in seen.messages if key and answer.rows]
    return isinstance(lists[0][0], list) if lists else None


def total(seen: Seen) -> str | None:
    """Return where the total is, or what it counts instead of all rows."""
    chats = next((answer for answer in seen.lists("chats") if answer.is_list), None)
    others = [answer for answer in (*seen.lists("customers"), *seen.messages) if answer.is_list]
    if chats is None or not others:
        return None
    places = {answer.place_of_total for answer in others}
    if places == {chats.place_of_total}:
        return chats.place_of_total
    if (chats.place_of_total, places) != ("meta", {"top"}):
        return None
    return _counts(seen, chats)


def _counts(seen: Seen, chats: Answer) -> str | None:
    """Return what the total counts, given that it is where the documents say."""
    second = seen["second chat"]
    if second.is_list and second.total == len(second.rows) != chats.total:
        return "page"
    off = {difference for _, difference in differences(seen)}
    if off == {1}:
        return "too many"
    return "documented" if off <= {0} else None


def differences(seen: Seen) -> list[tuple[str, int]]:
    """Return by how much the total of each complete list differs from its number of rows."""
    first = {what: answer for what in ("customers", "chats") for answer in seen.lists(what)[:1]}
    named = [*first.items(), *(("messages", answer) for answer in seen.messages)]
    return [
        (what, answer.total - len(answer.rows))
        for what, answer in named
        if answer.total is not None and answer.is_list and len(answer.rows) < PAGE
    ]


def _form(value: t.Any) -> str | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return "integer"
    if isinstance(value, Decimal):
        return "float"
    whole, _, fraction = str(value).partition(".")
    if not whole.isdecimal():
        return None
    return "decimal" if fraction.isdecimal() else None if fraction else "digits"


def _times(what: str) -> Callable[[Seen], str | None]:
    """Return the observation of the form of a stream's times."""
    properties = MODELS[what].schema["properties"]
    names = [name for name, kind in properties.items() if kind.get("format") == "date-time"]

    def times(seen: Seen) -> str | None:
        values = [row[name] for row in seen.rows(what) for name in names if row.get(name) is not None]
        forms = {_form(value) for value in values}
        return forms.pop() if len(forms) == 1 else None

    return times


def errors(seen: Seen) -> str | None:
    """Return how many elements an error body has."""
    elements = seen["no chat"].elements
    return "one" if elements == 1 else "two" if elements else None


def updated_at(seen: Seen) -> str | None:
    """Return what happens to a search by ``chats.updatedAt``."""
    later, ever = seen["updated later"], seen["updated ever"]
    if "rejected" in (later.status, ever.status):
        return "refused"
    if later.rows:
        return "ignored"
    return "honoured" if later.is_nothing and ever.rows else None


def _nothing(name: str) -> Callable[[Seen], str | None]:
    """Return the observation of how an answer says that nothing is there."""

    def nothing(seen: Seen) -> str | None:
        answer = seen[name]
        if not answer.is_nothing:
            return None
        return "404" if answer.status == "missing" else "list"

    return nothing


def agents_of_chat(seen: Seen) -> str | None:
    """Return the form of a chat's agents."""
    rows = [row for row in seen.rows("chats") if "agents" in row]
    if any(isinstance(row["agents"], dict) for row in rows):
        return "object"
    if any(row["agents"] for row in rows):
        return "list"
    # An agent wrote, but is not listed.
    return "empty" if any(row.get("lastCommunicatedAgentId") is not None for row in rows) else None


def custom_data(seen: Seen) -> str | None:
    """Return the form of a customer's custom attributes, in lists and in the single customer."""
    listed = [row["customData"] for row in seen.rows("customers") if "customData" in row]
    if None in listed:
        return "null"
    filled = [value for value in listed if value]
    body = seen["customer"].body
    alone = body.get("data", body) if isinstance(body, dict) else None
    single = alone.get("customData") if isinstance(alone, dict) else None
    if not filled or not single:
        return None
    forms = isinstance(filled[0], list), isinstance(single, list)
    return {(False, False): "object", (True, True): "pairs", (False, True): "mixed"}.get(forms)


def agent_fields(seen: Seen) -> str | None:
    """Return whether a message's agent has the fields of an agent in ``GET /agents``."""
    agents = [row["agent"] for row in seen.rows("messages") if isinstance(row.get("agent"), dict)]
    if not agents or not any(_OF_AGENTS & row.keys() for row in seen.rows("agents")):
        return None
    return "full" if any(_OF_AGENTS & agent.keys() for agent in agents) else "short"


def new_fields(seen: Seen) -> bool | None:
    """Return whether there are undocumented fields."""
    fields = Fields(seen)
    return bool(fields.unknown) if fields.present else None


def chat_notes(seen: Seen) -> bool | None:
    """Return whether chats have notes."""
    rows = seen.rows("chats")
    return any("notes" in row for row in rows) if rows else None


def absent(seen: Seen) -> list[str] | None:
    """Return the documented names that no object has; those of later generations are in chats and customers only."""
    return Fields(seen).absent if seen.rows("chats") and seen.rows("customers") else None


def reference_paging(seen: Seen) -> str | None:
    """Return what happens to an offset in a small table."""
    first, behind = seen["agents"], seen["agents behind the end"]
    if not first.rows or behind.status not in {"ok", "rejected"}:
        return None
    if behind.status == "rejected":
        return "refused"
    return "ignored" if behind.rows and behind.rows[0] == first.rows[0] else "honoured"


def reference_key(seen: Seen) -> str | None:
    """Return where the rows of a small table are."""
    body = seen["agents"].body
    if isinstance(body, list):
        return "bare"
    if not isinstance(body, dict):
        return None
    return "data" if "data" in body else "own" if "agents" in body else None


def reference_ids(seen: Seen) -> str | None:
    """Return how the ids of a small table are written."""
    kinds = {type(row.get("id")) for row in seen.rows("agents")}
    return {int: "integer", str: "text"}.get(kinds.pop()) if len(kinds) == 1 else None


def date_header(seen: Seen) -> bool | None:
    """Return whether answers have a Date."""
    return seen.has_date


def date_skew(seen: Seen) -> int | None:
    """Return by how many seconds the Date is ahead of this host's clock."""
    return seen.skew


OBSERVATIONS: dict[str, Callable[[Seen], t.Any]] = {
    "messages_key": messages_key,
    "total": total,
    "chat_times": _times("chats"),
    "message_times": _times("messages"),
    "customer_times": _times("customers"),
    "errors": errors,
    "nulls": nulls_of,
    "ties": ties,
    "updated_at": updated_at,
    "empty_messages": _nothing("no messages"),
    "past_end": _nothing("messages behind the end"),
    "agents_of_chat": agents_of_chat,
    "custom_data": custom_data,
    "agent_fields": agent_fields,
    "new_fields": new_fields,
    "chat_notes": chat_notes,
    "absent": absent,
    "reference_paging": reference_paging,
    "reference_key": reference_key,
    "reference_ids": reference_ids,
    "nested_rows": nested_rows,
    "date_header": date_header,
    "date_skew": date_skew,
    "search_none": _nothing("no chat found"),
}
