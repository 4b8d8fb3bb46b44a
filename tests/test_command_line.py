"""The command line, as a process: what it prints, how it ends, and what it says about fixable mistakes."""

from __future__ import annotations

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
from tests.conftest import NOW
from tests.expected import STREAMS
from tests.happenings import DAY
from tests.running import Output, asked, catalog, run

ROOT = Path(__file__).parent.parent


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


def test_a_wrong_key_ends_the_run_with_where_the_key_comes_from(server: Server, tmp_path: Path) -> None:
    output = run(tmp_path, server, api_key="TOPSECRET")
    assert output.code == 1
    (line,) = errors(output)
    assert line.startswith("HelpCrunch refuses the api_key (401 invalid_request, unauthorized)")
    assert "Settings, Developers, Public API" in line
    assert len(server.requests) == 1
    assert "TOPSECRET" not in output.log


# Fixable mistakes in files: the option, the content of the file, and what the one line says.
NO_STATE = "the STATE is not one that tap-helpcrunch wrote"
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
    "state-newer": (
        "--state",
        b'{"bookmarks": {"chats": {"account": {"version": 4}}}}',
        "the STATE was written by a newer version of tap-helpcrunch: install that one",
    ),
    "state-newer-ids": (
        "--state",
        b'{"bookmarks": {"chats": {"chat_ids": {"version": 4}}}}',
        "the STATE was written by a newer version of tap-helpcrunch: install that one",
    ),
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


@pytest.mark.parametrize(("option", "code"), [("--config", 1), ("--state", 2), ("--catalog", 2)])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, option: str, code: int) -> None:
    """2 means wrong usage, as for an option that does not exist."""
    output = run(tmp_path, None, option, "nowhere.json")
    assert (output.code, output.lines) == (code, [])
    assert "nowhere.json" in output.log.splitlines()[-1]
    assert "Traceback" not in output.log


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
    assert all(f"{stream}: 1 record" in output.log for stream in ("chats", "messages"))
    assert not any(word in output.log for word in ("PRIVATE", "private@", server.key))


def test_structured_logs_are_there_for_who_asks(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "singer_sdk.logging.StructuredFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"level": "INFO", "handlers": ["stderr"]},
    }
    (tmp_path / "logs.json").write_text(json.dumps(logs))
    monkeypatch.setenv("SINGER_SDK_LOG_CONFIG", str(tmp_path / "logs.json"))
    told = [json.loads(line) for line in run(tmp_path, server).log.splitlines()]
    assert any(entry["message"].startswith("tap-helpcrunch v") for entry in told)
