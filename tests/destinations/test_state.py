"""docs/state.md: its commands that change a state, run unchanged on the state that Meltano keeps."""

from __future__ import annotations

import json
import re
import shlex
import typing as t

from tests import expected
from tests.destinations.project import ROOT
from tests.happenings import DAY
from tests.running import asked

if t.TYPE_CHECKING:
    from simulator import Account, Server
    from tests.destinations.project import Project, Run

PAGE = (ROOT / "docs" / "state.md").read_text(encoding="utf-8")


def execute(project: Project, command: str) -> Run:
    """Run a command of the page as a shell would: variables first, then meltano and its arguments."""
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


def shape(bookmark: dict[str, t.Any]) -> tuple[t.Any, ...]:
    return bookmark.keys(), bookmark["walk"].keys()


def test_every_recipe_does_what_it_says(project: Project, account: Account, server: Server) -> None:
    commands = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
    list_, show, full, since, once, forget = commands
    everything = set(account.chats)
    account.advance(DAY)  # so that nothing is as new as what a run looks at again in any case
    assert full == "meltano run --full-refresh tap-helpcrunch target-postgres"
    execute(project, full)
    assert visited(server) == everything

    assert "prod:tap-helpcrunch-to-target-postgres" in execute(project, list_).out
    state = execute(project, show).out
    (shown,) = map(json.loads, re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
    for stream, modes in shown["singer_state"]["bookmarks"].items():
        assert shape(modes["account"]) == shape(json.loads(state)["singer_state"]["bookmarks"][stream]["account"])
    keys = set(re.findall(r"`([\w.]+)`", "".join(re.findall(r"(?m)^\|(.*?)\|", PAGE))))
    bookmark = modes["account"]
    assert keys - {"walk"} == (bookmark.keys() - {"walk"}) | {f"walk.{name}" for name in bookmark["walk"]}

    chat = min(everything)
    execute(project, re.sub(r"\[\d+\]", f"[{chat}]", once))
    assert visited(server) == {chat}
    assert execute(project, show).out == state, "the scheduled run's state is as it was"

    day = re.findall(r"\d{4}-\d\d-\d\dT[\d:.]+Z", since)[0]
    changed = {number for number, row in account.chats.items() if _moved(row) >= day}
    assert set() < changed < everything, "choose another day: all changed since then, or nothing did"
    execute(project, since)
    project.load("target-postgres")
    assert visited(server) == changed

    execute(project, forget)
    project.load("target-postgres")
    assert visited(server) == everything


def _moved(chat: t.Any) -> str:
    times = (chat.created_at, chat.last_message_at, chat.closed_at, chat.updated_at)
    return max(expected.time(at) for at in times if at is not None)
