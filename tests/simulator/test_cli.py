"""The command, and the control that it offers."""

import http.client
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from simulator import DEVIATIONS, Server
from simulator.__main__ import main
from tests.conftest import ROOT
from tests.simulator.conftest import Client

COMMAND = [sys.executable, "-m", "simulator", "--chats", "20", "--messages", "90", "--seed", "3"]


@contextmanager
def running(*arguments: str) -> Iterator[tuple[int, str]]:
    """Run the command, give its port and its line, and stop it."""
    with subprocess.Popen([*COMMAND, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            found = re.search(r":(\d+)/v1", line)
            assert found, line
            yield int(found[1]), line
            process.send_signal(signal.SIGTERM)
            assert process.wait(5) == 0
        finally:
            process.kill()


def ask(port: int, method: str, path: str, key: str = "demo-key") -> tuple[int, Any]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request(method, path, headers={"Authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def test_its_options_hold(tmp_path: Path) -> None:
    live, file = tmp_path / "live.jsonl", tmp_path / "port"
    options = ["--key", "k", "--generation", "A0", "--rpm", "3", "--window", "sliding", "--latency", "1"]
    with running(*options, "--live-file", str(live), "--port-file", str(file)) as (port, line):
        assert line == f"simulated HelpCrunch account on http://127.0.0.1:{port}/v1 (key k)\n"
        assert file.read_text() == f"{port}\n"
        assert ask(port, "GET", "/v1/chats")[1]["errors"][0]["code"] == "invalid_token"
        chats = ask(port, "GET", "/v1/chats?sort=chats.lastMessageAt", "k")[1]["data"]
        assert (len(chats), "notes" in chats[0]) == (20, True)
        assert set(ask(port, "GET", f"/v1/chats/{chats[0]['id']}/messages", "k")[1]) == {"messages", "total"}
        assert ask(port, "GET", "/v1/agents", "k")[0] == 429
        summaries = [ask(port, "POST", f"/_control/live?changes=5&seed={n}")[1] for n in (1, 2)]
        assert [json.loads(row) for row in live.read_text().splitlines()] == summaries


def test_it_plays_what_a_doctor_wrote_and_deviations(tmp_path: Path) -> None:
    file = tmp_path / "doctor.json"
    file.write_text(json.dumps({"dialect": {"reference_key": "own", "ties": None}, "trouble": []}))
    options = ["--deviation", "own-500:agents:1:1", "--deviation", "total-negative:departments"]
    with running("--dialect", str(file), *options) as (port, _):
        assert [ask(port, "GET", "/v1/agents")[0] for _ in range(3)] == [200, 500, 200]
        assert set(ask(port, "GET", "/v1/departments")[1]) == {"departments", "meta"}
        rows = ask(port, "GET", "/_control/requests")[1]
        assert [row["deviations"] for row in rows] == [[], ["own-500"], [], ["total-negative"]]


def test_it_lists_deviations_and_refuses_nonsense(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list-deviations"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[::2]] == list(DEVIATIONS)
    for wrong in (["--deviation", "nonsense:chats"], ["--dialect", "/nowhere"]):
        with pytest.raises(SystemExit, match="2"):
            main(wrong)
        assert wrong[1] in capsys.readouterr().err


def test_control(server: Server, client: Client) -> None:
    client.key = None
    counts = client.ask("GET", "/_control/account").json
    assert (counts["chats"], counts["messages"], counts["customers"], counts["agents"]) == (3, 5, 2, 2)
    summary = client.ask("POST", "/_control/live?changes=7&seed=3").json
    assert client.ask("GET", "/_control/account").json["chats"] == 3 + summary["counts"]["new_chats"]
    client.key = "test-key"
    client.get("/agents", limit=5)
    client.get("/chats")
    rows = client.ask("GET", "/_control/requests").json
    assert [(row["path"], row["status"], row["params"]) for row in rows] == [
        ("/v1/agents", 200, {"limit": "5"}),
        ("/v1/chats", 200, {}),
    ]
    assert client.ask("GET", "/_control/requests?since=1").json == rows[1:]
    assert len(server.requests) == 2, "control is not logged"
    assert client.ask("POST", "/_control/live?changes=-1").status == 400
    assert client.ask("GET", "/_control/live").status == 404
