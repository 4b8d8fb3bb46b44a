"""docs/scheduling.md: many accounts in one Meltano project, run as a scheduler runs them."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from simulator import Account, Logged, Server
from tests.destinations import accounts, test_duckdb
from tests.destinations.postgresql import Database
from tests.destinations.project import MELTANO, PATIENCE, ROOT, Project, Run
from tests.destinations.test_pipes import lines
from tests.running import asked

_PAGE = (ROOT / "docs" / "scheduling.md").read_text(encoding="utf-8")
_NAMES = ("acme", "globex")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", _PAGE, flags=re.DOTALL)


def lines_of_cron() -> list[str]:
    """Return the commands of cron's lines, without their five fields of time."""
    (block,) = blocks("cron")
    return [line.split(maxsplit=5)[5] for line in block.splitlines()]


class Accounts:
    """A project with the accounts of the page, each one simulated, as somebody who follows the page has it."""

    def __init__(self, folder: Path, servers: dict[str, Server], database: Database) -> None:
        """Write meltano.yml and .env."""
        own = Project(folder, next(iter(servers.values())))
        self.root, self.servers, self.database = own.root, servers, database
        (self.root / ".venv-meltano").symlink_to(MELTANO.parents[1])
        project = yaml.safe_load(own.file.read_text(encoding="utf-8"))
        for kind, added in yaml.safe_load(blocks("yaml")[0]).items():
            project["plugins"][kind] += added
        own.file.write_text(yaml.safe_dump(project), encoding="utf-8")
        names = re.findall(r"(?m)^(TAP_\w+)=\.\.\.$", blocks("sh")[0])
        variables = {
            **dict(zip(names, (server.key for server in servers.values()), strict=True)),
            **{f"TAP_HELPCRUNCH_{name.upper()}_API_URL": server.url for name, server in servers.items()},
            **database.variables,
            "TAP_HELPCRUNCH_REQUESTS_PER_MINUTE": "100000",
        }
        (self.root / ".env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
        # As after `meltano install`, which has made the database of states before anything runs.
        self.shell(".venv-meltano/bin/meltano state list")

    def shell(self, line: str) -> str:
        """Run a line as cron does: by sh, from another folder, with next to nothing in the environment."""
        here = str(self.root)
        told = line.replace("/srv/helpcrunch", here) if "/srv/" in line else f"cd {here} && {line}"
        bare = ["env", "-i", "PATH=/usr/bin:/bin", f"HOME={here}", "sh", "-c", told]
        done = subprocess.run(bare, capture_output=True, timeout=PATIENCE, check=False, cwd="/")
        logs = "".join(log.read_text() for log in (self.root / "output").glob("*.log"))
        assert done.returncode == 0, (done.stdout + done.stderr).decode() + logs
        return done.stdout.decode()

    def together(self) -> list[int]:
        """Run both lines of cron at the same time, hold each schema against its account, and count requests."""
        before = [len(server.requests) for server in self.servers.values()]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self.shell, lines_of_cron()))
        for name, server in self.servers.items():
            rows = self.database.rows(f"select id, text from {name}.messages order by id")  # noqa: S608
            assert [(row["id"], row["text"]) for row in rows] == sorted(accounts.texts(server.account).items())
        return [len(server.requests) - n for server, n in zip(self.servers.values(), before, strict=True)]


@pytest.fixture
def served(tmp_path: Path, database: Database) -> Iterator[Accounts]:
    """Return the project, with two accounts that have nothing in common."""
    acme, globex = (Account.generate(seed=seed, chats=seed, messages=4 * seed) for seed in (60, 20))
    with Server(acme, key="key-of-acme") as first, Server(globex, key="key-of-globex") as second:
        yield Accounts(tmp_path, dict(zip(_NAMES, (first, second), strict=True)), database)


def test_two_accounts_at_once_keep_rows_and_states_apart(served: Accounts) -> None:
    first = served.together()
    (clear,) = [line for text in blocks("sh") for line in text.splitlines() if "state clear" in line]
    served.shell(f".venv-meltano/bin/{clear}")
    globex = served.servers["globex"].account
    globex.advance(3600)
    globex.add_message(max(globex.chats), "one more")
    globex.advance(60)
    second = served.together()
    # The one without its state begins anew, the other goes on.
    assert second[0] >= first[0]
    assert second[1] < first[1] / 2
    states = set(served.shell(".venv-meltano/bin/meltano state list").split())
    assert states == {f"prod:tap-helpcrunch-{name}-to-target-postgres-{name}" for name in _NAMES}


