"""docs/state.md: its commands that change a state, run unchanged on the state that Meltano keeps."""

from __future__ import annotations

import json
import re
import shlex
import typing as t

from tap_helpcrunch.api.times import moment
from tests.destinations.project import ROOT
from tests.happenings import DAY
from tests.running import asked

if t.TYPE_CHECKING:
    from simulator import Account, Server
    from tests.destinations.project import Project, Run

PAGE = (ROOT / "docs" / "state.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    """Return the page's commands, in its order: list, show, start over, since a day, one chat, forget."""
    return [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def execute(project: Project, command: str) -> Run:
    """Run one of them as a shell would: variables first, then meltano and its arguments."""
    words = shlex.split(command)
    before = dict(project.variables)
    while "=" in words[0]:
        name, value = words.pop(0).split("=", 1)
        project.variables[name] = value
    assert words.pop(0) == "meltano"
    run = project.run(*words)
    project.variables.clear()
    project.variables.update(before)
    assert run.code == 0, run.log[-4000:]
    return run


def visited(server: Server) -> set[int]:
    """Return the chats whose messages were asked for since the last look."""
    found = {int(text.split("/")[2]) for text in asked(server, "/messages")}
    server.requests.clear()
    return found


def test_every_recipe_does_what_it_says(project: Project, account: Account, server: Server) -> None:
    list_, show, full, since, once, forget = commands()
    assert full == "meltano run --full-refresh tap-helpcrunch target-postgres", "test_postgres.py runs this one"
    everything = set(account.chats)
    account.advance(DAY)  # so that nothing is as new as what a run looks at again in any case
    project.load("target-postgres")
    assert visited(server) == everything

    assert "prod:tap-helpcrunch-to-target-postgres" in execute(project, list_).out
    state = execute(project, show).out
    (shown,) = map(json.loads, re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
    for stream, modes in shown["singer_state"]["bookmarks"].items():
        kept = json.loads(state)["singer_state"]["bookmarks"][stream]["account"]
        assert modes["account"].keys() == kept.keys(), "the page shows the keys that are there"
        assert modes["account"]["since"]

    chat = min(everything)
    execute(project, re.sub(r"\[\d+\]", f"[{chat}]", once))
    assert visited(server) == {chat}
    assert execute(project, show).out == state, "the scheduled run's state is as it was"

    day = re.findall(r"\d{4}-\d\d-\d\dT[\d:.]+Z", since)[0]
    changed = {number for number, row in account.chats.items() if _moved(row) >= day}
    assert changed
    assert changed < everything, "choose another day: all changed since then, or nothing did"
    execute(project, since)
    project.load("target-postgres")
    assert visited(server) == changed

    execute(project, forget)
    project.load("target-postgres")
    assert visited(server) == everything


def _moved(chat: t.Any) -> str:
    times = (chat.created_at, chat.last_message_at, chat.closed_at, chat.updated_at)
    return max(moment(at) or "" for at in times)
