"""One request against every kind of trouble, over real HTTP."""

from __future__ import annotations

import logging
import re
import socket
import typing as t

import pytest

from simulator import Account, Dialect, Fault, Server
from tap_helpcrunch.api import client as module
from tap_helpcrunch.api.client import Client, Request
from tap_helpcrunch.api.errors import BadAnswerError, KeyRefusedError, MissingError, RejectedError, UnreachableError
from tap_helpcrunch.api.pace import Pace
from tests.clocks import QuickClock
from tests.relay import Relay

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ASKED = Request("/organization")
Make = t.Callable[..., Client]


@pytest.fixture
def make(server: Server) -> Iterator[Callable[..., Client]]:
    made: list[Client] = []

    def build(**changes: t.Any) -> Client:
        clock = changes.pop("clock", None) or QuickClock()
        given = {"url": server.url, "key": server.key, "user_agent": "test", "timeout": 5.0, "width": 2, **changes}
        made.append(Client(pace=Pace(1_000_000, clock), clock=clock, **given))
        return made[-1]

    yield build
    for one in made:
        one.close()


def fault_first(server: Server, count: int, fault: Fault) -> None:
    server.fault = lambda _request, number: fault if number <= count else None


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500),
        Fault(status=502, body=b"<html>Bad gateway</html>"),
        Fault(status=503, headers={"Retry-After": "3"}),
        Fault(status=429),
        Fault(status=429, headers={"Retry-After": "7"}),
        Fault(status=429, headers={"Retry-After": "Sun, 20 Sep 2026 14:23:20 GMT"}),
        Fault(status=429, headers={"Retry-After": "soon"}),
        Fault(kind="reset"),
        Fault(kind="cut"),
        Fault(kind="garbage"),
    ],
    ids=lambda value: (
        f"{value.kind}-{value.status}-{value.headers.get('Retry-After')}" if isinstance(value, Fault) else value
    ),
)
def test_trouble_is_outlasted(server: Server, make: Make, fault: Fault, count: int) -> None:
    fault_first(server, count, fault)
    assert make().fetch(ASKED)["data"]["id"]
    assert len(server.requests) == count + 1


def test_a_slow_answer_is_asked_for_again(server: Server, make: Make) -> None:
    fault_first(server, 1, Fault(kind="slow", seconds=1.0))
    assert make(timeout=0.2).fetch(ASKED)["data"]
    assert len(server.requests) == 2


def test_gives_up_after_ten_minutes_and_says_what_it_asked_and_got(server: Server, make: Make) -> None:
    clock = QuickClock()
    server.fault = lambda _request, _number: Fault(status=503)
    with pytest.raises(
        UnreachableError, match=r"GET /organization failed \d+ times in \d+ s, lastly: status 503"
    ) as fault:
        make(clock=clock).fetch(ASKED)
    tries, seconds = (int(word) for word in re.findall(r" (\d+) (?:times|s,)", str(fault.value)))
    assert tries == len(server.requests)
    assert 300 <= seconds <= module.PATIENCE


def test_what_a_request_waits_for_its_place_is_not_taken_from_its_patience(server: Server) -> None:
    clock = QuickClock()
    pace = Pace(1 / 20, clock)  # a place is free after twenty minutes, twice as long as a request is tried
    client = Client(url=server.url, key=server.key, user_agent="test", timeout=5.0, width=1, pace=pace, clock=clock)
    fault = Fault(kind="reset")
    server.fault = lambda _request, number: fault if number == 2 else None
    began = clock.now()
    try:
        assert all(client.fetch(ASKED)["data"] for _ in range(2))
    finally:
        client.close()
    assert len(server.requests) == 3
    assert clock.now() - began > 2 * 1200


def test_the_waits_between_tries_grow(server: Server, make: Make) -> None:
    clock = QuickClock()
    fault_first(server, 8, Fault(status=503))
    make(clock=clock).fetch(ASKED)
    waits = [wait for wait in clock.waits if wait]
    assert len(waits) == 8
    assert max(waits[4:]) > max(waits[:2])


def test_a_minute_of_429_without_retry_after_is_outlived(server: Server, make: Make) -> None:
    clock = QuickClock()
    quota_frees_at = clock.now() + 75
    server.fault = lambda _request, _number: Fault(status=429) if clock.now() < quota_frees_at else None
    assert make(clock=clock).fetch(ASKED)["data"]
    assert len(server.requests) < 10, "it hammers a server that said it is too much"


def test_retry_after_is_waited_for(server: Server, make: Make) -> None:
    clock = QuickClock()
    fault_first(server, 1, Fault(status=429, headers={"Retry-After": "42"}))
    make(clock=clock).fetch(ASKED)
    assert 41 < max(clock.waits) <= 42


