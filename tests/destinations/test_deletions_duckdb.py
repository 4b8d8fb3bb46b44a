"""What was deleted in HelpCrunch, in a DuckDB file: the launcher does what target-duckdb leaves out."""

from __future__ import annotations

import json
import subprocess
import typing as t

from report.asking import ask
from simulator import Server
from tests.destinations import deleting
from tests.destinations.conftest import run_in_duckdb
from tests.destinations.deleting import DAY, TABLES, Ids
from tests.destinations.piping import pipe
from tests.destinations.test_duckdb import _LOADER, rows
from tests.running import sync

if t.TYPE_CHECKING:
    from pathlib import Path

VERSIONS: dict[str, t.Any] = {"emit_activate_version_messages": True, "refresh_messages_days": 7}


def settings(file: Path, **more: t.Any) -> dict[str, t.Any]:
    return {"filepath": str(file), "default_target_schema": "helpcrunch", **more}


def ids(file: Path, condition: str) -> Ids:
    return {
        table: {number for (number,) in rows(file, f"select id from helpcrunch.{table} where {condition}")}  # noqa: S608
        for table in TABLES
    }


def test_exactly_what_is_gone_is_marked(tmp_path: Path) -> None:
    account, file = deleting.account(chats=130), tmp_path / "warehouse.duckdb"
    # So that rows still wait for their batch when a version is activated, and others do not.
    given = settings(file, batch_size_rows=50)
    with Server(account) as server:
        pipe(tmp_path, server, _LOADER, given, **VERSIONS)
        assert ids(file, "_sdc_deleted_at is null") == deleting.ids(account)
        gone = deleting.delete_some(account)
        account.advance(8 * DAY)
        pipe(tmp_path, server, _LOADER, given, **VERSIONS)
    assert ids(file, "_sdc_deleted_at is null") == deleting.ids(account)
    assert ids(file, "_sdc_deleted_at is not null") == gone
    run_in_duckdb(file, "update helpcrunch.messages set _sdc_deleted_at = null")
    turns = ask(file, {"chats": "select distinct chat from helpcrunch.turns"})["chats"]
    assert {row["chat"] for row in turns} == set(account.chats), "messages of chats that are gone are left out"


def test_a_loader_that_dies_right_then_has_deleted_exactly_that(tmp_path: Path) -> None:
    """Also where all rows of the walk still wait for their batch."""
    account, file = deleting.account(chats=130), tmp_path / "warehouse.duckdb"
    with Server(account) as server:
        first = sync(server, **VERSIONS)
        deleting.delete_some(account)
        account.advance(8 * DAY)
        second = sync(server, state=first.state, **VERSIONS)
    (told,) = [place for place, line in enumerate(second.lines) if _is_activation(line, "chats")]
    target = tmp_path / "target.json"
    target.write_text(json.dumps(settings(file, hard_delete=True)))
    assert _loaded(target, first.lines) == 0
    assert _loaded(target, [*second.lines[: told + 1], "not JSON"]) != 0
    assert ids(file, "true")["chats"] == deleting.ids(account)["chats"]


def _loaded(target: Path, lines: list[str]) -> int:
    done = subprocess.run(
        [_LOADER, "--config", target],
        input="\n".join(lines), capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    return done.returncode


def _is_activation(line: str, stream: str) -> bool:
    message = json.loads(line)
    return (message["type"], message.get("stream")) == ("ACTIVATE_VERSION", stream)
