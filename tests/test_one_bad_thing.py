"""One bad thing takes no other along: the rest comes, and what is bad is told."""

from __future__ import annotations

import json
import typing as t

import pytest

from simulator import Account, Fault, Played, Server
from tests.happenings import DAY, refuse
from tests.hiding import changing, changing_rows
from tests.lives.runners import End
from tests.rules.helpers import CHATS, chats, load, mark
from tests.target import Target

if t.TYPE_CHECKING:
    from simulator import Logged

HOUR = 3600
TOO_MANY = json.dumps({"errors": [{"code": "invalid_request"}, {"code": "too_many_requests"}]}).encode()


@pytest.mark.parametrize("status", [200, 403, 404])
@pytest.mark.parametrize("count", [10, 120])
def test_many_old_chats_in_a_row_that_cannot_be_read(
    account: Account, server: Server, *, status: int, count: int
) -> None:
    """A plan hides their messages: the others come, and what changes goes on."""
    made = chats(account, 200)
    account.advance(DAY)
    bad = made[30 : 30 + count]
    if status == 200:
        for chat in bad:
            server.deviations.append(Played("page-empty-total-0", "messages", path=f"/chats/{chat}/messages"))
    else:
        refuse(server, {f"/chats/{chat}/messages": status for chat in bad})
    target = Target()
    for _ in range(4):
        load(server, target, end=None)
        account.advance(HOUR)
    wanted = {message.id for message in account.messages.values() if message.chat not in bad}
    assert set(target.of("messages")) == wanted
    account.add_message(made[-1], "new")
    account.advance(HOUR)
    load(server, target, end=None)
    assert max(account.messages) in target.of("messages")


@pytest.mark.parametrize(
    "fault",
    [Fault(status=401), Fault(status=403), Fault(status=403, body=TOO_MANY), Fault(status=401, body=b"<html>")],
    ids=["401", "403", "403 too_many_requests", "401 of a proxy"],
)
@pytest.mark.parametrize("times", [1, 2])
def test_a_stray_refusal_ends_nothing(account: Account, server: Server, fault: Fault, times: int) -> None:
    chats(account, 60)
    account.advance(DAY)
    refused = 1 if fault.body == TOO_MANY else 20
    server.fault = lambda _request, number: fault if refused <= number < refused + times else None
    target = load(server, end=None if times > 1 and fault.body != TOO_MANY else End.WELL)
    account.advance(HOUR)
    load(server, target)
    assert set(target.of("messages")) == set(account.messages)


@pytest.mark.parametrize("table", ["agents", "departments"])
@pytest.mark.parametrize("value", [None, "x", {}])
def test_one_row_without_a_key_costs_one_row(account: Account, server: Server, table: str, value: t.Any) -> None:
    for number in range(5):
        account.add(table, name=f"Number {number}")
    bad = max(account.small[table])
    with changing_rows(f"/{table}", lambda row: {**row, "id": value} if row["id"] == bad else row):
        target = load(server, streams=(table,), end=None)
    assert set(target.of(table)) == set(account.small[table]) - {bad}


@pytest.mark.parametrize("value", [None, "x"])
def test_one_chat_without_an_id_costs_one_chat(account: Account, server: Server, value: t.Any) -> None:
    made = chats(account, 150)
    account.advance(DAY)
    with changing_rows("/chats", lambda row: {**row, "id": value} if row.get("id") == made[20] else row):
        target = load(server, streams=("chats",), end=None)
    assert set(target.of("chats")) == set(made) - {made[20]}


@pytest.mark.parametrize("where", [0, 60, 149])
def test_a_row_that_makes_its_page_a_500_costs_one_row(account: Account, server: Server, where: int) -> None:
    made = chats(account, 150)
    account.advance(DAY)
    bad = made[where]

    def broken(status: int, body: t.Any) -> tuple[int, t.Any]:
        rows = body.get("data") if isinstance(body, dict) else None
        is_bad = isinstance(rows, list) and any(row.get("id") == bad for row in rows)
        return (500, {"errors": [{"code": "error"}]}) if is_bad else (status, body)

    target = Target()
    with changing("/chats", broken):
        for _ in range(3):
            load(server, target, streams=CHATS, end=None)
            account.advance(HOUR)
    assert set(target.of("chats")) >= set(made) - {bad}
    assert {m.id for m in account.messages.values() if m.chat != bad} <= set(target.of("messages"))


def test_a_chat_that_fails_rings_for_a_day_and_is_tried_on(account: Account, server: Server) -> None:
    made = chats(account, 30)
    account.advance(DAY)
    bad = f"/v1/chats/{made[7]}/messages"
    server.fault = lambda request, _: Fault(status=400) if request.path == bad else None
    target = load(server, end=End.WITH_1)
    since = mark(target.state)["since"]
    account.advance(5 * HOUR)
    load(server, target, end=End.WITH_1)
    assert mark(target.state)["since"] > since, "it keeps nothing else back"
    account.advance(DAY)
    load(server, target, end=End.WELL)
    assert [request for request in server.requests if request.path == bad]
    server.fault = None
    account.advance(HOUR)
    load(server, target)
    assert set(target.of("messages")) == set(account.messages)


def test_a_firewall_that_forbids_post_delays_nothing(account: Account, server: Server) -> None:
    chats(account, 150)
    account.advance(DAY)
    began, came = account.now, list[t.Any]()

    def firewall(request: Logged, _number: int) -> Fault | None:
        if request.path.endswith("/messages"):
            came.append(account.now)
        return Fault(status=403, body=b"<html>Forbidden</html>") if request.method == "POST" else None

    server.fault = firewall
    target = load(server, streams=("agents", *CHATS), end=None)
    assert set(target.of("messages")) == set(account.messages)
    assert came[0] - began <= 90
