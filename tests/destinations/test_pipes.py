"""The tap and a target joined by a pipe, without Meltano: target-jsonl, and PipelineWise's target-postgres."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from tests.destinations import accounts
from tests.destinations.accounts import Line
from tests.destinations.piping import pipe
from tests.destinations.project import PATIENCE, ROOT
from tests.running import config

if t.TYPE_CHECKING:
    from simulator import Account, Server
    from tests.destinations.postgresql import Database

_JSONL = ROOT / ".meltano" / "loaders" / "target-jsonl" / "venv" / "bin" / "target-jsonl"
_PIPELINEWISE = ROOT / ".venv-target-pipelinewise" / "bin" / "target-postgres"
_LINES = """
    select id, text, "from" as sender, type, chat, edited, agent ->> 'name' as agent,
        round(extract(epoch from createdat) * 1000)::bigint as created,
        round(extract(epoch from updatedat) * 1000)::bigint as updated
    from helpcrunch.messages
"""


def test_jsonl_holds_every_row_and_appends_what_changed(tmp_path: Path, account: Account, server: Server) -> None:
    settings = {"destination_path": str(tmp_path), "do_timestamp_file": False}
    state = pipe(tmp_path, server, _JSONL, settings)
    assert state["bookmarks"]["messages"]
    read = {table: _read(tmp_path / f"{table}.jsonl") for table in accounts.counts(account)}
    assert {table: len(rows) for table, rows in read.items()} == accounts.counts(account)
    assert {row["id"]: row["text"] for row in read["messages"]} == _texts(account)

    message = accounts.edit(account)
    pipe(tmp_path, server, _JSONL, settings)
    rows = _read(tmp_path / "messages.jsonl")
    # It appends: the row that changed stands there twice, the later one is right.
    assert [row["text"] for row in rows if row["id"] == message][-1] == account.messages[message].text
    assert {row["id"]: row["text"] for row in rows} == _texts(account)


def _read(path: Path) -> list[dict[str, t.Any]]:
    # Not splitlines: texts may hold other characters that end a line for it.
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _texts(account: Account) -> dict[int, str | None]:
    return {number: message.text for number, message in account.messages.items()}


@pytest.mark.skipif(
    sys.version_info >= (3, 14), reason="pipelinewise-target-postgres 2.1.2 does not start on Python 3.14 and newer"
)
def test_pipelinewise_holds_every_row_but_escapes_line_ends(
    tmp_path: Path, account: Account, server: Server, database: Database
) -> None:
    settings = {
        "host": "127.0.0.1",
        "port": database.port,
        "user": "postgres",
        "password": database.password,
        "dbname": database.name,
        "default_target_schema": "helpcrunch",
    }
    pipe(tmp_path, server, _PIPELINEWISE, settings)
    _assert_whole(database, account)
    asked = len(server.requests)
    accounts.edit(account)
    pipe(tmp_path, server, _PIPELINEWISE, settings)
    _assert_whole(database, account)
    assert len(server.requests) - asked < asked / 2


def _assert_whole(database: Database, account: Account) -> None:
    for table, count in accounts.counts(account).items():
        assert (table, database.value(f"select count(*) from helpcrunch.{table}")) == (table, count)  # noqa: S608
    held = {row.pop("id"): Line(**row) for row in database.rows(_LINES)}
    assert accounts.differing(held, accounts.changed(account, _as_pipelinewise)) == []


def _as_pipelinewise(text: str) -> str | None:
    r"""Control characters, line ends too, arrive as JSON spells them (\n, \u0000), and an empty text as null."""
    spelt = json.dumps(text, ensure_ascii=False)[1:-1]
    return re.sub(r'\\(["\\])', r"\1", spelt) or None


def test_the_readmes_pipe_keeps_its_state_when_a_run_fails(tmp_path: Path, account: Account, server: Server) -> None:
    (block,) = re.findall(r"```sh\npip install .*\n((?:.*\n)+?)```", (ROOT / "README.md").read_text(encoding="utf-8"))
    (tmp_path / "config.json").write_text(json.dumps(config(server)))
    programs = {"tap-helpcrunch": Path(sys.executable).with_name("tap-helpcrunch"), "target-jsonl": _JSONL}

    def run(target: Path) -> str:
        folder = tmp_path / "programs"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, program in (programs | {"target-jsonl": target}).items():
            (folder / name).symlink_to(program)
        bare = {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(tmp_path)}
        subprocess.run(["/bin/sh", "-c", block], cwd=tmp_path, env=bare, timeout=PATIENCE, check=False)
        return (tmp_path / "state.json").read_text()

    first = run(_JSONL)
    assert json.loads(first)["bookmarks"]["messages"]
    asked = len(server.requests)
    accounts.edit(account)
    assert run(Path("/bin/false")) == first
    broken = len(server.requests)
    run(_JSONL)
    assert len(server.requests) - broken < asked / 2
    rows = [row for file in sorted(tmp_path.glob("messages-*.jsonl")) for row in _read(file)]
    assert {row["id"]: row["text"] for row in rows} == _texts(account)
