"""The command line, as a process: what it prints, how it ends, and where its settings come from."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulator import Account, Server
from tap_helpcrunch import settings
from tap_helpcrunch.settings import Settings
from tap_helpcrunch.tap import TapHelpCrunch
from tests.conftest import NOW, ROOT
from tests.expected import STREAMS
from tests.happenings import DAY
from tests.running import Output, asked, catalog, config, run


def version() -> str:
    """Return the one version number."""
    found = re.findall(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert len(found) == 1
    return str(found[0])


def errors(output: Output) -> list[str]:
    """Return the error; all other lines must be INFO or WARNING."""
    told = output.log.splitlines()
    assert all(re.search(r"\| (INFO|WARNING|ERROR) +\|", line) for line in told), output.log
    return [line.split("| ", 3)[-1] for line in told if "| ERROR" in line]


@pytest.mark.parametrize(
    "command", [[str(Path(sys.executable).parent / "tap-helpcrunch")], [sys.executable, "-m", "tap_helpcrunch"]]
)
def test_the_version_is_that_of_pyproject(command: list[str], tmp_path: Path) -> None:
    done = subprocess.run([*command, "--version"], capture_output=True, check=True, timeout=60, cwd=tmp_path)
    assert f" v{version()}," in done.stdout.decode()


def test_discovery_needs_neither_key_nor_network(server: Server, tmp_path: Path) -> None:
    bare = run(tmp_path, None, "--discover")
    assert bare.code == 0
    assert sorted(entry["tap_stream_id"] for entry in json.loads("".join(bare.lines))["streams"]) == [*STREAMS]
    configured = run(tmp_path, server, "--discover", api_key="wrong")
    assert configured.lines == bare.lines
    assert server.requests == []


def test_about_needs_neither_key_nor_network(tmp_path: Path) -> None:
    output = run(tmp_path, None, "--about", "--format", "json")
    assert output.code == 0
    about = json.loads("".join(output.lines))
    assert about["version"] == version()
    assert about["settings"]["required"] == ["api_key"]
    assert {"catalog", "state", "discover", "about", "stream-maps", "schema-flattening", "batch"} <= set(
        about["capabilities"]
    )
    for name in settings.SCHEMA["properties"]:
        assert about["settings"]["properties"][name] == settings.SCHEMA["properties"][name]
    assert about["settings"]["properties"]["api_key"]["secret"] is True
    told = "\n".join(run(tmp_path, None, "--about").lines)
    assert all(kind["description"] in told for kind in settings.SCHEMA["properties"].values())


def test_a_wrong_key_ends_the_run_with_where_the_key_comes_from(server: Server, tmp_path: Path) -> None:
    output = run(tmp_path, server, api_key="TOPSECRET")
    assert output.code == 1
    (line,) = errors(output)
    assert line.startswith("HelpCrunch refuses the api_key (401 invalid_request, unauthorized)")
    assert "Settings, Developers, Public API" in line
    assert len(server.requests) == 1
    assert "TOPSECRET" not in output.log
    assert [line.split("|")[1].strip() for line in output.log.splitlines()] == ["INFO"] * 3 + ["ERROR"]


def test_an_address_that_is_not_the_apis_ends_the_run_at_once(server: Server, tmp_path: Path) -> None:
    for arguments, told in (([], 3), (["--test"], 2)):
        output = run(tmp_path, server, *arguments, api_url=server.url.removesuffix("/v1"))
        (line,) = errors(output)
        assert line.startswith("GET /")
        assert len(output.log.splitlines()) == told + 1


# Fixable mistakes in files: the option, the content of the file, and what the one line says.
NO_STATE = "the STATE is not one that tap-helpcrunch wrote"
NEWER = "the STATE was written by a newer version of tap-helpcrunch: install that one"
MENDABLE: dict[str, tuple[str, bytes, str]] = {
    "config-cut": ("--config", b'{"api_key": ', "file.json is not a JSON object"),
    "config-list": ("--config", b"[1]", "file.json is not a JSON object"),
    "config-nan": ("--config", b'{"lookback_hours": NaN}', "file.json is not a JSON object"),
    "config-map": ("--config", b'{"stream_maps": {"chats": {"x": "nothing("}}}', "nothing("),
    "state-cut": ("--state", b'{"bookmarks": ', "--state file.json is not a JSON object"),
    "state-empty": ("--state", b"", "--state file.json is not a JSON object"),
    "state-bytes": ("--state", b"\xff\xfe{}", "--state file.json is not a JSON object"),
    "state-deep": ("--state", b"[" * 99_999, "--state file.json is not a JSON object"),
    "state-bookmarks-5": ("--state", b'{"bookmarks": 5}', NO_STATE),
    "state-stream-5": ("--state", b'{"bookmarks": {"chats": 5}}', NO_STATE),
    "state-newer": ("--state", b'{"bookmarks": {"chats": {"account": {"version": 4}}}}', NEWER),
    "state-newer-ids": ("--state", b'{"bookmarks": {"chats": {"chat_ids": {"version": 4}}}}', NEWER),
    "state-moment": ("--state", b'{"bookmarks": {"chats": {"account": {"since": "yesterday"}}}}', NO_STATE),
    "catalog-cut": ("--catalog", b'{"streams": ', "--catalog file.json is not a JSON object"),
    "catalog-list": ("--catalog", b"[]", "--catalog file.json is not a JSON object"),
    "catalog-streams-5": ("--catalog", b'{"streams": 5}', "--catalog"),
    "catalog-nameless": ("--catalog", b'{"streams": [{}]}', "--catalog"),
    "catalog-metadata-5": ("--catalog", b'{"streams": [{"tap_stream_id": "chats", "metadata": 5}]}', "--catalog"),
}


@pytest.fixture(scope="module")
def mendable(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Output]:
    """Run the tap with each of these files, several at once, because starting a process takes most of the time."""

    def one(name: str) -> Output:
        option, content, _ = MENDABLE[name]
        folder = tmp_path_factory.mktemp(name)
        (folder / "file.json").write_bytes(content)
        return run(folder, server, option, "file.json")

    with Server(Account(now=NOW)) as server, ThreadPoolExecutor(os.cpu_count()) as pool:
        outputs = dict(zip(MENDABLE, pool.map(one, MENDABLE), strict=True))
        assert server.requests == []
        return outputs


@pytest.mark.parametrize("name", MENDABLE)
def test_a_file_that_cannot_be_used_is_one_line(mendable: dict[str, Output], name: str) -> None:
    output = mendable[name]
    assert (output.code, output.lines) == (1, []), output.log
    (line,) = errors(output)
    assert MENDABLE[name][2] in line


def test_a_whole_run_as_meltano_starts_it(tmp_path: Path) -> None:
    """Only Singer messages on stdout, exit code 0, and a summary in the log without data of the account."""
    account = Account(now=NOW)
    customer = account.add_customer(name="PRIVATE", email="private@example.test")
    chat = account.add_chat(customer=customer)
    account.add_message(chat, "PRIVATE words")
    account.advance(DAY)
    selection = catalog("chats", "messages", "customers")
    (tmp_path / "catalog.json").write_text(json.dumps(selection))
    with Server(account) as server:
        output = run(tmp_path, server, "--catalog", "catalog.json", state={})
        assert len(asked(server, "/messages")) == 1
    assert output.code == 0, output.log
    assert {m["type"] for m in output.messages} == {"SCHEMA", "RECORD", "STATE"}
    assert output.messages[-1]["type"] == "STATE"
    assert (output.ids("chats"), len(output.ids("messages"))) == ([chat], 1)
    assert output.ids("customers") == [customer]
    assert "this run: 1 message, 1 chat, 1 customer; owed: nothing" in output.log
    assert not any(word in output.log for word in ("PRIVATE", "private@", server.key))


def from_environment(monkeypatch: pytest.MonkeyPatch, folder: Path, **variables: str) -> TapHelpCrunch:
    """Make the tap in a folder of its own, with these variables and no others."""
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith("TAP_HELPCRUNCH_")]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(f"TAP_HELPCRUNCH_{name.upper()}", value)
    return TapHelpCrunch(config={}, parse_env_config=True, validate_config=False)


def test_every_kind_of_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tap = from_environment(
        monkeypatch,
        tmp_path,
        api_key="12345",
        chat_ids=" 12 , 7 ",
        start_date="",
        lookback_hours="1.5",
        max_in_flight="3",
        user_agent="7",
        flattening_enabled="True",
        flattening_max_depth="2",
        stream_maps='{"chats": null}',
    )
    read = Settings.read(tap.config)
    assert (read.api_key, read.lookback_hours, read.max_in_flight, read.user_agent) == ("12345", 1.5, 3, "7")
    assert (read.chat_ids, read.start_date) == ((7, 12), None)
    assert tap.config["flattening_enabled"] is True
    assert tap.config["flattening_max_depth"] == 2
    assert tap.config["stream_maps"] == {"chats": None}


def test_the_environment_goes_before_dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TAP_HELPCRUNCH_API_KEY=from-dotenv\nexport TAP_HELPCRUNCH_MAX_IN_FLIGHT='4'\n")
    tap = from_environment(monkeypatch, tmp_path, api_key="from-environment")
    assert (tap.config["api_key"], tap.config["max_in_flight"]) == ("from-environment", 4)
    assert "TAP_HELPCRUNCH_MAX_IN_FLIGHT" not in os.environ, "it belongs to the tap, not to what the tap starts"


def test_a_process_is_set_up_by_dotenv_and_environment_and_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A later file goes before an earlier one, the environment before both."""
    account = Account(now=NOW)
    chats = [account.add_chat() for _ in range(3)]
    with Server(account, key="right") as server:
        (tmp_path / ".env").write_text("TAP_HELPCRUNCH_API_KEY=right\n")
        monkeypatch.setenv("TAP_HELPCRUNCH_CHAT_IDS", f"{chats[0]},{chats[2]}")
        first = {"api_key": "wrong", "api_url": "https://elsewhere.invalid/v1", "user_agent": "first/1"}
        (tmp_path / "first.json").write_text(json.dumps(first))
        (tmp_path / "second.json").write_text(json.dumps({"api_url": server.url, "requests_per_minute": 1e6}))
        output = run(tmp_path, None, "--config=first.json", "--config=second.json", "--config=ENV")
        assert {request.user_agent for request in server.requests} == {"first/1"}
    assert output.code == 0, output.log
    assert output.ids("chats") == [chats[2], chats[0]]
    assert "right" not in output.log


