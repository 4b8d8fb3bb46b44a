"""Nothing private in a log or an error: every stream, every fault, at the most talkative level."""

from __future__ import annotations

import json
import logging
import typing as t

import pytest

from simulator import Account, Dialect, Fault, Server
from tap_helpcrunch import session
from tests.clocks import QuickClock
from tests.conftest import NOW
from tests.expected import STREAMS
from tests.running import sync

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


@pytest.fixture(scope="module")
def account() -> Account:
    return Account.generate(seed=11, chats=60, messages=300, now=NOW)


def secrets(value: t.Any) -> set[str]:
    """Return the texts of a record that are somebody's: names, addresses, words; not ids, moments and states."""
    if isinstance(value, dict):
        return {found for inner in value.values() for found in secrets(inner)}
    if isinstance(value, list):
        return {found for inner in value for found in secrets(inner)}
    return {value} if isinstance(value, str) and any(mark in value for mark in (" ", "@", "://", "203.")) else set()


@pytest.fixture(scope="module")
def everything(account: Account) -> set[str]:
    """Return every text of every stream, as the tap itself writes them out."""
    with Server(account, key=KEY) as server:
        output = sync(server)
    for stream in set(STREAMS) - {"organization"}:
        assert secrets(output.records(stream)), f"{stream} has nothing to hide: the test would prove nothing"
    return secrets([message["record"] for message in output.messages if message["type"] == "RECORD"])


@pytest.mark.parametrize("endpoint", ["/chats", "/messages", "/customers", "/agents", "/organization"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_no_log_or_error_holds_the_key_or_a_records_value(
    account: Account,
    everything: set[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault | None,
    endpoint: str,
) -> None:
    monkeypatch.setattr(session, "Clock", QuickClock)
    met = 0

    def happen(request: t.Any, _number: int) -> Fault | None:
        nonlocal met
        met += f"{request.path}/".replace("/search", "").endswith(f"{endpoint}/")
        return fault if met == 2 or (met == 1 and endpoint in {"/agents", "/organization"}) else None

    told = ""
    with Server(account, Dialect(new_fields=True), key=KEY) as server, caplog.at_level(logging.DEBUG):
        server.fault = happen
        try:
            sync(server)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the user reads
            told = f"{error}"
    assert met
    log = caplog.text + told
    assert "GET /" in log, "the level is the one that names every request"
    assert KEY not in log
    assert WORDS not in log
    assert [text for text in everything if text in log] == []
