"""An absence is not believed by the run that first sees it: what is missing in one run comes with a later one."""

from __future__ import annotations

import typing as t

import pytest

from simulator import Account, Fault, Played, Server
from tests.happenings import DAY
from tests.hiding import hiding
from tests.lives.runners import End
from tests.rules.helpers import CHATS, chats, load, owed
from tests.target import Target

if t.TYPE_CHECKING:
    from simulator import Logged

HOUR = 3600
LISTS = ("chats", "chats/search", "customers", "customers/search")


def later_runs(server: Server, account: Account, target: Target, count: int = 2) -> None:
    """Run every hour, without anything wrong."""
    server.fault = None
    server.deviations.clear()
    for _ in range(count):
        account.advance(HOUR)
        load(server, target)


@pytest.mark.parametrize("requests", [28, 160])
def test_a_deploy_that_answers_404_everywhere(account: Account, server: Server, requests: int) -> None:
    """Every route answers the API's own 404 for some requests, in the middle of a first load."""
    chats(account, 329)
    account.advance(DAY)

    def deploy(_request: Logged, number: int) -> Fault | None:
        return Fault(status=404) if 100 < number <= 100 + requests else None

    server.fault = deploy
    target = load(server, end=None, max_in_flight=8)
    later_runs(server, account, target)
    assert set(target.of("messages")) == set(account.messages)
    assert owed(target.state) == []


@pytest.mark.parametrize("status", [404, 410, 200])
@pytest.mark.parametrize("is_increment", [False, True])
def test_some_chats_that_are_missing_in_one_run(
    account: Account, server: Server, *, status: int, is_increment: bool
) -> None:
    made = chats(account, 60)
    account.advance(DAY)
    target = load(server) if is_increment else Target()
    for chat in made[10:34] if is_increment else []:
        account.advance(60)
        account.add_message(chat, "new")
    account.advance(DAY)
    missing = {f"/v1/chats/{chat}/messages" for chat in made[10:34]}
    fault = Fault(status, b'{"data": [], "total": 0}' if status == 200 else None)
    server.fault = lambda request, _: fault if request.path in missing else None
    load(server, target)
    later_runs(server, account, target)
    assert set(target.of("messages")) == set(account.messages)


def test_a_replica_of_the_messages_that_is_behind(account: Account, server: Server) -> None:
    """The chats' rows show messages of eight minutes ago, the messages' endpoint does not yet, nor counts them."""
    made = chats(account, 30)
    account.advance(DAY)
    target = load(server)
    account.advance(DAY)
    new = {account.add_message(chat, "new") for chat in made[:7]}
    account.advance(8 * 60)
    with hiding("/messages", new, fewer=1):
        load(server, target)
    later_runs(server, account, target)
    assert set(target.of("messages")) == set(account.messages)


def test_a_first_run_that_meets_a_node_without_data(account: Account, server: Server) -> None:
    chats(account, 30)
    account.advance(DAY)
    server.deviations += [Played("page-empty-total-0", kind) for kind in LISTS]
    streams = (*CHATS, "customers")
    target = load(server, streams=streams)
    assert not target.of("chats")
    server.deviations.clear()
    account.advance(HOUR)
    load(server, target, streams=streams)
    assert set(target.of("messages")) == set(account.messages)
    assert set(target.of("customers")) == set(account.customers)


def test_an_increment_that_meets_a_node_without_data(account: Account, server: Server) -> None:
    made = chats(account, 30)
    account.advance(DAY)
    target = load(server)
    account.advance(DAY)
    for chat in made[:8]:
        account.add_message(chat, "new")
    account.advance(HOUR)
    server.deviations += [Played("page-empty-total-0", kind) for kind in LISTS]
    load(server, target, end=None)
    later_runs(server, account, target, 1)
    assert set(target.of("messages")) == set(account.messages)


def test_an_absence_that_lasts_is_believed(account: Account, server: Server) -> None:
    """It costs a request a run, twice, and then none."""
    made = chats(account, 60)
    account.advance(DAY)
    missing = {f"/v1/chats/{chat}/messages" for chat in made[10:14]}
    server.fault = lambda request, _: Fault(status=404) if request.path in missing else None
    target = load(server)
    for _ in range(3):
        account.advance(HOUR)
        account.add_message(made[-1], "so that others answer")
        account.advance(600)
        load(server, target, end=End.WELL)
    assert not [request for request in server.requests if request.path in missing]
    assert set(target.of("messages")) == {m.id for m in account.messages.values() if m.chat not in made[10:14]}
