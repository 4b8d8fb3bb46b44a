"""What the views and queries of docs/queries must answer, computed from the account without any SQL."""

import json
import typing as t
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from operator import itemgetter
from statistics import median
from zoneinfo import ZoneInfo

from demo.asking import query
from simulator import Account
from simulator.model import Message
from tests.destinations.talk import AS_OF, Row

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
VIEWS = {
    "turns": "select id, chat, agent_id, agent_name, speaker, sent_at, local_at, type, text, weekday, hour "
    "from helpcrunch.turns order by id",
    "replies": "select * from helpcrunch.replies order by chat, wait",
    "conversations": "select * from helpcrunch.conversations order by chat",
    "transcripts": "select * from helpcrunch.transcripts order by chat",
}
NAMES = (
    "chats_waiting", "conversations_per_department_and_channel", "load_per_hour", "messages_per_agent_and_day",
    "ratings_per_agent_and_month", "reply_times_per_agent", "time_to_first_answer",
)  # fmt: skip
ASKED = VIEWS | {name: query(name).strip().rstrip(";") for name in NAMES}


class Team(t.NamedTuple):
    """What a team sets in the views."""

    zone: str = "UTC"
    opens: float = 9
    closes: float = 18
    days: str = "1111100"

    @property
    def lines(self) -> tuple[str, ...]:
        hours = "cast({} as double precision) as opens, cast({} as double precision) as closes"
        return f"'{self.zone}' as zone", hours.format(self.opens, self.closes), f"'{self.days}' as days"

    def views(self) -> str:
        """Return views.sql with three lines changed."""
        text = query("views")
        for old, new in zip(Team().lines, self.lines, strict=True):
            assert text.count(old) == 1
            text = text.replace(old, new)
        return text

    def local(self, moment: datetime) -> datetime:
        return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    def utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=ZoneInfo(self.zone)).astimezone(timezone.utc).replace(tzinfo=None)

    def open_seconds(self, begin: datetime, end: datetime) -> int:
        """Return for how long the team was open between two moments, day by day."""
        total, day = timedelta(), self.local(begin).replace(hour=0, minute=0, second=0, microsecond=0)
        while day <= self.local(end):
            opens, closes = (self.utc(day + timedelta(hours=hours)) for hours in (self.opens, self.closes))
            if self.days[day.weekday()] == "1":
                total += max(timedelta(), min(end, closes) - max(begin, opens))
            day += timedelta(days=1)
        return total // timedelta(seconds=1)


def speaker(made: Account, said: Message) -> str:
    """Return who speaks, as helpcrunch.turns calls it."""
    if said.type in {"private", "tech"}:
        return {"private": "note", "tech": "system"}[said.type]
    if said.sender == "customer":
        return "customer"
    if said.broadcast_type:
        return "broadcast"
    if said.type == "dataCollection":
        return "bot"
    name = None if said.agent is None else made.agents[said.agent].name
    return {None: "system", "HelpBot": "bot"}.get(name, "agent")


def utc(moment: Decimal) -> datetime:
    return (EPOCH + timedelta(milliseconds=int(moment * 1000))).replace(tzinfo=None)


def turns(made: Account, team: Team) -> list[Row]:
    rows = []
    for number, said in sorted(made.messages.items()):
        at, text = utc(said.created_at), (said.text or "").replace("\0", "\ufffd") or None
        row = {"id": number, "chat": said.chat, "agent_id": said.agent, "speaker": speaker(made, said), "sent_at": at}
        row["agent_name"] = None if said.agent is None else made.agents[said.agent].name
        row |= {"local_at": team.local(at), "type": said.type, "text": text}
        rows.append(row | {"weekday": team.local(at).isoweekday(), "hour": team.local(at).hour})
    return rows


def by_chat(made: Account, team: Team) -> list[tuple[int, list[Row]]]:
    """Return what was said in each chat, in order."""
    rows = sorted(turns(made, team), key=itemgetter("chat", "sent_at", "id"))
    return [(chat, said) for (chat,), said in grouped(rows, "chat")]


