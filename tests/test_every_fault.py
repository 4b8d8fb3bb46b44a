"""Each kind of trouble at every request of every kind, alone and in bursts: nothing is lost, nothing ends."""

import re
import typing as t
from collections import Counter

import pytest

from simulator import Account, Dialect, Fault, Server
from tests.conftest import NOW, endpoints
from tests.expected import STREAMS, records
from tests.happenings import DAY
from tests.running import sync
from tests.target import Target

FAULTS = {
    "503-retry-after": Fault(status=503, headers={"Retry-After": "3"}),
    "408": Fault(status=408),
    "429": Fault(status=429),
    "429-seconds": Fault(status=429, headers={"Retry-After": "7"}),
    "429-date": Fault(status=429, headers={"Retry-After": "Sun, 20 Sep 2026 14:23:20 GMT"}),
    "cut": Fault(kind="cut"),
    "hang": Fault(kind="hang"),
}


@pytest.mark.usefixtures("no_waits")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_every_request_meets_it_first_and_all_rows_arrive(fault: Fault) -> None:
    account = Account.generate(seed=6, chats=12, messages=40, customers=9, now=NOW)
    for _ in range(250):
        account.add_message(min(account.chats), "a long chat")
    account.advance(DAY)
    met: Counter[str] = Counter()
    times = 1 if fault.kind in {"hang", "cut"} else 5
    kinds = set()

    def happen(request: t.Any, _number: int) -> Fault | None:
        what = f"{request.method} {request.path} {request.params} {request.body}"
        kinds.add(f"{request.method} " + re.sub(r"\d+", "{id}", request.path.removeprefix("/v1")))
        met[what] += 1
        return fault if met[what] <= times else None

    target = Target()
    with Server(account, Dialect()) as server:
        server.fault = happen
        # One at a time, because the waits of several threads would add up on this clock.
        settings: dict[str, t.Any] = {"max_in_flight": 1, "request_timeout": 0.05 if fault.kind == "hang" else 60}
        target.load(sync(server, **settings).lines)
        met.clear()
        account.add_message(max(account.chats), "the last words")
        account.advance(DAY)
        target.load(sync(server, state=target.next_state(), **settings).lines)
        met.clear()
        by_id = sync(server, "chats", "messages", chat_ids=list(account.chats), **settings)
    assert kinds == endpoints()
    wanted = records(account)
    for stream in STREAMS:
        assert target.of(stream) == wanted[stream], stream
    assert {row["id"] for row in by_id.records("messages")} == set(account.messages)