UNUSABLE = "cannot be used: logging goes on without it"
DISK = "cannot write to stdout: No space left on device"
# Variables, how the shell starts the tap, its exit code, and the lines that are no INFO.
CASES: dict[str, tuple[dict[str, str], str, int, list[str]]] = {
    "no level": ({"LOGLEVEL": "LOUD"}, "", 0, [f"LOGLEVEL {UNUSABLE}"]),
    "an own level": ({"LOGLEVEL": "", "TAP_HELPCRUNCH_LOGLEVEL": "info"}, "", 0, [f"LOGLEVEL {UNUSABLE}"]),
    "empty": ({"SINGER_SDK_LOG_CONFIG": ""}, "", 0, [f"SINGER_SDK_LOG_CONFIG {UNUSABLE}"]),
    "an empty file": ({"SINGER_SDK_LOG_CONFIG": "empty"}, "", 0, [f"SINGER_SDK_LOG_CONFIG {UNUSABLE}"]),
    "a wrong file": ({"SINGER_SDK_LOG_CONFIG": "wrong"}, "", 0, [f"SINGER_SDK_LOG_CONFIG {UNUSABLE}"]),
    "odd": ({"LC_ALL": "C", "TZ": "Odd/Zone", "PYTHONWARNINGS": "error"}, "<&-", 0, []),
    "no stderr": ({}, "2>&-", 0, []),
    "neither stdin nor stderr": ({}, "<&- 2>&-", 0, []),
    "a full disk for the log": ({}, "2>/dev/full", 0, []),
    "a full disk": ({}, ">/dev/full", 1, [DISK]),
    "no stdout": ({}, ">&-", 1, ["cannot write to stdout: Bad file descriptor"]),
}


