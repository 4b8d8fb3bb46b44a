"""What the doctor observes: each row of ``TABLE`` is a field of the simulator's ``Dialect``, in its words."""

import re
import typing as t
from collections.abc import Callable
from decimal import Decimal

from tap_helpcrunch.api.envelope import PAGE
from tap_helpcrunch.api.values import MORE
from tap_helpcrunch.doctor.asking import Seen
from tap_helpcrunch.streams import STREAMS

MODELS = dict(sorted({stream.name: stream.model for stream in STREAMS}.items()))
# A field is only named if its name looks like this; any other name could be a person's text.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_RARE = {("chats", "", "notes"), ("chats", "", "updatedAt")}  # hardly any chat has these: absence means nothing
_OF_AGENTS, _MINUTE, _DAY = {"email", "role"}, 60, 86_400


class Look(t.NamedTuple):
    """One observation."""

    what: str  # what is observed, for people
    see: Callable[[Seen], t.Any]
    does: str  # what the tap does, whatever the value
    unseen: str  # why there may be no value


def _fields(seen: Seen) -> set[tuple[str, str, str, bool, bool]]:
    """Return the fields of all objects: stream, path of the object, name, whether it is declared and present."""
    found = set()
    todo = [(stream, model.schema, row, "") for stream, model in MODELS.items() for row in seen.rows(stream)]
    for stream, schema, row, path in todo:
        known = schema["properties"]
        found |= {(stream, path, name, name in known, name in row) for name in known.keys() | row.keys()}
        for name in known.keys() & row.keys():
            inner = known[name].get("items", known[name])
            if inner.get("properties"):
                inside = row[name] if isinstance(row[name], list) else [row[name]]
                todo += [(stream, inner, one, f"{path}{name}.") for one in inside if isinstance(one, dict)]
    return found


def unknown_fields(seen: Seen) -> dict[str, list[str]]:
    """Return the fields that are not declared, by stream, as paths like ``customer.futureField``."""
    unknown = sorted((stream, path, name) for stream, path, name, is_known, _ in _fields(seen) if not is_known)
    named = [(stream, path + (name if _NAME.fullmatch(name) else "(no plain name)")) for stream, path, name in unknown]
    return {stream: sorted({name for other, name in named if other == stream}) for stream, _ in named}


def _absent(seen: Seen) -> list[str] | None:
    fields = _fields(seen)
    present = {name for *_, name, _known, is_present in fields if is_present} | {MORE}
    absent = {name for stream, path, name, *_ in fields if name not in present and (stream, path, name) not in _RARE}
    return sorted(absent) if seen.rows("chats") and seen.rows("customers") else None


def _differences(seen: Seen) -> set[int]:
    """Return by how much the totals of complete lists differ from their rows."""
    answers = (*seen.of("customers:")[:1], *seen.of("chats:")[:1], *seen.of("messages:"))
    short = [one.page for one in answers if one.page and len(one.page.rows) < PAGE]
    return {page.total - len(page.rows) for page in short if page.total is not None}


def _only(values: set[t.Any]) -> t.Any:
    return next(iter(values)) if len(values) == 1 else None


def _first(**cases: t.Any) -> str | None:
    return next((name for name, applies in cases.items() if applies), None)


def _lists(seen: Seen) -> dict[str, list[t.Any]]:
    bodies = [answer.body for answer in seen.of("messages:") if isinstance(answer.body, dict)]
    found = [(key, body[key]) for body in bodies for key in ("data", "messages") if isinstance(body.get(key), list)]
    return {key: [row for other, rows in found if other == key for row in rows] for key, _ in found}


def _total(seen: Seen) -> str | None:
    """Return where the total is, or what it counts instead of all rows."""
    answers = (seen.of("chats: ")[:1], [*seen.of("customers:"), *seen.of("messages:")])
    chats, others = ({answer.place_of_total for answer in some if answer.page} for some in answers)
    if (chats, others) != ({"meta"}, {"top"}):
        return _only(others) if chats == others else None
    first, second = seen.of("chats: ")[0].page, seen["second chats"].page
    is_of_page = first and second and second.total == len(second.rows) != first.total
    off = _differences(seen)
    return _first(page=is_of_page, **{"too many": off == {1}, "documented": off <= {0}})


def _form(value: t.Any) -> str | None:
    whole, _, fraction = str(value).partition(".")
    if isinstance(value, (int, Decimal)):
        return "integer" if type(value) is int else "float"
    return _first(decimal=fraction.isdecimal(), digits=whole.isdecimal() and not fraction)


def _times(what: str) -> Callable[[Seen], str | None]:
    """Return the observation of the form of a stream's times."""
    names = [name for name, kind in MODELS[what].schema["properties"].items() if kind.get("format") == "date-time"]
    return lambda seen: _only({_form(row.get(name)) for row in seen.rows(what) for name in names} - {None})


def _nothing(name: str) -> Callable[[Seen], str | None]:
    """Return the observation of how an answer says that nothing is there."""
    return lambda seen: _first(**{"404": seen[name].status == "missing", "list": seen[name].is_nothing})


