"""The command, and the control that it offers."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator import DEVIATIONS, KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator import Server
    from tests.simulator.client import Client

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--chats", "20", "--messages", "90", "--seed", "3")


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """Run the command and give the process, its port and its line."""
    with subprocess.Popen(
        [sys.executable, "-m", "simulator", *SMALL, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    ) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            found = re.search(r":(\d+)/v1", line)
            assert found, line
            yield process, int(found[1]), line
        finally:
            process.kill()


def ask(port: int, method: str, path: str, key: str = "demo-key") -> tuple[int, Any]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request(method, path, headers={"Authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    file = tmp_path / "port"
    with running("--port-file", str(file)) as (process, port, line):
        url = f"http://127.0.0.1:{port}/v1"
        assert line == f"simulated HelpCrunch account on {url} (key demo-key)\n"
        assert file.read_text() == f"{port}\n"
        status, chats = ask(port, "GET", "/v1/chats")
        assert (status, len(chats["data"])) == (200, 20)
        process.send_signal(number)
        assert process.wait(5) == 0
        assert process.stdout is not None
        assert process.stderr is not None
        assert (process.stdout.read(), process.stderr.read()) == ("", "")


def test_it_plays_what_a_doctor_wrote(tmp_path: Path) -> None:
    file = tmp_path / "doctor.json"
    for said in ({"reference_key": "own", "ties": None}, {"dialect": {"reference_key": "own"}, "trouble": []}):
        file.write_text(json.dumps(said))
        with running("--dialect", str(file)) as (_, port, _line):
            assert set(ask(port, "GET", "/v1/agents")[1]) == {"agents", "meta"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "Expecting"),
        ("[]", "not an object"),
        ('{"dialect": 1}', "not an object"),
        ('{"tongue": 1}', "a dialect has no field 'tongue'"),
        ('{"ties": "loose"}', "ties cannot be 'loose'"),
        ('{"date_skew": true}', "date_skew cannot be True"),
        ('{"absent": "id"}', "absent cannot be 'id'"),
        ('{"absent": [1]}', "absent cannot be [1]"),
        (None, "No such file"),
    ],
)
def test_what_no_doctor_wrote_is_refused(tmp_path: Path, text: str | None, why: str) -> None:
    file = tmp_path / "doctor.json"
    if text is not None:
        file.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "simulator", "--dialect", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert why in done.stderr


def test_its_options_hold(tmp_path: Path) -> None:
    live = tmp_path / "live.jsonl"
    options = ("--key", "k", "--generation", "A0", "--rpm", "3", "--window", "sliding")
    with running(*options, "--live-file", str(live), "--latency", "1") as (_, port, line):
        assert line.endswith("(key k)\n")
        assert ask(port, "GET", "/v1/chats")[1]["errors"][0]["code"] == "invalid_token"
        chats = ask(port, "GET", "/v1/chats?sort=chats.lastMessageAt", "k")[1]["data"]
        assert "notes" in chats[0]
        messages = ask(port, "GET", f"/v1/chats/{chats[0]['id']}/messages", "k")[1]
        assert set(messages) == {"messages", "total"}
        assert ask(port, "GET", "/v1/agents", "k")[0] == 429
        summaries = [ask(port, "POST", f"/_control/live?changes=5&seed={n}")[1] for n in (1, 2)]
        assert [json.loads(row) for row in live.read_text().splitlines()] == summaries


def test_it_plays_deviations() -> None:
    options = ("--deviation", "own-500:agents:1:1", "--deviation", "total-negative:departments")
    with running(*options) as (_, port, _line):
        assert [ask(port, "GET", "/v1/agents")[0] for _ in range(3)] == [200, 500, 200]
        assert [ask(port, "GET", "/v1/departments")[1]["meta"]["total"] for _ in range(3)] == [-1] * 3
        rows = ask(port, "GET", "/_control/requests")[1]
        assert [row["deviations"] for row in rows] == [[], ["own-500"], [], *[["total-negative"]] * 3]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [sys.executable, "-m", "simulator", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)


def test_it_lists_deviations() -> None:
    done = run("--list-deviations")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[::2]] == list(DEVIATIONS)
    assert all(set(line.split()) <= set(KINDS) for line in lines[1::2])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--chats", "0", "--messages", "5"), "messages need at least one chat"),
        (("--deviation", "nonsense:chats"), "no deviation is named 'nonsense'"),
        (("--deviation", "page-empty"), "page-empty can be played for"),
        (("--deviation", "page-empty:chat"), "not for 'chat'"),
        (("--deviation", "page-empty:chats:soon"), "NAME:KIND[:AFTER[:TIMES]]"),
        (("--deviation", "page-empty:chats:0:0"), "1 or more"),
        (("--deviation", "page-empty:chats:0:1:2"), "too many parts"),
    ],
)
def test_impossible_arguments_are_a_usage_error(arguments: tuple[str, ...], words: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_control(server: Server, client: Client) -> None:
    client.key = None
    counts = client.ask("GET", "/_control/account").json
    assert counts == server.account.counts()
    assert (counts["chats"], counts["messages"], counts["customers"], counts["agents"]) == (3, 5, 2, 2)
    summary = client.ask("POST", "/_control/live?changes=7&seed=3").json
    assert sum(summary["counts"].values()) == 7
    assert server.account.now > 1_790_000_000
    after = client.ask("GET", "/_control/account").json
    assert after["chats"] == 3 + summary["counts"]["new_chats"]
    client.key = "test-key"
    client.get("/agents", limit=5)
    client.search("chats", ("chats.status", "=", "new"))
    rows = client.ask("GET", "/_control/requests").json
    assert [(row["method"], row["path"], row["status"]) for row in rows] == [
        ("GET", "/v1/agents", 200),
        ("POST", "/v1/chats/search", 200),
    ]
    assert rows[0]["params"] == {"limit": "5"}
    assert client.ask("GET", "/_control/requests?since=1").json == rows[1:]
    assert len(server.requests) == 2, "control is not logged"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/_control/live", 404),
        ("POST", "/_control/account", 404),
        ("GET", "/_control/x", 404),
        ("POST", "/_control/live?changes=many", 400),
        ("POST", "/_control/live?changes=-1", 400),
    ],
)
def test_control_is_strict_too(client: Client, method: str, path: str, status: int) -> None:
    assert client.ask(method, path).status == status
