"""Nothing private in a log or an error: every stream, every fault, at the most talkative level."""

import io
import json
import logging
import re
import typing as t
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from simulator import Account, Dialect, Fault, Server
from tap_helpcrunch.tap import TapHelpCrunch
from tests.conftest import NOW
from tests.expected import STREAMS
from tests.running import config, examined, sync

KEY = "SECRET-KEY-0123456789"
WORDS = "PRIVATE words"

FAULTS = {
    "none": None,
    "400-that-quotes": Fault(status=400, body=json.dumps({"errors": [{"code": WORDS, "message": WORDS}]}).encode()),
    "401": Fault(status=401),
    "403": Fault(status=403),
    "404": Fault(status=404),
    "429": Fault(status=429, headers={"Retry-After": "0"}),
    "500-that-quotes": Fault(status=500, body=f"<html>{WORDS}</html>".encode()),
    "redirect": Fault(status=302, headers={"Location": f"https://elsewhere.test/{WORDS}".replace(" ", "%20")}),
    "garbage": Fault(kind="garbage"),
    "cut": Fault(kind="cut"),
    "reset": Fault(kind="reset"),
    "another-envelope": Fault(status=200, body=json.dumps({"rows": [{"text": WORDS}]}).encode()),
    "no-object": Fault(status=200, body=json.dumps({"data": [WORDS]}).encode()),
    "no-id": Fault(status=200, body=json.dumps({"data": [{"id": None, "text": WORDS, "email": WORDS}]}).encode()),
    "no-time": Fault(status=200, body=json.dumps({"data": [{"id": 7, "createdAt": WORDS}], "total": 1}).encode()),
    "broken-text": Fault(status=200, body=b'{"data": [{"id": 7, "text": "PRIVATE words \\ud83d"}], "total": 1}'),
}
DOMAIN = "private-domain-of-theirs"
# What counts look like: a number of so few digits is no one's id here.
FEW = 4
# Words of the API, not of a person: they are the names and values of a dialect too, or of the report's own text.
COMMON = re.compile(r"[a-z ]{0,12}")


@pytest.fixture(scope="module")
def account() -> Account:
    made = Account.generate(seed=11, chats=24, messages=120, now=NOW)
    made.organization.domain = DOMAIN
    made.organization.id = 5_555_555
    return made


@pytest.fixture(scope="module")
def rows(account: Account) -> list[t.Any]:
    """Return every record of every stream, as the tap itself writes them out."""
    with Server(account, key=KEY) as server:
        output = sync(server)
    for stream in set(STREAMS) - {"organization"}:
        assert secrets(output.records(stream)), f"{stream} has nothing to hide: the test would prove nothing"
    return [message["record"] for message in output.messages if message["type"] == "RECORD"]


def secrets(value: t.Any) -> set[str]:
    """Return the texts of a record that are somebody's: names, addresses, words; not ids, moments and states."""
    if isinstance(value, dict):
        return {found for inner in value.values() for found in secrets(inner)}
    if isinstance(value, list):
        return {found for inner in value for found in secrets(inner)}
    return {value} if isinstance(value, str) and any(mark in value for mark in (" ", "@", "://", "203.")) else set()


def values(value: t.Any) -> set[str]:
    """Return every text and id in a record."""
    if isinstance(value, dict):
        return {found for inner in value.values() for found in values(inner)}
    if isinstance(value, list):
        return {found for inner in value for found in values(inner)}
    text = str(value)
    if isinstance(value, bool) or value is None or (text.isdecimal() and len(text) < FEW) or COMMON.fullmatch(text):
        return set()
    return {text}


ENDPOINTS = ("/chats", "/messages", "/customers", "/agents", "/organization")
MET = [("sync", name, endpoint) for name in FAULTS for endpoint in ENDPOINTS]
# The doctor meets each fault at two of the endpoints, and at each endpoint those whose texts could be quoted.
OF_DOCTOR = (*ENDPOINTS, "/2147483647")
MET += [("doctor", name, OF_DOCTOR[(place + more) % 6]) for place, name in enumerate(FAULTS) for more in (0, 3)]
MET += [("doctor", name, endpoint) for name in ("400-that-quotes", "no-time") for endpoint in OF_DOCTOR]


@pytest.mark.usefixtures("no_waits")
@pytest.mark.parametrize(("command", "fault", "endpoint"), dict.fromkeys(MET))
def test_nothing_that_is_written_holds_the_key_or_a_value(
    account: Account,
    rows: list[t.Any],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: str,
    fault: str,
    endpoint: str,
) -> None:
    monkeypatch.setenv("TAP_HELPCRUNCH_LOGLEVEL", "DEBUG")
    met: list[str] = []

    def happen(request: t.Any, _number: int) -> Fault | None:
        if not request.path.replace("/search", "").endswith(endpoint):
            return None
        met.append(request.path)
        # A run would end with the first request of a list.
        is_met = command == "doctor" or len(met) == 2 or endpoint in {"/agents", "/organization"}
        return FAULTS[fault] if is_met else None

    with Server(account, Dialect(new_fields=True), key=KEY) as server, caplog.at_level(logging.DEBUG):
        server.fault = happen
        told = examine(server, tmp_path) if command == "doctor" else fails(server)
    assert met
    assert "GET /" in caplog.text, "the level is the one that names every request"
    written = caplog.text + told
    assert [text for text in {KEY, WORDS, DOMAIN, "documented tomorrow", *secrets(rows)} if text in written] == []
    if command == "doctor":
        everything = values(rows)
        assert everything & set(re.findall(r"\w+", written)) == set()
        assert [text for text in everything if not text.isalnum() and text in written] == []


def fails(server: Server) -> str:
    """Run the tap; return the text of its error, if it ends with one."""
    try:
        sync(server)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the user reads
        return f"{error}"
    return ""


def examine(server: Server, folder: Path) -> str:
    """Run the doctor; return what it writes to stdout and to stderr."""
    path = folder / "config.json"
    path.write_text(json.dumps(config(server)))
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit):
        TapHelpCrunch.get_singer_command().main(["--config", str(path), "--doctor"])
    assert json.loads(out.getvalue())["asked"]
    return out.getvalue() + err.getvalue()


def test_a_field_named_like_a_person_is_not_shown() -> None:
    account = Account.generate(seed=11, chats=6, messages=30, now=NOW)
    with Server(account) as server:
        server.fault = lambda request, _: _with_a_name() if request.path.endswith("/agents") else None
        found = examined(server)
    assert found["unknown_fields"]["agents"] == ["(no plain name)"]


def _with_a_name() -> Fault:
    return Fault(status=200, body=json.dumps({"data": [{"id": 1, "jane@example.test": True}]}).encode())
