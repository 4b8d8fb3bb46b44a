"""docs/destinations.md, docs/recipes.md and docs/state.md agree with the project, and their commands work."""

import json
import os
import re
import shlex
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from simulator import Account, Server
from tests import expected
from tests.destinations.project import ROOT, Project, Run
from tests.happenings import DAY
from tests.running import asked, config, sync

PLUGINS: dict[str, dict[str, t.Any]] = {
    plugin["name"]: plugin
    for kind in yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))["plugins"].values()
    for plugin in kind
}


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page(name), flags=re.DOTALL)


@pytest.mark.parametrize("name", ["destinations.md", "recipes.md"])
def test_every_run_is_of_plugins_of_this_project(name: str) -> None:
    runs = [line.split()[2:] for text in blocks(name, "sh") for line in text.splitlines() if line.startswith("meltano")]
    assert runs
    assert {word for run in runs for word in run if not word.startswith("-")} <= set(PLUGINS)


def test_versions_are_those_that_are_installed() -> None:
    pins = [PLUGINS[name]["pip_url"] for name in ("target-postgres", "target-duckdb", "target-jsonl")]
    pins += re.findall(r"(?m)^\S*target-\S+==\S+", (ROOT / ".ci/requirements/target-snowflake.txt").read_text())
    versions = [version for pin in pins for version in re.findall(r"==(\S+)", pin)]
    assert len(versions) == 4
    assert [version for version in versions if f" {version}" not in page("destinations.md")] == []


def test_the_readme_adds_the_tap_to_a_meltano_project(tmp_path: Path) -> None:
    """The loader's entry is copied from meltano.yml, as in the other tests."""
    (add,) = re.findall(r"(?m)^meltano add .* tap-helpcrunch .*", (ROOT / "README.md").read_text(encoding="utf-8"))
    (tmp_path / "tap-helpcrunch").symlink_to(ROOT)
    account = Account.generate(chats=10, messages=20)
    with Server(account) as server:
        project = Project(tmp_path, server)
        (project.root / ".meltano" / "extractors").unlink()
        project.file.write_text(
            "project_id: test\nsend_anonymous_usage_stats: false\ncli: {disable_version_check: true}\n",
            encoding="utf-8",
        )
        for line in (add, "meltano invoke tap-helpcrunch --test"):
            run = project.run(*shlex.split(line)[1:])
            assert run.code == 0, run.out + run.log
    assert "There are 10 chats" in run.out + run.log


def test_the_first_batch_configuration_and_its_lines_work(tmp_path: Path) -> None:
    """The second is tried in test_batch_resumed.py."""
    settings = json.loads(blocks("destinations.md", "json")[0])
    settings["batch_config"]["storage"]["root"] = (tmp_path / "lake").as_uri()
    (lines,) = [text for text in blocks("destinations.md", "sh") if "batches.jsonl" in text]
    account = Account()
    account.add_message(account.add_chat(), "hello")
    account.advance(3600)
    with Server(account) as server:
        (tmp_path / "tap.json").write_text(json.dumps(settings | config(server)))
        bash = ["bash", "-euo", "pipefail", "-c", lines]
        environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        done = subprocess.run(bash, cwd=tmp_path, env=environment, timeout=60, check=False, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        output = sync(server, state=json.loads((tmp_path / "state.json").read_text()))
    streams = {path.name.split("-")[3] for path in (tmp_path / "lake").iterdir()}
    assert streams == {"chats", "customers", "messages", "organization"}
    assert output.ids("messages") == []


def test_the_filter_of_your_own_recipe_leaves_open_chats_out() -> None:
    (recipe,) = yaml.safe_load(blocks("recipes.md", "yaml")[-1])
    account = Account.generate(chats=40, messages=200)
    closed = {number for number, chat in account.chats.items() if chat.status == "closed"}
    with Server(account) as server:
        output = sync(server, **recipe["config"])
    assert set(output.ids("chats")) == closed
    assert {row["chat"] for row in output.records("messages")} <= closed


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
