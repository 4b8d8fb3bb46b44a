"""The generated account; and its server's faults, quotas and latency."""

import http.client
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from simulator import Account, Dialect, Logged, Server
from simulator.desk import Quota
from tests.conftest import NOW
from tests.simulator.conftest import Client


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


def test_every_record_is_consistent_and_everything_occurs() -> None:
    account = Account.generate(seed=7, chats=430, messages=3000)
    for chat in account.chats.values():
        thread = account.messages_of(chat.id)
        places = [(message.created_at, message.id) for message in thread]
        assert places == sorted(places, reverse=True)
        assert all(int(message.created_at) >= chat.created_at for message in thread)
        moving = [message for message in thread if message.moves_chat]
        assert chat.last_message_id == (moving[0].id if moving else None)
        assert (chat.last_message_at is None) == (not moving)
        assert (chat.status == "empty") == (not thread)
        assert (chat.closed_at is None) == (chat.status != "closed")
        assert chat.created_at == chat.created_at.to_integral_value()
        assert max(places, default=(Decimal(0), 0))[0] <= NOW - 7200
    assert {one.type for one in account.messages.values()} == {"message", "private", "tech", "email", "knowledgeBase"}
    assert {"empty", "closed", "opened", "new", "pending"} <= {chat.status for chat in account.chats.values()}
    assert 2 <= sum(len(thread) > 100 for thread in account.threads.values()) <= 10
    assert 10 <= sum(not thread for thread in account.threads.values()) <= 16
    for field in ("name", "email", "device", "last_seen"):
        assert {getattr(customer, field) is None for customer in account.customers.values()} == {True, False}