def test_a_stopped_run_keeps_all_and_disturbs_no_other(served: Accounts) -> None:
    """As Airflow, Kubernetes and a terminal stop it: SIGTERM to the whole group, and Ctrl-C 0 ms later."""
    (script,) = [block for block in blocks("sh") if block.startswith("#!/bin/sh")]
    stoppable = served.root / "stoppable"
    stoppable.write_text(script.replace("/srv/helpcrunch", str(served.root)))
    stoppable.chmod(0o755)
    commands = {name: f"{stoppable} tap-helpcrunch-{name} target-postgres-{name}" for name in _NAMES}
    known = commands["acme"].replace(str(served.root), "/srv/helpcrunch")
    assert [known in text for text in blocks("python")] == [True, True]
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(served.root)}
    acme = served.servers["acme"]
    with (served.root / "log").open("wb") as log:
        runs = {
            name: subprocess.Popen(command.split(), stdout=log, stderr=log, env=bare, cwd="/", start_new_session=True)
            for name, command in commands.items()
        }

        sent: list[signal.Signals] = []

        def stop(_: Logged) -> None:
            time.sleep(0.1)  # of eight at a time: the tap is still busy when the signals arrive
            if len(acme.requests) > 45 and not sent:
                sent.extend((signal.SIGTERM, signal.SIGINT))
                for number in sent:
                    os.killpg(runs["acme"].pid, number)

        acme.before = stop
        codes = {name: run.wait(PATIENCE) for name, run in runs.items()}
    assert codes == {"acme": 1, "globex": 0}, (served.root / "log").read_text()
    held = {row["chat"] for row in served.database.rows("select distinct chat from acme.messages")}
    assert 20 <= len(held) < len(acme.account.chats)
    acme.requests.clear()
    served.together()
    repeated = held & {int(text.split("/")[2]) for text in asked(acme, "/messages")}
    assert len(repeated) < 20, "those since the last STATE"


def test_each_account_asks_only_for_keys_of_its_own(served: Accounts) -> None:
    variables = served.root / ".env"
    variables.write_text(re.sub(r"(?m)^TAP_HELPCRUNCH_ACME_API_KEY=.*\n", "", variables.read_text()))
    with pytest.raises(AssertionError, match="api_key"):
        served.shell(lines_of_cron()[0])
    assert not any(server.requests for server in served.servers.values())


def test_while_one_runs_or_was_killed_others_are_refused(project: Project, account: Account, server: Server) -> None:
    refused: list[Run] = []
    with project.started("run", "tap-helpcrunch", "target-jsonl") as process:

        def kill_all(_: Logged) -> None:
            # Before the loader writes: killed in the middle of a line, it would go on behind the half of it.
            if len(server.requests) > 20:
                server.before = None
                refused.append(project.run("run", "tap-helpcrunch", "target-jsonl"))
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

        server.before = kill_all
        process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL
    refused.append(project.run("run", "tap-helpcrunch", "target-jsonl"))
    words = "Another 'prod:tap-helpcrunch-to-target-jsonl' pipeline is already running"
    assert [(run.code, words in run.log) for run in refused] == [(1, True), (1, True)]
    project.load("target-jsonl", "--force")
    held = {row["id"]: row["text"] for row in lines(project.root / "output" / "messages.jsonl")}
    assert held == accounts.texts(account)


def test_a_state_outside_the_project_outlives_it(project: Project, server: Server, tmp_path: Path) -> None:
    assert "MELTANO_STATE_BACKEND_URI" in _PAGE
    project.variables["MELTANO_STATE_BACKEND_URI"] = (tmp_path / "state").as_uri()
    project.load("target-jsonl")
    first = len(server.requests)
    (project.root / ".meltano" / "meltano.db").unlink()
    shutil.rmtree(project.root / ".meltano" / "run")
    project.load("target-jsonl")
    assert len(server.requests) - first < first / 2


def test_the_schedule_of_meltano_yml_runs_its_job(project: Project, server: Server) -> None:
    (command,) = re.findall(r"`meltano (schedule run \S+)`", _PAGE)
    empty = dict.fromkeys(("CHAT_IDS", "START_DATE", "MAX_IN_FLIGHT", "MAX_RUN_MINUTES"), "")
    settings = empty | {"LOOKBACK_HOURS": "1.5", "EMIT_ACTIVATE_VERSION_MESSAGES": ""}
    project.variables |= {f"TAP_HELPCRUNCH_{name}": value for name, value in settings.items()}
    run = project.run(*command.split())
    assert run.code == 0, run.log[-4000:]
    test_duckdb.assert_whole(project.root / "output" / "warehouse.duckdb", server.account)


def test_the_log_is_json(project: Project, server: Server, tmp_path: Path) -> None:
    (logging,) = blocks("json")
    (tmp_path / "logging.json").write_text(logging, encoding="utf-8")
    project.variables["SINGER_SDK_LOG_CONFIG"] = str(tmp_path / "logging.json")
    (options,) = re.findall(r"`meltano (--log-format=json) run", _PAGE)
    run = project.run(options, "run", "tap-helpcrunch", "target-jsonl")
    assert run.code == 0
    told = [json.loads(line) for line in run.log.splitlines()]
    assert f"this run: {len(server.account.messages)} messages, " in str(told)
