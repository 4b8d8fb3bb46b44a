"""What the page shows: the figures of half a year, as the views of docs/queries tell them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING

from report.asking import Row, ask, query

if TYPE_CHECKING:
    from pathlib import Path

DAYS = 26 * 7
# Who is shown; the other speakers of helpcrunch.turns are notes and a machine's lines, which no customer waits for.
SIDES = {"customer": "Customers", "agent": "The team", "automatic": "Bots and broadcasts"}
_SIDE_OF = {"customer": "customer", "agent": "agent", "bot": "automatic", "broadcast": "automatic"}
_SHOWN = ", ".join(f"'{speaker}'" for speaker in _SIDE_OF)

# The period ends on the day of the newest message that is shown, and has whole weeks: each weekday counts as often.
_LAST = f"(select max(cast(local_at as date)) from helpcrunch.turns where speaker in ({_SHOWN}))"  # noqa: S608
_SPOKEN = f"""
    select cast(local_at as date) as day, extract(hour from local_at) as hour, speaker, count(*) as messages
    from helpcrunch.turns where speaker in ({_SHOWN}) and cast(local_at as date) > {_LAST} - {DAYS}
    group by all order by all
"""  # noqa: S608
_ASKED = f"""
    select answer_seconds as seconds from helpcrunch.conversations
    where cast(asked_local_at as date) > {_LAST} - {DAYS} order by all
"""  # noqa: S608
_ASKED_FIRST = ("time_to_first_answer", "messages_per_agent_and_day", "chats_waiting")


@dataclass(frozen=True)
class Figures:
    """The figures of the page. Days and hours are those of the team's time zone."""

    days: list[date]
    volume: Counter[tuple[date, str]]  # messages by day and side
    hours: Counter[tuple[int, int]]  # customers' messages by weekday, Monday is 0, and hour
    waits: list[int]  # seconds to the first answer, ascending
    unanswered: int  # chats that have none
    months: list[Row]
    agents: list[tuple[str, int, int]]  # name, messages, days on which they wrote
    waiting: list[Row]

    @property
    def median(self) -> float | None:
        """Seconds that half of the answered chats waited at most."""
        return median(self.waits) if self.waits else None

    def of_side(self, side: str) -> int:
        """Return how many messages a side wrote."""
        return sum(self.volume[day, side] for day in self.days)


def figures(warehouse: Path) -> Figures | None:
    """Return the figures of a DuckDB file; None when nobody has said anything yet."""
    asked = {name: query(name) for name in _ASKED_FIRST}
    answers = ask(warehouse, {"spoken": _SPOKEN, "asked": _ASKED, **asked})
    if not answers["spoken"]:
        return None
    volume: Counter[tuple[date, str]] = Counter()
    hours: Counter[tuple[int, int]] = Counter()
    for row in answers["spoken"]:
        day, side = date.fromisoformat(row["day"]), _SIDE_OF[row["speaker"]]
        volume[day, side] += row["messages"]
        if side == "customer":
            hours[day.weekday(), row["hour"]] += row["messages"]
    last = max(day for day, _ in volume)
    days = [last - timedelta(days=back) for back in reversed(range(DAYS))]
    waits = [row["seconds"] for row in answers["asked"] if row["seconds"] is not None]
    return Figures(
        days=days,
        volume=volume,
        hours=hours,
        waits=sorted(waits),
        unanswered=len(answers["asked"]) - len(waits),
        months=answers["time_to_first_answer"],
        agents=_agents(answers["messages_per_agent_and_day"], days[0]),
        waiting=answers["chats_waiting"],
    )


def _agents(rows: list[Row], first: date) -> list[tuple[str, int, int]]:
    """Add up an agent's days since the first one, who wrote most first."""
    names: dict[int, str] = {}
    messages: Counter[int] = Counter()
    days: Counter[int] = Counter()
    for row in rows:
        if date.fromisoformat(row["day"]) >= first:
            # The newest day comes first, and has the name that the agent bears now.
            names.setdefault(row["agent_id"], row["agent"] or f"agent {row['agent_id']}")
            messages[row["agent_id"]] += row["messages"]
            days[row["agent_id"]] += 1
    return [(names[number], written, days[number]) for number, written in messages.most_common()]