def test_retry_after_as_a_date_counts_from_the_servers_own_date(server: Server, make: Make) -> None:
    """The simulated account's clock has nothing to do with this host's."""
    clock = QuickClock()
    fault_first(
        server,
        1,
        Fault(
            status=429,
            headers={"Retry-After": "Mon, 21 Sep 2026 14:13:45 GMT", "Date": "Mon, 21 Sep 2026 14:13:20 GMT"},
        ),
    )
    make(clock=clock).fetch(ASKED)
    assert 24 < max(clock.waits) <= 25


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (401, KeyRefusedError, "refuses the api_key (401"),
        (403, KeyRefusedError, "Settings, Developers, Public API"),
        (404, MissingError, "check api_url"),
        (400, RejectedError, "rejects GET /organization (400"),
        (405, RejectedError, "rejects GET /organization (405"),
        (302, RejectedError, "the key is not sent elsewhere"),
    ],
)
def test_what_no_retry_mends_ends_at_once(
    server: Server, make: Make, status: int, kind: type[Exception], text: str
) -> None:
    server.fault = lambda _request, _number: Fault(status=status)
    with pytest.raises(kind) as fault:
        make().fetch(ASKED)
    assert text in str(fault.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize("errors", ["one", "two"])
def test_every_code_of_an_error_body_is_told(account: Account, errors: t.Literal["one", "two"]) -> None:
    clock = QuickClock()
    with Server(account, Dialect(errors=errors)) as server:
        client = Client(
            url=server.url, key="wrong", user_agent="test", timeout=5, width=1, pace=Pace(1e6, clock), clock=clock
        )
        with pytest.raises(KeyRefusedError) as fault:
            client.fetch(ASKED)
        client.close()
    assert ("invalid_token" if errors == "one" else "invalid_request, unauthorized") in str(fault.value)


def test_no_text_of_an_error_body_is_told(server: Server, make: Make) -> None:
    body = b'{"errors":[{"code":"PRIVATE words","message":"PRIVATE"},{"code":"not_found","message":"PRIVATE"}]}'
    server.fault = lambda _request, _number: Fault(status=400, body=body)
    with pytest.raises(RejectedError) as fault:
        make().fetch(ASKED)
    assert "not_found" in str(fault.value)
    assert "PRIVATE" not in str(fault.value)


def test_a_refused_connection_at_the_very_start_is_told_soon(make: Make) -> None:
    clock = QuickClock()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UnreachableError, match=r"lastly: no connection: .*refused"):
        make(url=f"http://127.0.0.1:{port}/v1", clock=clock).fetch(ASKED)
    assert sum(clock.waits) <= module.FIRST_PATIENCE


def test_an_unknown_host_at_the_very_start_is_told_soon(make: Make) -> None:
    clock = QuickClock()
    with pytest.raises(UnreachableError, match="lastly: no connection"):
        make(url="http://helpcrunch.invalid/v1", clock=clock).fetch(ASKED)
    assert sum(clock.waits) <= module.FIRST_PATIENCE


def test_an_endless_body_does_not_fill_the_memory(server: Server, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1 << 20)
    server.fault = lambda _request, _number: Fault(status=200, body=b"[" + b"1," * (1 << 20) + b"1]")
    with pytest.raises(BadAnswerError, match="answered more than 1 MiB"):
        make().fetch(ASKED)


def test_json_nested_too_deeply_is_an_error(server: Server, make: Make) -> None:
    server.fault = lambda _request, _number: Fault(status=200, body=b"[" * 100_000 + b"]" * 100_000)
    with pytest.raises(BadAnswerError, match="nested too deeply"):
        make().fetch(ASKED)


def test_the_environment_is_read_once(server: Server, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment is used, as set when the client was made."""
    monkeypatch.setenv("http_proxy", server.url.removesuffix("/v1"))
    monkeypatch.setenv("no_proxy", "")
    through_proxy = make(url="http://api.helpcrunch.invalid/v1")
    monkeypatch.delenv("http_proxy")
    assert through_proxy.fetch(ASKED)["data"]["id"]
    with pytest.raises(UnreachableError):
        make(url="http://api.helpcrunch.invalid/v1").fetch(ASKED)
    assert len(server.requests) == 1


@pytest.mark.parametrize("cause", ["407", "Connection refused"])
def test_a_proxy_that_does_not_connect_is_told_soon_and_without_its_password(
    server: Server, make: Make, monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    with Relay(0, proxy=True, answer="407 Proxy Authentication Required") as shut, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = shut.port if cause == "407" else nobody.getsockname()[1]
        monkeypatch.setenv("https_proxy", f"http://someone:SECRET@127.0.0.1:{port}")
        clock = QuickClock()
        with pytest.raises(UnreachableError) as caught:
            make(url="https://api.helpcrunch.invalid/v1", clock=clock).fetch(ASKED)
    assert f"no connection through the proxy (HTTPS_PROXY): {cause}" in str(caught.value)
    assert "SECRET" not in str(caught.value)
    assert sum(clock.waits) < 15
    assert server.requests == []


def test_the_key_is_in_no_log_line(server: Server, make: Make, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        make().fetch(ASKED)
    assert "GET /organization: 200" in caplog.text
    assert server.key not in caplog.text