def test_it_is_complete_or_ends_with_one_line(tmp_path: Path) -> None:
    account = Account.generate(seed=1, chats=5, messages=20, now=NOW)
    (tmp_path / "empty").touch()
    (tmp_path / "wrong").write_text('{"version": 1, "root": {"level": "LOUD"}}')
    known = {name: value for name, value in os.environ.items() if "LOGLEVEL" not in name} | {"PYTHONPATH": str(ROOT)}

    def run(name: str) -> None:
        variables, files, code, told = CASES[name]
        shell = ["/bin/sh", "-c", f"exec {sys.executable} -m tap_helpcrunch --config config.json {files}"]
        done = subprocess.run(shell, capture_output=True, cwd=tmp_path, env=known | variables, timeout=60, check=False)
        lines, log = done.stdout.decode().splitlines(), done.stderr.decode()
        assert done.returncode == code, (name, log)
        assert [line.split("| ")[-1] for line in log.splitlines() if "| INFO" not in line] == told, name
        if not code:
            assert sum('"RECORD","stream":"messages"' in line for line in lines) == 20, name
            assert json.loads(lines[-1])["type"] == "STATE"
            assert bool(log) is ("2>" not in files), name

    with Server(account) as server, ThreadPoolExecutor(4) as pool:
        (tmp_path / "config.json").write_text(json.dumps(config(server)))
        list(pool.map(run, CASES))