def _custom_data(seen: Seen) -> str | None:
    """Return the form of a customer's custom attributes, in lists and in the single customer."""
    listed = [row["customData"] for row in seen.rows("customers") if "customData" in row]
    both = [type(one) for one in (next(filter(None, listed), None), seen["customer"].single.get("customData")) if one]
    forms = {"object": [dict, dict], "pairs": [list, list], "mixed": [dict, list]}
    return "null" if None in listed else next((name for name, types in forms.items() if types == both), None)


def _agent_fields(seen: Seen) -> str | None:
    agents = [row["agent"] for row in seen.rows("messages") if isinstance(row.get("agent"), dict)]
    is_full, may_be = (any(_OF_AGENTS & agent.keys() for agent in some) for some in (agents, seen.rows("agents")))
    return _first(full=is_full, short=agents) if may_be else None


_NO_MESSAGE = "no chat with messages was seen"
_RFC = "converted to RFC 3339 in UTC"
# fmt: off
TABLE = {
    "messages_key": Look("messages are under", lambda seen: _only(set(_lists(seen))), "both are read", _NO_MESSAGE),
    "total": Look("the total is", _total, "used only once it has proved right", "the totals match no known form"),
    "chat_times": Look("times of chats", _times("chats"), _RFC, "no chat, or mixed forms"),
    "message_times": Look("times of messages", _times("messages"), _RFC, "no message, or mixed forms"),
    "customer_times": Look("times of customers", _times("customers"), _RFC, "no customer with a time, or mixed forms"),
    "errors": Look("elements of an error", lambda seen: {0: None, 1: "one"}.get(seen["no chat"].elements, "two"),
                   "all codes are shown", "no error could be provoked"),
    "nulls": Look("rows without a sort key are", lambda seen: seen.nulls, "read anywhere", "no such rows were listed"),
    "ties": Look("rows with equal sort keys", lambda seen: seen.ties, "read in any order", "too few such rows"),
    "updated_at": Look("search by chats.updatedAt", lambda seen: _first(
                           refused=seen["updated later"].is_rejected or seen["updated ever"].is_rejected,
                           ignored=seen["updated later"].rows,
                           honoured=seen["updated later"].is_nothing and seen["updated ever"].rows),
                       "used only if it works", "no clear answer"),
    "empty_messages": Look("a chat without messages", _nothing("no messages"), "both mean none", "none was seen"),
    "past_end": Look("an offset past the end", _nothing("messages behind the end"), "both mean the end", _NO_MESSAGE),
    "agents_of_chat": Look("agents of a chat", lambda seen: _first(
                               object=any(isinstance(row.get("agents"), dict) for row in seen.rows("chats")),
                               list=any(row.get("agents") for row in seen.rows("chats")),
                               empty=any("agents" in row and row.get("lastCommunicatedAgentId") is not None
                                         for row in seen.rows("chats"))),
                           "converted to a list", "no agent wrote in any chat"),
    "custom_data": Look("customData", _custom_data, "converted to an object", "no customer with custom attributes"),
    "agent_fields": Look("agent of a message", _agent_fields, "missing fields are null", "no message from an agent"),
    "new_fields": Look("undocumented fields", lambda seen: bool(unknown_fields(seen)) if _fields(seen) else None,
                       f"kept in {MORE}", "no row was seen"),
    "chat_notes": Look("chats have notes", lambda seen: any("notes" in row for row in seen.rows("chats"))
                       if seen.rows("chats") else None, "null if missing", "no chat was seen"),
    "absent": Look("documented fields never seen", _absent, "null", "no chat or no customer was seen"),
    "reference_paging": Look("paging of small tables", lambda seen: _first(
                        refused=seen["agents behind the end"].is_rejected,
                        ignored=seen["agents:"].rows[:1] == seen["agents behind the end"].rows[:1] != [],
                        honoured=seen["agents behind the end"].status == "ok"), "falls back to none", "no agent seen"),
    "reference_key": Look("small tables are under", lambda seen: _first(
                              bare=isinstance(seen["agents:"].body, list), data="data" in (seen["agents:"].body or ()),
                              own="agents" in (seen["agents:"].body or ())), "all forms are read", "it is unreadable"),
    "reference_ids": Look("ids in small tables", lambda seen: {int: "integer", str: "text"}.get(
                              _only({type(row.get("id")) for row in seen.rows("agents")})),
                          "converted to integers", "no agent was seen"),
    "nested_rows": Look("messages in another list", lambda seen: next(
                            (isinstance(rows[0], list) for rows in _lists(seen).values() if rows), None),
                        "unwrapped", _NO_MESSAGE),
    "date_header": Look("responses have a Date", lambda seen: seen.clock_skew is not None if seen.is_answered else None,
                        "this host's clock is used without it", "no response"),
    "date_skew": Look("its clock, compared to this host", lambda seen:
                          None if seen.clock_skew is None or abs(seen.clock_skew) > _DAY + _MINUTE / 2 else
                          round(seen.clock_skew / _MINUTE) * _MINUTE,  # the rest is due to the network
                      "the account's is used", "no Date, or a day off"),
    "search_none": Look("a search without a match", _nothing("no chat found"), "both mean none", "it found some"),
}
