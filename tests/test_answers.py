"""Answers that cannot be read, and what may stand between the tap and the API."""

from __future__ import annotations

import socket
import typing as t

import pytest

from simulator import Account, Dialect, Fault, Measures, Played, Server
from tap_helpcrunch.api import client as module
from tap_helpcrunch.api.client import Client, Request
from tap_helpcrunch.api.errors import BadAnswerError, KeyRefusedError, RejectedError, UnreachableError
from tap_helpcrunch.api.pace import Pace
from tests.asking import Make, ask
from tests.clocks import QuickClock
from tests.relay import Relay

if t.TYPE_CHECKING:
    from collections.abc import Callable


def unreadable(times: float) -> Callable[[t.Any], t.Any]:
    """Return a reader that refuses this many answers."""
    refused: list[t.Any] = []

    def read(body: t.Any) -> t.Any:
        if len(refused) < times:
            refused.append(body)
            raise BadAnswerError("GET /organization answered with no list")
        return body

    return read


def test_an_answer_that_cannot_be_read_is_asked_for_again(
    server: Server, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    assert ask(make(), read=unreadable(times=module.FEW_TRIES - 1))["data"]
    assert len(server.requests) == module.FEW_TRIES
    assert "GET /organization: status 200, but answered with no list; retrying" in caplog.text


def test_an_answer_that_can_never_be_read_ends_soon(server: Server, make: Make) -> None:
    with pytest.raises(BadAnswerError, match="GET /organization answered with no list"):
        ask(make(), read=unreadable(times=1e9))
    assert len(server.requests) == module.FEW_TRIES


def test_an_answer_slower_than_the_timeout_is_not_waited_for(server: Server, make: Make) -> None:
    server.measures = Measures(slow=2)
    server.deviations.append(Played("slow", "organization"))
    client = make(timeout=0.3)
    with pytest.raises(UnreachableError, match="no answer within"):
        ask(client, Request("/organization", optional=True))
    server.deviations.clear()
    assert ask(client), "the next connection is as good as new"


@pytest.mark.parametrize("errors", ["one", "two"])
def test_every_code_of_an_error_body_is_shown(account: Account, errors: t.Literal["one", "two"]) -> None:
    clock = QuickClock()
    with Server(account, Dialect(errors=errors)) as server:
        client = Client(
            url=server.url, key="odd", user_agent="tap", timeout=5, max_in_flight=1, pace=Pace(1e6, clock), clock=clock
        )
        with pytest.raises(KeyRefusedError) as fault:
            ask(client)
        client.close()
    assert ("invalid_token" if errors == "one" else "invalid_request, unauthorized") in str(fault.value)


def test_no_text_of_an_error_body_is_shown(server: Server, make: Make) -> None:
    body = b'{"errors":[{"code":"PRIVATE words","message":"PRIVATE"},{"code":"not_found","message":"PRIVATE"}]}'
    server.fault = lambda _request, _number: Fault(status=400, body=body)
    with pytest.raises(RejectedError) as fault:
        ask(make())
    assert "not_found" in str(fault.value)
    assert "PRIVATE" not in str(fault.value)


def test_a_refused_connection_at_the_start_is_reported_soon(make: Make) -> None:
    clock = QuickClock()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UnreachableError, match=r"last error: no connection: .*refused"):
        ask(make(url=f"http://127.0.0.1:{port}/v1", clock=clock))
    assert sum(clock.waits) <= module.FIRST_PATIENCE


def test_an_unknown_host_at_the_start_is_reported_soon(make: Make) -> None:
    clock = QuickClock()
    with pytest.raises(UnreachableError, match="last error: no connection"):
        ask(make(url="http://helpcrunch.invalid/v1", clock=clock))
    assert sum(clock.waits) <= module.FIRST_PATIENCE


def test_an_endless_body_does_not_fill_the_memory(server: Server, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1 << 20)
    server.fault = lambda _request, _number: Fault(status=200, body=b"[" + b"1," * (1 << 20) + b"1]")
    with pytest.raises(BadAnswerError, match="answered with more than 1 MiB"):
        ask(make())


def test_json_nested_too_deeply_is_an_error(server: Server, make: Make) -> None:
    server.fault = lambda _request, _number: Fault(status=200, body=b"[" * 100_000 + b"]" * 100_000)
    with pytest.raises(UnreachableError, match="the body is not JSON"):
        ask(make())


def test_the_environment_is_read_once(server: Server, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment is used, as set when the client was made."""
    monkeypatch.setenv("http_proxy", server.url.removesuffix("/v1"))
    monkeypatch.setenv("no_proxy", "")
    through_proxy = make(url="http://api.helpcrunch.invalid/v1")
    monkeypatch.delenv("http_proxy")
    assert ask(through_proxy)["data"]["id"]
    with pytest.raises(UnreachableError):
        ask(make(url="http://api.helpcrunch.invalid/v1"))
    assert len(server.requests) == 1


@pytest.mark.parametrize("cause", ["407", "Connection refused"])
def test_a_proxy_that_does_not_connect_is_reported_soon(
    server: Server, make: Make, monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    with Relay(0, proxy=True, answer="407 Proxy Authentication Required") as shut, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = shut.port if cause == "407" else nobody.getsockname()[1]
        monkeypatch.setenv("https_proxy", f"http://someone:SECRET@127.0.0.1:{port}")
        clock = QuickClock()
        with pytest.raises(UnreachableError) as caught:
            ask(make(url="https://api.helpcrunch.invalid/v1", clock=clock))
    assert f"no connection through the proxy (HTTPS_PROXY): {cause}" in str(caught.value)
    assert "SECRET" not in str(caught.value)
    assert sum(clock.waits) < 15
    assert server.requests == []
