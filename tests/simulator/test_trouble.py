"""Faults, quotas, latency and callbacks."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

from simulator import Account, Dialect, Fault, Server
from simulator.desk import Quota
from tests.simulator.client import NOW, Client

if TYPE_CHECKING:
    from simulator import Logged


def once(fault: Fault) -> Any:
    """Return a callback that makes the first request fail."""
    return lambda _, number: fault if number == 1 else None


def test_fault_status(server: Server, client: Client) -> None:
    server.fault = once(Fault(503, b"<h1>no</h1>", {"Retry-After": "3"}))
    answer = client.get("/chats")
    assert (answer.status, answer.body) == (503, b"<h1>no</h1>")
    assert answer.headers["Retry-After"] == "3"
    assert client.get("/chats").status == 200
    assert [row.status for row in server.requests] == [503, 200]


def test_fault_status_with_the_documented_body(server: Server, client: Client) -> None:
    server.fault = lambda _, __: Fault(429)
    assert client.get("/chats").codes == ["invalid_request", "too_many_requests"]
    server.dialect = Dialect.A1()
    assert client.get("/chats").codes == ["too_many_requests"]


def test_fault_reset(server: Server, client: Client) -> None:
    server.fault = once(Fault(kind="reset"))
    with pytest.raises(ConnectionResetError):
        client.get("/chats")
    client.connection.close()
    assert client.get("/chats").status == 200
    assert [row.status for row in server.requests] == [0, 200]


def test_fault_cut(server: Server, client: Client) -> None:
    whole = client.get("/chats").body
    server.fault = lambda _, number: Fault(kind="cut") if number == 2 else None
    with pytest.raises(http.client.IncompleteRead) as caught:
        client.get("/chats")
    assert caught.value.partial == whole[: len(whole) // 2]
    assert caught.value.expected == len(whole) - len(whole) // 2
    client.connection.close()
    assert client.get("/chats").body == whole


def test_fault_garbage(server: Server, client: Client) -> None:
    server.fault = once(Fault(kind="garbage"))
    answer = client.get("/chats")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html")
    assert answer.body.startswith(b"<html>")
    assert client.get("/chats").ids


def test_fault_slow(server: Server, client: Client) -> None:
    server.fault = once(Fault(kind="slow", seconds=0.2))
    began = time.monotonic()
    assert client.get("/chats").status == 200
    assert time.monotonic() - began >= 0.2


def test_fault_hang_lasts_until_the_end(account: Account) -> None:
    server = Server(account).start()
    server.fault = once(Fault(kind="hang"))
    client = Client(server)
    client.connection.timeout = 0.3
    with client, pytest.raises(TimeoutError):
        client.get("/chats")
    waiting = Client(server)
    server.fault = lambda _, __: Fault(kind="hang")
    ended: list[type[BaseException]] = []

    def wait() -> None:
        try:
            with waiting:
                waiting.get("/chats")
        except (OSError, http.client.HTTPException) as error:
            ended.append(type(error))

    thread = threading.Thread(target=wait)
    thread.start()
    while len(server.requests) < 2:
        time.sleep(0.01)
    began = time.monotonic()
    server.close()
    thread.join(5)
    assert time.monotonic() - began < 2
    assert len(ended) == 1


def test_nothing_answers_after_the_end(account: Account) -> None:
    with Server(account) as server:
        client = Client(server)
        assert client.get("/chats").status == 200
    server.close()
    with client, pytest.raises((OSError, http.client.HTTPException)):
        client.get("/chats")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=2)


def test_latency(account: Account) -> None:
    with Server(account, latency=0.1) as server:
        clients = [Client(server) for _ in range(8)]
        began = time.monotonic()
        threads = [threading.Thread(target=one.get, args=("/chats",)) for one in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
        assert 0.1 <= time.monotonic() - began < 0.7, "the latencies of connections overlap"
        assert [row.status for row in server.requests] == [200] * 8
        for one in clients:
            one.connection.close()


def test_before_may_change_the_account(account: Account, server: Server, client: Client) -> None:
    seen: list[Logged] = []

    def before(request: Logged) -> None:
        seen.append(request)
        account.advance(1)
        account.add_message(3, "under way")

    server.before = before
    answer = client.get("/chats/3/messages")
    assert answer.json["total"] == 1
    assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == NOW + 1
    assert (seen[0].path, seen[0].status) == ("/v1/chats/3/messages", 200)


def test_a_callback_that_fails_is_not_lost(account: Account) -> None:
    def before(_: Logged) -> None:
        raise AssertionError("found by the test's own callback")

    def test() -> None:
        with Server(account) as server, Client(server) as client:
            server.before = before
            assert client.get("/chats").status == 500

    with pytest.raises(AssertionError, match="own callback"):
        test()


def test_the_simulators_own_errors_are_not_lost(account: Account) -> None:
    account.chats[1].agents = 7  # type: ignore[assignment]

    def test() -> None:
        with (
            Server(account) as server,
            Client(server) as client,
            pytest.raises((OSError, http.client.HTTPException)),
        ):
            client.get("/chats/1")

    with pytest.raises(TypeError, match="not iterable"):
        test()


@pytest.mark.parametrize("window", ["fixed", "sliding", "bucket"])
def test_over_the_quota_is_429(account: Account, window: Any) -> None:
    quota = {"requests_per_minute": 3, "window": window}
    with Server(account, **quota) as server, Client(server) as client:
        answers = [client.get("/agents") for _ in range(5)]
        assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
        assert answers[3].codes == ["invalid_request", "too_many_requests"]
        assert "Retry-After" not in answers[3].headers
        client.key = "wrong"
        assert client.get("/agents").status == 429
        assert client.ask("GET", "/_control/account").status == 200


@pytest.mark.parametrize("window", ["fixed", "sliding", "bucket"])
def test_the_quota_comes_back(account: Account, window: Any) -> None:
    quota = {"requests_per_minute": 2, "window": window, "window_seconds": 0.4}
    with Server(account, **quota) as server, Client(server) as client:
        assert [client.get("/agents").status for _ in range(3)] == [200, 200, 429]
        time.sleep(0.45)
        assert [client.get("/agents").status for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after(account: Account, form: Any) -> None:
    server = Server(account, Dialect(date_skew=500), requests_per_minute=1, retry_after=form)
    with server, Client(server) as client:
        client.get("/agents")
        headers = client.get("/agents").headers
    told = headers["Retry-After"]
    if form == "date":
        later = parsedate_to_datetime(told) - parsedate_to_datetime(headers["Date"])
        assert later.total_seconds() == 60
    else:
        assert told == "60"


class Clock:
    """A clock for quotas."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now

    def run(self, quota: Quota, *times: float) -> list[float]:
        """Return what the quota says at these times."""
        answers = []
        for moment in times:
            self.now = 1000 + moment
            answers.append(round(quota.take(), 6))
        return answers


def test_windows() -> None:
    clock = Clock()
    fixed = Quota(2, "fixed", 60, clock)
    assert clock.run(fixed, 10, 69, 69.5, 70, 71, 72) == [0, 0, 0.5, 0, 0, 58]
    assert clock.run(fixed, 1000) == [0]
    clock = Clock()
    sliding = Quota(2, "sliding", 60, clock)
    assert clock.run(sliding, 10, 69, 69.5, 70, 71, 129) == [0, 0, 0.5, 0, 58, 0]
    clock = Clock()
    bucket = Quota(2, "bucket", 60, clock)
    assert clock.run(bucket, 10, 10, 10, 40, 55, 1000, 1000, 1000) == [0, 0, 30, 0, 15, 0, 0, 30]


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 5, "window": "hourly"}])
def test_an_invalid_quota_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a quota"):
        Quota(**wrong)
