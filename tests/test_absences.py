"""An absence is not believed by the run that first sees it, and rows that a list hides are noticed."""

import typing as t

import pytest

from simulator import Account, Dialect, Fault, Logged, Played, Server
from tests.happenings import DAY
from tests.hiding import hiding, undate
from tests.lives.runners import End, InProcess, Kill
from tests.rules.helpers import CHATS, chats, load
from tests.running import config
from tests.target import Target

HOUR = 3600


def later_runs(server: Server, account: Account, target: Target, count: int = 2) -> None:
    """Run every hour, without anything wrong."""
    server.fault = None
    server.deviations.clear()
    for _ in range(count):
        account.advance(HOUR)
        load(server, target)


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


def loaded(
    server: Server, streams: tuple[str, ...], kills: t.Sequence[int] = (), *, may_be_told: bool = False
) -> Target:
    """Load into a target with a run for each of ``kills``, killed after that many lines, and one more.

    If two things are wrong at once, the last run may be told, and end with 1; then without them the next one is whole.
    """
    target, runner = Target(), InProcess()
    for lines in kills:
        assert runner.run(server, target, config(server), streams, Kill(lines)) is End.KILLED
        assert 100 < len(target.of(streams[-1])) < 300
    end = runner.run(server, target, config(server), streams, None)
    assert end is End.WELL or (may_be_told and end is End.WITH_1)
    if end is End.WITH_1:
        server.deviations.clear()
        server.dialect = Dialect()
        assert runner.run(server, target, config(server), streams, None) is End.WELL
    return target


@pytest.mark.parametrize("kills", [(), (400,)])
@pytest.mark.parametrize("fewer", [0, 3])
@pytest.mark.parametrize("where", [360, 40])
def test_chats_that_the_search_hides(
    account: Account, server: Server, where: int, fewer: int, kills: tuple[int, ...]
) -> None:
    """Either the search still counts them, or only the listing does."""
    made = chats(account, 400)
    account.advance(DAY)
    with hiding("/chats/search", set(made[where : where + 3]), fewer):
        target = loaded(server, ("chats", "messages"), kills)
    assert set(target.of("chats")) == set(made)
    assert set(target.of("messages")) == set(account.messages)


@pytest.mark.parametrize("kills", [(), (400,)])
@pytest.mark.parametrize("refused", [(), ("chats/search",)])
@pytest.mark.parametrize("nulls", ["first", "last"])
def test_chats_without_a_time_of_creation(
    account: Account, server: Server, nulls: t.Any, refused: tuple[str, ...], kills: tuple[int, ...]
) -> None:
    """No search finds them, and they have no place in the listing."""
    server.dialect = Dialect(nulls=nulls)
    server.deviations += [Played("own-400", kind) for kind in refused]
    made = chats(account, 400)
    undate(account, made[100:223])
    account.advance(DAY)
    target = loaded(server, ("chats", "messages"), kills, may_be_told=bool(refused))
    assert set(target.of("chats")) == set(made)
    assert set(target.of("messages")) == set(account.messages)
    account.advance(8 * DAY)
    server.deviations.clear()
    undate(account, made[300:303])
    again = Target()
    again.state = target.state
    settings = config(server, refresh_messages_days=7)
    assert InProcess().run(server, again, settings, ("messages",), None) is End.WELL
    assert set(again.of("messages")) == set(account.messages)


@pytest.mark.parametrize("where", [360, 40])
def test_customers_that_the_search_hides(account: Account, server: Server, where: int) -> None:
    chats(account, 400)
    account.advance(DAY)
    with hiding("/customers/search", set(sorted(account.customers)[where : where + 3])):
        target = loaded(server, ("customers",), (250,))
    assert set(target.of("customers")) == set(account.customers)


def hourly(server: Server, account: Account, target: Target | None = None, streams: tuple[str, ...] = CHATS) -> Target:
    """Run four times, an hour apart, each ending with 0; the last one is quiet."""
    target = target or Target()
    for _ in range(4):
        load(server, target, streams=streams)
        account.advance(HOUR)
    return target


def test_customers_in_a_window_of_offsets(account: Account, server: Server) -> None:
    """Offsets beyond it are refused; by lastSeen all can be read."""
    for _ in range(350):
        account.advance(60)
        account.add_customer(last_seen=account.now)
    account.advance(DAY)

    def window(request: Logged, _number: int) -> Fault | None:
        offset = int((request.body or request.params).get("offset", 0))
        return Fault(status=400) if "/customers" in request.path and offset >= 100 else None

    server.fault = window
    target = hourly(server, account, streams=("customers",))
    assert set(target.of("customers")) == set(account.customers)
    assert len(server.requests) <= 2
