"""The queries of docs/queries and the page of the report, on real databases; the answers are computed separately."""

import json
import os
import re
import shlex
import shutil
import subprocess
import typing as t
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from demo.asking import WEEKS, ask, figures, query
from demo.page import duration, page, percent
from demo.report import main
from simulator import Account, Server
from tests.destinations import talk
from tests.destinations.conftest import Warehouses, run_in_duckdb
from tests.destinations.owed import ASKED, Team, grouped, owed, plain, quantiles
from tests.destinations.postgresql import Database, PostgreSQL
from tests.destinations.project import ROOT, Project
from tests.destinations.snowflake_views import translated
from tests.destinations.test_docs import execute

TEAMS = (
    Team(),
    Team("Europe/Kyiv", 8.5, 20, "1111110"),
    Team("America/Los_Angeles", 6, 22.25, "0111011"),
)


@pytest.mark.parametrize("team", TEAMS, ids=[team.zone for team in TEAMS])
def test_both_databases_answer_what_the_account_owes(warehouses: Warehouses, team: Team) -> None:
    expected = owed(warehouses.account, team)
    assert min(map(len, expected.values())) > 2
    warehouses.postgresql.run(team.views())
    found = {name: [plain(row) for row in warehouses.postgresql.rows(sql)] for name, sql in ASKED.items()}
    asked = ask(warehouses.duckdb, ASKED, team.views())
    for name, rows in expected.items():
        assert found[name] == rows, name
        assert [plain(row) for row in asked[name]] == rows, name


def test_business_hours_that_never_end_follow_the_clock(warehouses: Warehouses) -> None:
    """The clock skips an hour and repeats one: only then do these hours differ from the time that passed."""
    for zone, more in (("America/Los_Angeles", {-2400}), ("Europe/Kyiv", set())):
        team = Team(zone, 0, 24, "1111111")
        found = ask(warehouses.duckdb, {"replies": ASKED["replies"]}, team.views())["replies"]
        off = {row["business_seconds"] - row["seconds"] for row in found if row["answered_at"]}
        assert off == {-3600, 0, 3600} | more


def test_the_account_has_what_the_views_tell_apart(warehouses: Warehouses) -> None:
    shown = owed(warehouses.account, TEAMS[1])
    assert {row["speaker"] for row in shown["turns"]} == {"agent", "bot", "broadcast", "customer", "note", "system"}
    assert {row["channel"] for row in shown["conversations"]} >= {"email", "public_api", "web", "telegram"}
    assert len({row["business_seconds"] for row in shown["replies"]}) > 60


def test_snowflakes_views_are_made_from_the_others() -> None:
    """If not: python -m tests.destinations.snowflake_views."""
    assert query("views.snowflake") == translated(query("views"))


# The columns that the views of 0.2.0 had; PostgreSQL replaces a view only by one that begins with the same ones.
_BEFORE = """
    drop view helpcrunch.team cascade;
    create view helpcrunch.turns as select id, chat, 0::bigint as agent_id, ''::text as agent_name, ''::text as speaker,
        "createdAt" as sent_at, "createdAt" as local_at from helpcrunch.messages;
    create view helpcrunch.conversations as select id as chat, status, ''::text as customer_name,
        ''::text as assignee_name, "createdAt" as asked_at, "createdAt" as asked_local_at,
        "createdAt" as answered_at, 0::bigint as answer_seconds, "createdAt" as waiting_since,
        0::bigint as unanswered from helpcrunch.chats;
"""


def commands(page: str, language: str = "sh") -> list[str]:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in block.splitlines()] if language == "sh" else blocks


