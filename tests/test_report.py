"""The figures of small accounts, and the page with texts that a customer could have written."""

from __future__ import annotations

import json
import typing as t
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta

import duckdb
import pytest

from report.asking import query
from report.figures import DAYS, VIEWS
from report.page import duration, page

NOW = datetime(2026, 9, 21, 12)  # noqa: DTZ001 - the team's time has no zone in the views
HOSTILE = "</title></svg><script>\"&'\x00\x1b\ud800"


class Account:
    """The two views of docs/queries, as tables with the columns that the page needs."""

    def __init__(self) -> None:
        self._duckdb = duckdb.connect()
        self._duckdb.execute("""
            create schema helpcrunch;
            create table helpcrunch.turns(speaker varchar, agent_id bigint, agent_name varchar,
                sent_at timestamp, local_at timestamp);
            create table helpcrunch.conversations(chat bigint, status varchar, customer_name varchar,
                assignee_name varchar, asked_at timestamp, asked_local_at timestamp, answered_at timestamp,
                answer_seconds bigint, waiting_since timestamp, unanswered bigint);
        """)

    def say(self, speaker: str, agent: int | None = None, name: str | None = None, at: datetime = NOW) -> None:
        self._duckdb.execute("insert into helpcrunch.turns values (?, ?, ?, ?, ?)", [speaker, agent, name, at, at])

    def ask(self, seconds: int | None, at: datetime = NOW) -> None:
        self._duckdb.execute(
            "insert into helpcrunch.conversations (asked_at, asked_local_at, answer_seconds) values (?, ?, ?)",
            [at, at, seconds],
        )

    def figures(self) -> dict[str, list[dict[str, t.Any]]]:
        """Return what report.figures.figures does."""
        self._duckdb.execute(VIEWS)
        queries = {name: f"from report.{name}" for name in ("facts", "volume", "waits", "hours", "agents")}
        queries |= {name: query(name) for name in ("time_to_first_answer", "chats_waiting")}
        found = {}
        for name, sql in queries.items():
            answered = self._duckdb.execute(sql)
            names = [column[0] for column in answered.description or ()]
            found[name] = [dict(zip(names, row, strict=True)) for row in answered.fetchall()]
        plain: dict[str, list[dict[str, t.Any]]] = json.loads(json.dumps(found, default=str))
        return plain


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "-"),
        (0, "0 s"),
        (59.5, "59 s"),
        (60, "1 min"),
        (80, "1 min 20 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86_400, "1 d"),
        (100_000, "1 d 3 h"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(seconds: float | None, said: str) -> None:
    assert duration(seconds) == said


def test_a_time_at_an_edge_belongs_to_the_bar_it_begins(account: Account) -> None:
    account.say("customer")
    for seconds in (0, 59, 60, 299, 300, 899, 900, 3599, 3600, 14_399, 14_400, 86_399, 86_400, 10**7, None):
        account.ask(seconds)
    waits = account.figures()["waits"]
    assert [row["number"] for row in waits] == [2, 2, 2, 2, 2, 2, 2, 1]
    assert [row["share"] for row in waits] == ["13%"] * 7 + ["7%"]
    assert waits[0]["hint"] == "under 1 min: 2 of 15 chats"


def test_the_period_has_whole_weeks_and_ends_with_a_message(account: Account) -> None:
    first = NOW - timedelta(days=DAYS - 1)
    for at in (NOW, first, first - timedelta(days=1)):
        account.say("customer", at=at)
        account.ask(5, at=at)
    account.say("note", 3, "Ann", at=NOW + timedelta(days=9))
    found = account.figures()
    assert found["facts"][0]["period"] == "24 Mar 2026 to 21 Sep 2026"
    assert [(row["place"], row["number"]) for row in found["volume"]] == [(0, 1), (DAYS - 1, 1)]
    assert sum(row["number"] for row in found["hours"]) == sum(row["number"] for row in found["waits"]) == 2


def test_an_agent_has_the_newest_name_or_a_number(account: Account) -> None:
    yesterday = NOW - timedelta(days=1)
    for agent, name, at in ((3, "Ann", NOW), (3, "Anna", yesterday), (3, "Anna", yesterday), (4, None, NOW)):
        account.say("agent", agent, name, at)
    account.say("bot", 9, "HelpBot")
    assert account.figures()["agents"] == [
        {"name": "Ann", "messages": 3, "days": 2},
        {"name": "agent 4", "messages": 1, "days": 1},
    ]


def test_a_text_never_becomes_markup(account: Account) -> None:
    account.say("agent", 3, "Ann")
    found = account.figures()
    plain = _shape(page(found))
    (agent,) = found["agents"]
    found["agents"] = [agent | {"name": HOSTILE}]
    found["chats_waiting"] = [
        {"chat": 1, "unanswered": 2, "waiting_since": HOSTILE, "status": HOSTILE, "customer_name": HOSTILE}
        | {"assignee_name": HOSTILE}
    ]
    read = ET.fromstring(page(found))  # noqa: S314 - it is ours
    shown = HOSTILE.replace("\x00", "\ufffd").replace("\x1b", "\ufffd").replace("\ud800", "\ufffd")
    cells = [one.text for one in read.iter("bdi")]
    assert cells.count(shown) == 4
    assert cells.count(shown[:16]) == 1  # the time is cut to minutes
    assert set(_shape(page(found))) == set(plain)


def _shape(text: str) -> list[str]:
    return [one.tag for one in ET.fromstring(text).iter()]  # noqa: S314 - it is ours
