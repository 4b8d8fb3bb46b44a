"""An account for the queries of docs/queries, and their answers, computed from the account without any SQL."""

from __future__ import annotations

import typing as t
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from statistics import median
from zoneinfo import ZoneInfo

from report.figures import DAYS
from simulator import Account
from simulator.model import Message
from simulator.people import BOT_ID

Row = dict[str, t.Any]

NAMES = ("time_to_first_answer", "messages_per_agent_and_day", "chats_waiting")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
AWKWARD = "<script>alert('x')</script> & \"Sons\" \u202e\x01"
# What each letter of a script adds to a chat; a dot lets a minute pass.
SAID: dict[str, Row] = {
    "c": {"sender": "customer"},
    "m": {"sender": "customer", "type": "email"},
    "a": {"sender": "agent", "agent": 3},
    "e": {"sender": "agent", "agent": 4, "type": "email"},
    "k": {"sender": "agent", "agent": 4, "type": "knowledgeBase"},
    "b": {"sender": "agent", "agent": BOT_ID},
    "x": {"sender": "agent", "agent": 3, "broadcast_type": "manual chat"},
    "y": {"sender": "agent", "broadcast_type": "auto email", "type": "email"},
    "n": {"sender": "agent", "agent": 3, "type": "private", "moves_chat": False},
    "s": {"sender": "agent"},
    "t": {"sender": "agent", "type": "tech", "moves_chat": False},
}
# What may be mistaken for an answer, or a question: a bot's words, a note, a tech line, what no agent says, a bulk
# message, an automatic e-mail, a greeting, several at once, two in the same moment, slow answers.
SCRIPTS = (
    "c.a", "c..e", "m.k", "c.b", "c.n", "c.t", "c.s", "c.x", "c.y", "x.a.c", "c.b..a", "a.c..a", "a.a", "b", "",
    "c.c.a", "c.a.c.c", "c.a.c.b.n", "ca", "ac", "c" + "." * 12 + "a", "c" + "." * 90 + "a",
)  # fmt: skip