def replies(made: Account, team: Team) -> list[Row]:
    """Follow each chat message by message."""
    rows: list[Row] = []
    for chat, said in by_chat(made, team):
        wait: Row | None = None
        number = 0
        for turn in said:
            if turn["speaker"] == "customer":
                if wait is None:
                    number += 1
                    wait = {"chat": chat, "wait": number, "questions": 0}
                    wait |= {"asked_at": turn["sent_at"], "asked_local_at": turn["local_at"]}
                    wait |= dict.fromkeys(("answered_at", "agent_id", "agent_name", "seconds", "business_seconds"))
                    rows.append(wait)
                wait["questions"] += 1
            elif turn["speaker"] == "agent" and wait:
                wait |= {"answered_at": turn["sent_at"], "agent_id": turn["agent_id"], "agent_name": turn["agent_name"]}
                wait["seconds"] = (turn["sent_at"] - wait["asked_at"]) // timedelta(seconds=1)
                wait["business_seconds"] = team.open_seconds(wait["asked_at"], turn["sent_at"])
                wait = None
    return rows


def conversations(made: Account, team: Team) -> list[Row]:
    said = dict(by_chat(made, team))
    waits = {chat: rows for (chat,), rows in grouped(replies(made, team), "chat")}
    return [_conversation(made, chat, said.get(chat, []), waits.get(chat, [])) for chat in sorted(made.chats)]


def _conversation(made: Account, number: int, said: list[Row], waits: list[Row]) -> Row:
    chat = made.chats[number]
    row: Row = {"chat": number, "status": chat.status, "rating": chat.rating}
    row["customer_name"] = None if chat.customer is None else made.customers[chat.customer].name
    row["assignee_name"] = None if chat.assignee is None else made.agents[chat.assignee].name
    row["department"] = None if chat.department is None else made.departments[chat.department].name
    first: Row = waits[0] if waits else defaultdict(lambda: None)
    row |= {name: first[name] for name in ("asked_at", "asked_local_at", "answered_at")}
    row |= {"answer_seconds": first["seconds"], "answer_business_seconds": first["business_seconds"]}
    open_one = waits[-1] if waits and waits[-1]["answered_at"] is None else {"asked_at": None, "questions": 0}
    row |= {"waiting_since": open_one["asked_at"], "unanswered": open_one["questions"]}
    closed = utc(chat.closed_at) if chat.closed_at and chat.status == "closed" else None
    row |= {"created_at": utc(chat.created_at), "closed_at": closed, "resolution_seconds": None}
    if closed and row["asked_at"] and closed >= row["asked_at"].replace(microsecond=0):
        row["resolution_seconds"] = int((closed - row["asked_at"].replace(microsecond=0)).total_seconds())
    row["csat"] = chat.rating and int(chat.rating in {"perfect", "great"})
    application = made.applications.get(chat.application_id)
    kinds = {turn["type"] for turn in said if turn["speaker"] == "customer"}
    row["channel"] = application.type if application else "public_api" if chat.created_with == "public_api" else None
    row["channel"] = "email" if kinds == {"email"} else row["channel"]
    row["messages"] = sum(turn["speaker"] not in {"note", "system"} for turn in said)
    counts = Counter(turn["agent_id"] for turn in said if turn["speaker"] == "agent")
    row["handled_by_id"] = max(counts, key=counts.__getitem__, default=None)  # of equals who was first
    row["handled_by"] = made.agents[row["handled_by_id"]].name if counts else None
    return row


def transcripts(made: Account, team: Team) -> list[Row]:
    rows = []
    for chat, said in by_chat(made, team):
        customer = made.customers.get(made.chats[chat].customer or 0)
        lines = []
        for turn in said:
            text = turn["text"] if turn["speaker"] not in {"note", "system"} else None
            for kind in ("email", "phone", "name"):
                known = customer and getattr(customer, kind)
                text = text.replace(known, f"[{kind}]") if text and known and len(known) > 2 else text
            if text:
                time = f"{turn['sent_at']:%Y-%m-%dT%H:%M:%SZ}"
                lines.append({"id": turn["id"], "speaker": turn["speaker"], "text": text, "time": time})
        if lines:
            text = "\n".join(f"{line['speaker']}: {line['text']}" for line in lines)
            rows.append({"chat": chat, "turns": lines, "text": text})
    return rows


