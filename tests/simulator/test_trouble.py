"""Faults, quotas, latency and callbacks."""

from __future__ import annotations

import http.client
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

from simulator import Account, Dialect, Fault, Server
from simulator.desk import Quota
from tests.simulator.client import NOW, Client

if TYPE_CHECKING:
    from simulator import Logged


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(503, b"<h1>no</h1>", {"Retry-After": "3"}), 503),
        (Fault(429), 429),
        (Fault(kind="garbage"), 200),
        (Fault(kind="slow", seconds=0.2), 200),
        (Fault(kind="reset"), ConnectionResetError),
        (Fault(kind="cut"), http.client.IncompleteRead),
    ],
    ids=lambda one: one.kind if isinstance(one, Fault) else "",
)
def test_a_fault_shows_once(server: Server, client: Client, fault: Fault, expected: Any) -> None:
    whole = client.get("/chats").body
    server.fault = lambda _, number: fault if number == 2 else None
    began = time.monotonic()
    if isinstance(expected, int):
        answer = client.get("/chats")
        assert answer.status == expected
        assert answer.headers.get("Retry-After") == fault.headers.get("Retry-After")
        assert time.monotonic() - began >= fault.seconds
        assert (answer.body == whole) is (fault.kind == "slow")
        assert fault.status != 429 or answer.codes == ["invalid_request", "too_many_requests"]
        assert fault.body in (None, answer.body)
    else:
        with pytest.raises(expected) as caught:
            client.get("/chats")
        client.connection.close()
        assert fault.kind != "cut" or caught.value.partial == whole[: len(whole) // 2]
    assert client.get("/chats").body == whole
    said = expected if isinstance(expected, int) else 0 if fault.kind == "reset" else 200
    assert [row.status for row in server.requests] == [200, said, 200]


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


@pytest.mark.parametrize("whose", ["a callback's", "its own"])
def test_no_error_is_lost(account: Account, whose: str) -> None:
    def before(_: Logged) -> None:
        raise TypeError("not iterable")

    def test() -> None:
        with Server(account) as server, Client(server) as client:
            if whose == "its own":
                account.chats[1].agents = 7  # type: ignore[assignment]
                with pytest.raises((OSError, http.client.HTTPException)):
                    client.get("/chats/1")
            else:
                server.before = before
                assert client.get("/chats").status == 500

    with pytest.raises(TypeError, match="not iterable"):
        test()


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after(account: Account, form: Any) -> None:
    server = Server(account, Dialect(date_skew=500), requests_per_minute=1, retry_after=form)
    with server, Client(server) as client:
        client.get("/agents")
        headers = client.get("/agents").headers
    dates = [parsedate_to_datetime(headers[name]) for name in ("Retry-After", "Date") if form == "date"]
    assert headers["Retry-After"] == "60" if form == "seconds" else (dates[0] - dates[1]).total_seconds() == 60


@pytest.mark.parametrize(
    ("window", "times", "waits"),
    [
        ("fixed", (10, 69, 69.5, 70, 71, 72, 1000), [0, 0, 0.5, 0, 0, 58, 0]),
        ("sliding", (10, 69, 69.5, 70, 71, 129), [0, 0, 0.5, 0, 58, 0]),
        ("bucket", (10, 10, 10, 40, 55, 1000, 1000, 1000), [0, 0, 30, 0, 15, 0, 0, 30]),
    ],
)
def test_windows(window: Any, times: tuple[float, ...], waits: list[float]) -> None:
    clock = iter((0.0, *times))
    quota = Quota(2, window, 60, lambda: next(clock))
    assert [round(quota.take(), 6) for _ in times] == waits