def account() -> Account:
    """Return an account with history, and a chat more for each script."""
    made = Account.generate(seed=5, chats=60, messages=400)
    for script in SCRIPTS:
        made.advance(3600)
        _play(made, made.add_chat(), script)
    # Who has waited for long, so that the page shows the name.
    customer = made.chats[chats_waiting(made)[3]["chat"]].customer
    assert customer
    made.customers[customer].name = AWKWARD
    made.touch()
    for status in ("closed", "opened again"):
        chat = made.add_chat(customer=customer)
        _play(made, chat, "c.a.c")
        made.close_chat(chat)
        if status == "opened again":
            made.reopen_chat(chat)
    # A later number, but an earlier moment: what was said is in the order of time.
    chat = made.add_chat()
    _play(made, chat, "..c")
    made.add_message(chat, "imported", created_at=made.now - 60, **SAID["a"])
    # After midnight in Kyiv, and in a new month; not so in UTC.
    made.advance(datetime(2026, 10, 31, 22, 30, tzinfo=timezone.utc).timestamp() - float(made.now))
    _play(made, made.add_chat(), "c.a")
    # The page shows so many days, of which the last is tomorrow: one question in the first minute, one in that before.
    began = (int(made.now) // 86_400 + 2 - DAYS) * 86_400
    for moment in (began - 30, began + 30):
        made.add_message(made.add_chat(created_at=moment), "at the edge", created_at=moment)
    made.advance(60)
    return made


def go_on(made: Account) -> None:
    """Let a day pass: an answer and a question after it, one more question, a chat closed, a new chat."""
    waiting = [row["chat"] for row in chats_waiting(made)]
    made.advance(86_400)
    _play(made, waiting[0], ".a.c")
    _play(made, waiting[1], ".c")
    made.close_chat(waiting[2])
    _play(made, made.add_chat(), "c.b.")
    made.advance(60)


def _play(made: Account, chat: int, script: str) -> None:
    for letter in script:
        if letter == ".":
            made.advance(60)
        else:
            made.add_message(chat, f"a message of kind {letter}", **SAID[letter])


def speaker(made: Account, said: Message) -> str:
    """Return who speaks, as helpcrunch.turns calls it."""
    if said.type in {"private", "tech"}:
        return {"private": "note", "tech": "system"}[said.type]
    if said.sender == "customer":
        return "customer"
    if said.broadcast_type:
        return "broadcast"
    name = None if said.agent is None else made.agents[said.agent].name
    return {None: "system", "HelpBot": "bot"}.get(name, "agent")


class Course(t.NamedTuple):
    """How a chat went: its first question, the seconds to its answer, and what waits for one."""

    asked: Decimal | None
    seconds: int | None
    unanswered: list[Message]


def course(made: Account, chat: int) -> Course:
    """Follow a chat message by message."""
    asked = seconds = None
    unanswered: list[Message] = []
    for said in reversed(made.messages_of(chat)):
        who = speaker(made, said)
        if who == "customer":
            asked = asked or said.created_at
            unanswered.append(said)
        elif who == "agent":
            if asked is not None and seconds is None:
                seconds = int(said.created_at - asked)
            unanswered = []
    return Course(asked, seconds, unanswered)


def local(moment: Decimal, zone: str) -> datetime:
    return (EPOCH + timedelta(milliseconds=int(moment * 1000))).astimezone(ZoneInfo(zone))


def time_to_first_answer(made: Account, zone: str) -> list[Row]:
    """Return the query's rows."""
    months: dict[date, list[int | None]] = defaultdict(list)
    for chat in made.chats:
        one = course(made, chat)
        if one.asked is not None:
            months[local(one.asked, zone).date().replace(day=1)].append(one.seconds)
    rows = []
    for month, all_chats in sorted(months.items(), reverse=True):
        waits = sorted(seconds for seconds in all_chats if seconds is not None)
        row = {"month": month.isoformat(), "chats": len(all_chats), "answered": len(waits)}
        row["median_seconds"] = median(waits) if waits else None
        # The first that nine of ten did not exceed.
        row["p90_seconds"] = next((one for place, one in enumerate(waits, 1) if 10 * place >= 9 * len(waits)), None)
        rows.append(row)
    return rows


def messages_per_agent_and_day(made: Account, zone: str) -> list[Row]:
    """Return the query's rows."""
    chats: dict[tuple[date, int], list[int]] = defaultdict(list)
    for said in made.messages.values():
        if speaker(made, said) == "agent":
            assert said.agent
            chats[local(said.created_at, zone).date(), said.agent].append(said.chat)
    return [
        {"day": f"{day}", "agent_id": agent, "agent": made.agents[agent].name}
        | {"messages": len(found), "chats": len(set(found))}
        for (day, agent), found in sorted(
            chats.items(), key=lambda one: (-one[0][0].toordinal(), -len(one[1]), one[0][1])
        )
    ]


def chats_waiting(made: Account) -> list[Row]:
    """Return the query's rows."""
    rows = []
    for chat in made.chats.values():
        unanswered = course(made, chat.id).unanswered
        if unanswered and chat.status != "closed":
            row = {"chat": chat.id, "waiting_since": local(unanswered[0].created_at, "UTC").replace(tzinfo=None)}
            row |= {"unanswered": len(unanswered), "status": chat.status}
            row["customer_name"] = None if chat.customer is None else made.customers[chat.customer].name
            row["assignee_name"] = None if chat.assignee is None else made.agents[chat.assignee].name
            rows.append(row)
    return [plain(row) for row in sorted(rows, key=lambda row: (row["waiting_since"], row["chat"]))]


def owed(made: Account, zone: str) -> dict[str, list[Row]]:
    """Return what each query must answer."""
    rows = (time_to_first_answer(made, zone), messages_per_agent_and_day(made, zone), chats_waiting(made))
    return dict(zip(NAMES, rows, strict=True))


def plain(row: Row) -> Row:
    """Return a row with times in one form, whichever database wrote it."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: t.Any) -> t.Any:
    if isinstance(value, datetime):
        value = str(value)
    if isinstance(value, str) and value[4:5] == value[7:8] == "-" and ":" in value:
        time = value.replace("T", " ")
        return time.rstrip("0").removesuffix(".") if "." in time else time
    return value
