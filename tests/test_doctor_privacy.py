"""Nothing private in the doctor's output or log: no value of any stream, no id, no key."""

from __future__ import annotations

import io
import json
import logging
import re
import typing as t
from contextlib import redirect_stderr, redirect_stdout

import pytest

from simulator import Account, Dialect, Fault, Server
from tap_helpcrunch import session
from tap_helpcrunch.tap import TapHelpCrunch
from tests.clocks import QuickClock
from tests.conftest import NOW
from tests.doctoring import examined
from tests.running import config, sync
from tests.test_privacy import FAULTS, KEY, WORDS

if t.TYPE_CHECKING:
    from pathlib import Path

DOMAIN = "private-domain-of-theirs"
# What counts look like: a number of so few digits is no one's id here.
FEW = 4
# Words of the API, not of a person: they are the names and values of a dialect too, or of the report's own text.
COMMON = re.compile(r"[a-z ]{0,12}")


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


@pytest.fixture(scope="module")
def account() -> Account:
    made = Account.generate(seed=11, chats=60, messages=300, now=NOW)
    made.organization.domain = DOMAIN
    made.organization.id = 5_555_555
    return made


@pytest.fixture(scope="module")
def everything(account: Account) -> set[str]:
    """Return every value of every stream, as the tap writes them and as the API does."""
    with Server(account, key=KEY) as server:
        output = sync(server)
    found = values([message["record"] for message in output.messages if message["type"] == "RECORD"])
    ids = {str(number) for number in (*account.chats, *account.messages, *account.customers)}
    assert ids <= found
    assert DOMAIN in found
    return found


def told(server: Server, folder: Path) -> tuple[str, str]:
    """Run the command in this process; return what it writes to stdout and to stderr."""
    path = folder / "config.json"
    path.write_text(json.dumps(config(server)))
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit):
        TapHelpCrunch.get_singer_command().main(["--config", str(path), "--doctor"])
    return out.getvalue(), err.getvalue()


ENDPOINTS = ("/chats", "/messages", "/customers", "/agents", "/organization", "/2147483647")
# Each fault at two of the endpoints, and at each endpoint those whose texts could be quoted.
MET = {(name, ENDPOINTS[(place + more) % 6]) for place, name in enumerate(FAULTS) for more in (0, 3)}
MET |= {(name, endpoint) for name in ("400-that-quotes", "no-time") for endpoint in ENDPOINTS}


@pytest.mark.parametrize(("fault", "endpoint"), [(FAULTS[name], endpoint) for name, endpoint in sorted(MET)])
def test_neither_output_nor_log_holds_a_value_or_the_key(
    account: Account,
    everything: set[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    fault: Fault | None,
    endpoint: str,
) -> None:
    monkeypatch.setattr(session, "Clock", QuickClock)
    monkeypatch.setenv("TAP_HELPCRUNCH_LOGLEVEL", "DEBUG")
    met: list[str] = []

    def happen(request: t.Any, _number: int) -> Fault | None:
        if request.path.replace("/search", "").endswith(endpoint):
            met.append(request.path)
            return fault
        return None

    with Server(account, Dialect(new_fields=True), key=KEY) as server, caplog.at_level(logging.DEBUG):
        server.fault = happen
        out, err = told(server, tmp_path)
    assert met
    assert json.loads(out)["asked"]
    written = out + err + caplog.text
    assert "GET /" in caplog.text, "the level is the one that names every request"
    for secret in (KEY, WORDS, "documented tomorrow", DOMAIN):
        assert secret not in written
    words = set(re.findall(r"\w+", written))
    assert everything & words == set()
    assert [text for text in everything if not text.isalnum() and text in written] == []


def test_a_field_named_like_a_person_is_not_shown() -> None:
    account = Account.generate(seed=11, chats=6, messages=30, now=NOW)
    with Server(account) as server:
        server.fault = lambda request, _: _with_a_name() if request.path.endswith("/agents") else None
        found = examined(server)
    assert found["unknown_fields"]["agents"] == ["(no plain name)"]


def _with_a_name() -> Fault:
    return Fault(status=200, body=json.dumps({"data": [{"id": 1, "jane@example.test": True}]}).encode())
