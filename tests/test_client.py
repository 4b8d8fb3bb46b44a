"""One request over real HTTP: every kind of trouble, answers that cannot be read, and proxies."""

import re
import socket
import typing as t
from collections.abc import Callable, Iterator

import pytest

from simulator import Fault, Measures, Played, Server
from tap_helpcrunch.api import client as module
from tap_helpcrunch.api.client import Client, Request
from tap_helpcrunch.api.errors import (
    BadAnswerError,
    KeyRefusedError,
    MissingError,
    NoConnectionError,
    RejectedError,
    UnreachableError,
    WrongKeyError,
)
from tap_helpcrunch.api.pace import FIRST_HOLD, Pace
from tap_helpcrunch.session import Session
from tap_helpcrunch.settings import Settings
from tests.clocks import QuickClock
from tests.relay import Relay
from tests.running import brought, tap_for

ASKED = Request("/organization")
Make = t.Callable[..., Client]


def ask(client: Client, request: Request = ASKED, read: Callable[[t.Any], t.Any] = lambda body: body) -> t.Any:
    """Return a request's answer: its parsed body, or what is made of it."""
    return client.result(client.submit(request, read))


@pytest.fixture
def make(server: Server) -> Iterator[Make]:
    """What makes clients of the account; they are closed in the end."""
    made: list[Client] = []

    def build(**changes: t.Any) -> Client:
        clock = changes.pop("clock", None) or QuickClock()
        given = {"url": server.url, "key": server.key, "user_agent": "tap", "timeout": 5, "max_in_flight": 2, **changes}
        made.append(Client(pace=Pace(1_000_000, clock), clock=clock, **given))
        return made[-1]

    yield build
    for one in made:
        one.close()


OTHER = Request("/agents")
# What an ingress or a firewall writes: not the API's own error body.
FOREIGN = b"<html><h1>Not Found</h1></html>"


def fault_first(server: Server, count: int, fault: Fault) -> None:
    server.fault = lambda _request, number: fault if number <= count else None


def test_gives_up_after_ten_minutes_and_says_what_it_asked(server: Server, make: Make) -> None:
    clock = QuickClock()
    server.fault = lambda _request, _number: Fault(status=503)
    with pytest.raises(
        UnreachableError, match=r"GET /organization failed \d+ times in \d+ s, last error: status 503"
    ) as fault:
        ask(make(clock=clock))
    tries, seconds = (int(word) for word in re.findall(r" (\d+) (?:times|s,)", str(fault.value)))
    assert tries == len(server.requests)
    assert 300 <= seconds <= module.PATIENCE


def test_waiting_for_a_place_is_not_taken_from_the_patience(server: Server) -> None:
    clock = QuickClock()
    pace = Pace(1 / 20, clock)  # a place is free after twenty minutes, twice as long as a request is tried
    client = Client(
        url=server.url, key=server.key, user_agent="test", timeout=5, max_in_flight=1, pace=pace, clock=clock
    )
    fault = Fault(kind="reset")
    server.fault = lambda _request, number: fault if number == 2 else None
    began = clock.now()
    try:
        assert all(ask(client)["data"] for _ in range(2))
    finally:
        client.close()
    assert len(server.requests) == 3
    assert clock.now() - began > 2 * 1200


def test_a_minute_of_429_without_retry_after_is_waited_out(server: Server, make: Make) -> None:
    clock = QuickClock()
    quota_frees_at = clock.now() + 75
    server.fault = lambda _request, _number: Fault(status=429) if clock.now() < quota_frees_at else None
    assert ask(make(clock=clock))["data"]
    assert len(server.requests) < 10, "it hammers a server that said it is too much"


def test_retry_after_as_a_date_counts_from_the_servers_date(server: Server, make: Make) -> None:
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
    ask(make(clock=clock))
    assert 24 < max(clock.waits) <= 25


@pytest.mark.parametrize("absurd", ["301", "7200", "1790000000", "inf", "nan", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_an_absurd_retry_after_is_ignored(server: Server, make: Make, absurd: str) -> None:
    """It makes no sense for a quota window of a minute; half an hour of silence would be a fault in itself."""
    clock = QuickClock()
    fault_first(server, 1, Fault(status=429, headers={"Retry-After": absurd}))
    ask(make(clock=clock))
    assert sum(clock.waits) == pytest.approx(FIRST_HOLD, abs=0.01)


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (401, WrongKeyError, "refuses the api_key (401"),
        (403, KeyRefusedError, "Settings, Developers, Public API"),
        (404, MissingError, "check api_url"),
        (400, RejectedError, "rejects GET /organization (400"),
        (405, RejectedError, "rejects GET /organization (405"),
        (302, RejectedError, "the key is not sent elsewhere"),
    ],
)
def test_what_no_retry_fixes_ends_at_once(
    server: Server, make: Make, status: int, kind: type[Exception], text: str
) -> None:
    server.fault = lambda _request, _number: Fault(status=status)
    with pytest.raises(kind) as fault:
        ask(make())
    assert text in str(fault.value)
    assert len(server.requests) == 1


# A refusal that the API did not write may be an ingress's, so it may pass.
# It says nothing about what was asked for: its 404 does not mean "not there".
REFUSALS = [(401, WrongKeyError), (403, UnreachableError), (404, UnreachableError), (400, UnreachableError)]