def shell(command: str, database: Database, folder: Path = ROOT) -> str:
    """Run a command as a page has it, with this database as psql's."""
    environment = os.environ | database.variables | {"PATH": f"{database.programs}:{os.environ['PATH']}"}
    bash = ["bash", "-euo", "pipefail", "-c", command]
    done = subprocess.run(bash, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_command_of_the_page_is_run(
    warehouses: Warehouses, postgresql: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a copy of the database, with the views of an earlier version; then a second account is beside the first."""
    monkeypatch.setenv("PSQLRC", os.devnull)
    monkeypatch.setenv("PGOPTIONS", "-c client_min_messages=error")
    database = postgresql.database(template=warehouses.postgresql.name)
    database.run(_BEFORE)
    other = Account.generate(seed=5, chats=12, messages=60)
    other.organization.domain = "shop-de"
    assert other.chats.keys() & warehouses.account.chats.keys()
    told = ""
    with Server(other) as server:
        project = Project(tmp_path, server, database.variables)
        for command in commands("queries"):
            if "meltano" in command:
                execute(project, command)
            elif not command.startswith("make "):  # a test below runs it
                told += shell(command.replace("psql", "psql -v ON_ERROR_STOP=1"), database)
    assert f"({len(owed(warehouses.account, Team())['chats_waiting'])} rows)" in told
    database.run("update helpcrunch_de.organization set _sdc_extracted_at = null")
    assert database.value(
        'select as_of = (select max("createdAt") from helpcrunch_de.messages) from helpcrunch_de.team'
    )
    (unite,) = commands("queries", "sql")
    database.run(unite)
    found = database.rows(
        "select account, count(*) as n, sum(messages) as m from helpcrunch_all.conversations group by 1"
    )
    said = {
        domain: [row["messages"] for row in owed(account, Team())["conversations"]]
        for domain, account in (("shop", warehouses.account), ("shop-de", other))
    }
    assert {row["account"]: (row["n"], row["m"]) for row in found} == {
        domain: (len(messages), sum(messages)) for domain, messages in said.items()
    }


def test_transcripts_become_json_lines(warehouses: Warehouses, tmp_path: Path) -> None:
    (in_postgresql, in_duckdb) = [line for line in commands("recipes") if line.startswith(("psql", "duckdb"))]
    (tmp_path / "output").mkdir()
    shutil.copy(warehouses.duckdb, tmp_path / "output" / "warehouse.duckdb")
    _, file, _, sql = shlex.split(in_duckdb)
    monkeyed = sql.replace("transcripts.jsonl", f"{tmp_path}/duckdb.jsonl")
    run_in_duckdb(tmp_path / file, f"{query('views')};{monkeyed}")
    warehouses.postgresql.run(query("views"))
    shell(in_postgresql, warehouses.postgresql, tmp_path)
    expected = [{"chat": row["chat"], "turns": row["turns"]} for row in owed(warehouses.account, Team())["transcripts"]]
    for name in ("transcripts", "duckdb"):
        lines = (tmp_path / f"{name}.jsonl").read_text(encoding="utf-8").removesuffix("\n").split("\n")
        assert list(map(json.loads, lines)) == expected
    texts = [turn["text"] for row in expected for turn in row["turns"]]
    assert {"I am [name]: [email], [phone]", "Bo, not Bob"} <= set(texts)


class Shown(t.NamedTuple):
    """A page, read."""

    text: str
    root: ET.Element

    def table(self, first: str, place: int = 0) -> list[list[str]]:
        """Return the rows of the table whose first heading this is, the headings left out."""
        found = [[_texts(row) for row in one.iter("tr")] for one in self.root.iter("table")]
        return [rows[1:] for rows in found if rows[0][0] == first][place]


def _texts(row: ET.Element) -> list[str]:
    return ["".join(cell.itertext()) for cell in row]


ZONE = "Europe/Kyiv"


@pytest.fixture(scope="module")
def shown(warehouses: Warehouses) -> Shown:
    text = page(figures(warehouses.duckdb, ZONE))
    return Shown(text, ET.fromstring(text.split("\n", 1)[1]))  # noqa: S314 - it is ours


def test_the_page_needs_nothing_and_a_name_stays_a_text(shown: Shown, warehouses: Warehouses) -> None:
    for foreign in ("http", "//", "url(", "@import", "<script", "javascript"):
        assert foreign not in shown.text.replace(talk.AWKWARD, ""), foreign
    elements = list(shown.root.iter())
    assert not {one.tag for one in elements} & {"script", "link", "iframe", "img", "object", "embed", "use", "image"}
    names = {name for one in elements for name in one.attrib}
    assert not [name for name in names if name.startswith("on") or "href" in name or name in {"src", "style"}]
    waiting = [row["customer_name"] for row in owed(warehouses.account, Team())["chats_waiting"][:10]]
    assert talk.AWKWARD in waiting
    assert [row[4] for row in shown.table("chat")] == [(name or "-").replace("\x01", "\ufffd") for name in waiting]


def test_the_page_shows_what_the_account_owes(shown: Shown, warehouses: Warehouses) -> None:
    rows = owed(warehouses.account, Team(ZONE))
    said = [row for row in rows["turns"] if row["speaker"] in {"customer", "agent", "bot", "broadcast"}]
    last = max(row["local_at"] for row in said)[:10]
    first = f"{date.fromisoformat(last) - timedelta(days=7 * WEEKS - 1)}"
    said = [row for row in said if first <= row["local_at"][:10] <= last]
    chats = [row for row in rows["conversations"] if first <= (row["asked_local_at"] or "")[:10] <= last]
    answers = [row["answer_seconds"] for row in chats if row["answered_at"]]
    closings = [row["resolution_seconds"] for row in chats if row["resolution_seconds"] is not None]
    rated = [row["csat"] for row in chats if row["rating"]]
    waiting = [row for row in rows["conversations"] if row["unanswered"]]
    tiles = [one.text for one in shown.root.iter("dd")]
    assert tiles == [
        f"{len(said)}", f"{len(chats)}", percent(len(answers) / len(chats)), duration(median(answers)),
        duration(median(closings)), percent(sum(rated) / len(rated)), f"{len(rows['chats_waiting'])}",
    ]  # fmt: skip
    is_open = [row for row in waiting if row["status"] not in {"closed", "empty", "no communication"}]
    assert f"{len(is_open) - len(rows['chats_waiting'])} more are older" in shown.text
    assert "as of 3 Nov 2026, 02:00" in shown.text
    for heading, times, edges in (
        ("time from the customer's first message", answers, (0, 60, 300, 900, 3600, 14_400, 86_400, 10**9)),
        ("time to closing", closings, (0, 900, 3600, 14_400, 86_400, 259_200, 604_800, 10**9)),
    ):
        steps = [sum(begin <= time < end for time in times) for begin, end in pairwise(edges)]
        assert [int(row[1]) for row in shown.table(heading)] == [*steps, len(chats) - len(times)]
    words = ("perfect", "great", "average", "poor", "very poor")
    ratings = Counter(row["rating"] for row in chats)
    assert [row[:2] for row in shown.table("rating")] == [[word, f"{ratings[word]}"] for word in words]
    weeks = shown.table("week")
    assert [sum(int(row[side]) for row in weeks) for side in (1, 2)] == [
        sum(row["speaker"] == who for row in said) for who in ("customer", "agent")
    ]
    hours = Counter((row["weekday"], row["hour"]) for row in said if row["speaker"] == "customer")
    assert shown.table("hour") == [
        [f"{hour}:00", *(f"{hours[weekday, hour]}" for weekday in range(1, 8))] for hour in range(24)
    ]
    months = grouped([row | {"month": row["asked_local_at"][:7]} for row in chats], "month")
    assert sorted(shown.table("month")) == sorted(
        [month, f"{len(rows)}", f"{sum(row['answered_at'] is not None for row in rows)}"]
        + [duration(time) for time in quantiles(rows, "answer_seconds").values()]
        + [f"{sum(row['closed_at'] is not None for row in rows)}"]
        + [duration(quantiles(rows, "resolution_seconds")["median_resolution_seconds"])]
        + [f"{len(given)}", percent(sum(given) / len(given) if given else None)]
        for (month,), rows in months
        for given in [[row["csat"] for row in rows if row["rating"]]]
    )
    wrote = Counter(row["agent_name"] for row in said if row["speaker"] == "agent")
    assert {row[0]: int(row[1]) for row in shown.table("agent")} == wrote
    assert [percent(share) for share in (0, 0.125, 0.996, None)] == ["0%", "13%", "100%", "-"]
    assert [row[1:3] for row in shown.table("agent", 1)] == [
        [f"{row['replies']}", duration(row["median_seconds"])] for row in rows["reply_times_per_agent"]
    ]


def test_make_report_draws_what_make_sync_brought(
    warehouses: Warehouses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == "output/warehouse.duckdb is missing: make sync loads your account into it."
    (tmp_path / "output").mkdir()
    copied = tmp_path / "output" / "warehouse.duckdb"
    shutil.copy(warehouses.duckdb, copied)
    with pytest.raises(SystemExit, match="Unknown TimeZone 'Kyjiw'"):
        main(["--zone", "Kyjiw"])
    main(["--zone", ZONE])
    written = (tmp_path / "output" / "warehouse.html").read_text(encoding="utf-8")
    assert written == page(figures(warehouses.duckdb, ZONE))
    assert copied.read_bytes() == warehouses.duckdb.read_bytes()
    # What is left: 26 weeks less a day of the newest messages, then twelve of them, a chat, nothing.
    for left, seen in (("84 days", "Messages per day"), ("1 minute", "per day"), ("0 days", "No messages yet")):
        newest = "(select max(createdat) from helpcrunch.messages)"
        run_in_duckdb(copied, f"delete from helpcrunch.messages where createdat <= {newest} - interval '{left}'")  # noqa: S608
        assert seen in page(figures(copied))