def grouped(rows: Iterable[Row], *keys: str) -> list[tuple[tuple[t.Any, ...], list[Row]]]:
    """Return the rows by these columns, in the order in which the groups begin."""
    found: dict[tuple[t.Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return list(found.items())


def quantiles(rows: list[Row], name: str) -> Row:
    """Return the median, and the first value that nine of ten did not exceed."""
    values = sorted(row[name] for row in rows if row[name] is not None)
    nine = next((one for place, one in enumerate(values, 1) if 10 * place >= 9 * len(values)), None)
    what = name.removeprefix("answer_")
    return {f"median_{what}": median(values) if values else None, f"p90_{what}": nine}


def sort(rows: list[Row], *keys: str) -> list[Row]:
    """Sort by these columns, those with a minus from the greatest; null comes last."""
    for key in reversed(keys):
        name = key.removeprefix("-")
        known = sorted((row for row in rows if row[name] is not None), key=itemgetter(name), reverse=key != name)
        rows = known + [row for row in rows if row[name] is None]
    return rows


def after(rows: list[Row], name: str, days: int) -> list[Row]:
    """Return the rows with a time less than so many days before the last run."""
    return [row for row in rows if row[name] and row[name] > AS_OF.replace(tzinfo=None) - timedelta(days=days)]


def _good(rows: list[Row]) -> Row:
    rated = [row["csat"] for row in rows if row["csat"] is not None]
    return {"ratings": len(rated), "good": sum(rated) if rated else None}


def owed(made: Account, team: Team) -> dict[str, list[Row]]:
    """Return what each view and query must answer."""
    said, waits, chats = turns(made, team), replies(made, team), conversations(made, team)
    asked = [row | {"month": row["asked_local_at"].date().replace(day=1)} for row in chats if row["asked_at"]]
    columns = ("chat", "waiting_since", "unanswered", "status", "customer_name", "assignee_name")
    by = {who: rows for (who,), rows in grouped([row | {"day": row["local_at"].date()} for row in said], "speaker")}
    found = {"turns": said, "replies": waits, "conversations": chats, "transcripts": transcripts(made, team)}
    found["chats_waiting"] = sort([
        {name: row[name] for name in columns}
        for row in after(chats, "waiting_since", 14)
        if row["status"] not in {"closed", "empty", "no communication"}
    ], "waiting_since", "chat")  # fmt: skip
    found["conversations_per_department_and_channel"] = sort([
        {"department": department, "channel": channel, "chats": len(rows)}
        | {"answered": sum(row["answered_at"] is not None for row in rows)}
        | {"median_seconds": quantiles(rows, "answer_seconds")["median_seconds"]} | _good(rows)
        for (department, channel), rows in grouped(after(asked, "asked_at", 90), "department", "channel")
    ], "-chats", "department", "channel")  # fmt: skip
    found["load_per_hour"] = sort([
        {"weekday": weekday, "hour": hour, "messages": len(rows), "chats": len({row["chat"] for row in rows})}
        | {"messages_per_week": float((Decimal(len(rows)) / 12).quantize(Decimal("0.1"), ROUND_HALF_UP))}
        for (weekday, hour), rows in grouped(after(by["customer"], "sent_at", 84), "weekday", "hour")
    ], "weekday", "hour")  # fmt: skip
    found["messages_per_agent_and_day"] = sort([
        {"day": day, "agent_id": agent, "agent": made.agents[agent].name}
        | {"messages": len(rows), "chats": len({row["chat"] for row in rows})}
        for (day, agent), rows in grouped(by["agent"], "day", "agent_id")
    ], "-day", "-messages", "agent_id")  # fmt: skip
    found["ratings_per_agent_and_month"] = sort([
        {"month": month, "agent_id": agent, "agent": rows[0]["handled_by"]} | _good(rows)
        | {"csat_percent": (200 * _good(rows)["good"] + len(rows)) // (2 * len(rows))}
        for (month, agent), rows in grouped([row for row in asked if row["rating"]], "month", "handled_by_id")
    ], "-month", "-ratings", "agent_id")  # fmt: skip
    found["reply_times_per_agent"] = sort([
        {"agent_id": agent, "agent": rows[0]["agent_name"], "replies": len(rows)}
        | quantiles(rows, "seconds")
        | quantiles(rows, "business_seconds")
        for (agent,), rows in grouped(after(waits, "answered_at", 90), "agent_id")
    ], "-replies", "agent_id")  # fmt: skip
    found["time_to_first_answer"] = sort([
        {"month": month, "chats": len(rows), "answered": sum(row["answered_at"] is not None for row in rows)}
        | quantiles(rows, "answer_seconds")
        for (month,), rows in grouped(asked, "month")
    ], "-month")  # fmt: skip
    return {name: [plain(row) for row in rows] for name, rows in found.items()}


def plain(row: Row) -> Row:
    """Return a row in one form, whichever database wrote it: times and JSON are read."""
    return {name: _plain(name, value) for name, value in row.items()}


def _plain(name: str, value: t.Any) -> t.Any:
    if name == "turns" and isinstance(value, str):
        return json.loads(value)
    value = str(value) if isinstance(value, date) else value
    if isinstance(value, str) and name.endswith(("_at", "_since")):
        time = value.replace("T", " ")
        return time.rstrip("0").removesuffix(".") if "." in time else time
    return value