@pytest.mark.parametrize("body", [FOREIGN, b"", b'{"error": "no route"}', b'{"errors": []}'])
@pytest.mark.parametrize(("status", "kind"), REFUSALS)
def test_a_foreign_refusal_of_the_first_request_ends_soon(
    server: Server, make: Make, status: int, kind: type[Exception], body: bytes
) -> None:
    server.fault = lambda _request, _number: Fault(status=status, body=body)
    with pytest.raises(kind):
        ask(make())
    assert len(server.requests) == module.FEW_TRIES


@pytest.mark.parametrize(("status", "kind"), REFUSALS)
def test_a_temporary_foreign_refusal_is_waited_out(
    server: Server, make: Make, status: int, kind: type[Exception]
) -> None:
    client = make()
    ask(client, OTHER)
    fault_first(server, 6, Fault(status=status, body=FOREIGN))
    assert ask(client)["data"]
    assert len(server.requests) == 1 + 6, f"{kind} was believed"


@pytest.mark.parametrize("fault", [Fault(status=404, body=FOREIGN), Fault(status=503)], ids=["404", "503"])
def test_what_fails_while_others_are_answered_ends_sooner(server: Server, make: Make, fault: Fault) -> None:
    class Meanwhile(QuickClock):
        """Another request is answered in every wait."""

        def wait(self, seconds: float) -> None:
            super().wait(seconds)
            ask(client, OTHER)

    clock = Meanwhile()
    client = make(clock=clock)
    server.fault = lambda request, _number: fault if request.path.endswith(ASKED.path) else None
    ask(client, OTHER)
    with pytest.raises(UnreachableError):
        ask(client)
    assert sum(clock.waits) <= module.LONE_PATIENCE
    assert len(clock.waits) > module.FEW_TRIES


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


FAR = "no connection to api.helpcrunch.invalid"
UNUSABLE = "this address cannot be used"
# A variable, the proxy in it, and why there is no connection.
PROXIES = [
    ("https_proxy", "http://a:SECRET@127.0.0.1:{shut}", "127.0.0.1:{shut}", "status 407 (tried "),
    ("HTTPS_PROXY", "http://a:SECRET@127.0.0.1:{nobody}", "127.0.0.1:{nobody}", "Connection refused (tried "),
    ("ALL_PROXY", "http://a:SEC@RET@proxy.invalid:3128", "proxy.invalid:3128", " (tried "),
    ("all_proxy", "socks5://a:SECRET@127.0.0.1:1", "127.0.0.1:1", f"{UNUSABLE}, socks needs the package PySocks"),
    ("HTTPS_PROXY", "ftp://a:SECRET@127.0.0.1:1", "127.0.0.1:1", UNUSABLE),
    ("HTTPS_PROXY", "http://a:SECRET@127.0.0.1:99999", "127.0.0.1:99999", UNUSABLE),
    ("HTTPS_PROXY", "http://a:SECRET-ключ@127.0.0.1:1", "127.0.0.1:1", UNUSABLE),
    ("HTTPS_PROXY", "http://", "http://", UNUSABLE),
]


@pytest.mark.parametrize(("variable", "proxy", "shown", "why"), PROXIES)
def test_a_proxy_that_cannot_be_used_ends_the_run_soon(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, variable: str, proxy: str, shown: str, why: str
) -> None:
    """All streams are selected: none of them may wait a minute of its own."""
    clock = QuickClock()
    with Relay(0, proxy=True, answer="407 Proxy Authentication Required") as shut, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        ports = {"shut": shut.port, "nobody": nobody.getsockname()[1]}
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(variable, proxy.format(**ports))
        tap = tap_for({"api_key": "key", "api_url": "https://api.helpcrunch.invalid/v1"}, None, None)
        tap.session = Session(Settings.read(tap.config), clock=clock)
        with pytest.raises(NoConnectionError) as caught:
            brought(tap)
    line = f"{FAR} through the proxy {shown} ({variable}): ".format(**ports)
    assert str(caught.value).startswith(line)
    assert why.format(**ports) in str(caught.value)
    assert not re.search("SEC|RET", str(caught.value) + caplog.text)
    assert sum(clock.waits) < 60
    warned = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert len(warned) == ("tried" in why), "what is tried again is named at once"
    assert all(line in text for text in warned)


def test_a_host_that_does_not_exist_ends_the_run_soon(make: Make) -> None:
    clock = QuickClock()
    with pytest.raises(NoConnectionError, match=rf"{FAR}: .* \(tried \d+ times in \d+ s\)"):
        ask(make(url="https://api.helpcrunch.invalid/v1", clock=clock), Request("/agents", optional=True))
    assert module.FIRST_PATIENCE / 4 < sum(clock.waits) < 60


def test_a_host_that_was_there_is_waited_for_longer(server: Server, make: Make) -> None:
    clock = QuickClock()
    client = make(clock=clock)
    ask(client)
    server.close()
    with pytest.raises(UnreachableError, match=r"no connection to 127\.0\.0\.1: Connection refused"):
        ask(client)
    assert sum(clock.waits) > 300
