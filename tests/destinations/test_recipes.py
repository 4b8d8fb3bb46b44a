"""The recipes of meltano.yml: extractors that inherit from the tap, and change what leaves it."""

import hashlib
import json
import re
import typing as t

import pytest
import yaml

from demo.asking import query
from simulator import Account, Dialect, Server
from tests.destinations import accounts, odd
from tests.destinations.owed import ASKED, Team, owed, plain
from tests.destinations.postgresql import Database
from tests.destinations.project import ROOT, Project
from tests.running import sync

SNAKE_CASE = "tap-helpcrunch-snake-case"
NO_PERSONAL_DATA = "tap-helpcrunch-no-personal-data"
# The oldest and the newest generation of the API, and one that has fields nobody knows yet.
DIALECTS = {"A0": Dialect.A0(), "B1": Dialect.B1(), "new": Dialect(new_fields=True, chat_notes=True)}
PRIVATE = "PRIVATE "
_HARMLESS = {"locale", "created_from", "role"}
_LINES = """
    select id, text, sender, type, chat, edited, agent ->> 'name' as agent,
        round(extract(epoch from created_at) * 1000)::bigint as created,
        round(extract(epoch from updated_at) * 1000)::bigint as updated
    from snake.messages
"""


def recipe(name: str) -> dict[str, t.Any]:
    """Return what meltano.yml configures for a recipe."""
    plugins = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))["plugins"]
    (found,) = [plugin for plugin in plugins["extractors"] if plugin["name"] == name]
    assert found["inherit_from"] == "tap-helpcrunch"
    configured: dict[str, t.Any] = found["config"]
    return configured


def marked(account: Account) -> list[str]:
    """Mark all that a person wrote or is known by, and return it as it was."""
    found: list[str] = []

    def mark(value: t.Any) -> t.Any:
        if isinstance(value, str):
            found.append(value)
            return PRIVATE + value
        if isinstance(value, dict):
            return {mark(key) if key == "plan" else key: mark(inner) for key, inner in value.items()}
        return [mark(inner) for inner in value] if isinstance(value, list) else value

    for person in (*account.customers.values(), *account.agents.values()):
        for name, value in vars(person).items():
            if name not in _HARMLESS:
                setattr(person, name, mark(value))
    for message in account.messages.values():
        message.text = mark(message.text)
    for chat in account.chats.values():
        chat.notes = mark(f"note in {chat.id}")
        account.summarise(chat)
    account.touch()
    return found


def test_snake_case_in_postgres_needs_no_quotes(project: Project, database: Database, account: Account) -> None:
    project.variables["TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA"] = "snake"
    project.load("target-postgres", tap=SNAKE_CASE)
    columns = database.rows("select column_name as n from information_schema.columns where table_schema = 'snake'")
    assert all(re.fullmatch("[a-z_]+", row["n"]) for row in columns)
    held = {row.pop("id"): tuple(row.values()) for row in database.rows(_LINES)}
    assert accounts.differing(held, accounts.lines(account)) == []

    # The queries, changed as docs/queries.md says.
    def changed(sql: str) -> str:
        sql = sql.replace('"from"', "sender").replace("helpcrunch.", "snake.")
        return re.sub('"([a-z]+)([A-Z])([a-z]+)"', lambda name: f"{name[1]}_{name[2].lower()}{name[3]}", sql)

    database.run(changed(query("views")))
    for name in ("turns", "replies", "conversations", "transcripts", "messages_per_agent_and_day"):
        assert [plain(row) for row in database.rows(changed(ASKED[name]))] == owed(account, Team())[name]


def test_no_personal_data_leaves_meltano(project: Project, account: Account) -> None:
    words = [word for word in marked(account) if len(word) > 5]
    assert len(words) > 500
    project.variables["TAP_HELPCRUNCH_HASH_SALT"] = "pepper"
    run = project.run("invoke", NO_PERSONAL_DATA)
    assert run.code == 0, run.log
    assert PRIVATE.strip() not in run.out + run.log
    assert [word for word in words if word in run.out or json.dumps(word)[1:-1] in run.out] == []
    # And what is no person's arrives.
    records = [json.loads(line) for line in run.out.split("\n") if '"RECORD"' in line]
    rows = {(one["stream"], one["record"]["id"]): one["record"] for one in records}
    assert len(rows) == sum(accounts.counts(account).values())
    for number, said in account.messages.items():
        assert (rows["messages", number]["chat"], rows["messages", number]["agentId"]) == (said.chat, said.agent)
    for number, customer in account.customers.items():
        whose = customer.email and hashlib.sha256(f"pepper{customer.email.lower()}".encode()).hexdigest()
        assert rows["customers", number]["emailHash"] == whose


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_no_personal_data_leaves_the_tap_whatever_the_api_sends(dialect: Dialect) -> None:
    account = Account.generate(chats=30, messages=150)
    marked(account)
    with Server(account, dialect) as server:
        output = sync(server, **{**recipe(NO_PERSONAL_DATA), "stream_map_config": {}})
    assert len(output.records("messages")) == len(account.messages)
    assert [line for line in output.lines if PRIVATE.strip() in line] == []
    assert {row["emailHash"] for row in output.records("customers")} == {None}


@pytest.mark.parametrize("name", [SNAKE_CASE, NO_PERSONAL_DATA])
def test_an_odd_account_passes_through_the_recipes(name: str) -> None:
    account = odd.account()
    with Server(account) as server, odd.answers():
        output = sync(server, **{**recipe(name), "stream_map_config": {}})
    assert {stream: len(output.records(stream)) for stream in odd.SCHEMAS} == accounts.counts(account)
    private = {stream for stream in odd.SCHEMAS if odd.MORE not in output.schemas(stream)[0]["properties"]}
    assert private == (odd.SCHEMAS.keys() if name == NO_PERSONAL_DATA else set())
