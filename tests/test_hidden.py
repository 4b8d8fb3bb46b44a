"""Promise 11 if a list hides rows: it is noticed, even by a load that takes several runs."""

from __future__ import annotations

import typing as t

import pytest

from simulator import Account, Dialect, Played, Server
from tests.happenings import DAY
from tests.hiding import hiding, undate
from tests.lives.runners import End, InProcess, Kill
from tests.rules.helpers import chats
from tests.running import config
from tests.target import Target


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
def test_chats_newer_than_all_that_the_search_shows(account: Account, server: Server, kills: tuple[int, ...]) -> None:
    """Its index is eight minutes late, and the next increment looks back five."""
    made = chats(account, 400)
    account.advance(360)
    with hiding("/chats/search", set(made[-3:]), 3):
        target = loaded(server, ("chats", "messages"), kills)
    assert InProcess().run(server, target, config(server), ("chats", "messages"), None) is End.WELL
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


def test_refreshes_of_two_streams_in_a_run_are_both_compared(account: Account, server: Server) -> None:
    """Else edits in a chat that the search leaves out would not come where both are always due together."""
    made = chats(account, 130)
    undate(account, made[5:8])
    account.advance(DAY)
    target, runner, streams = Target(), InProcess(), ("chats", "messages")
    settings = config(server, refresh_days=7, refresh_messages_days=7)
    assert runner.run(server, target, settings, streams, None) is End.WELL
    (edited,) = account.messages_of(made[6])
    account.edit_message(edited.id, "edited")
    account.advance(8 * DAY)
    assert runner.run(server, target, settings, streams, None) is End.WELL
    assert target.of("messages")[edited.id]["text"] == "edited"


def test_a_load_killed_among_chats_without_a_time_goes_on(account: Account, server: Server) -> None:
    made = chats(account, 230)
    undate(account, made[:100])
    account.advance(DAY)
    target, runner, streams = Target(), InProcess(), ("chats", "messages")
    for lines in (350, 150, 10):
        assert runner.run(server, target, config(server), streams, Kill(lines)) is End.KILLED
    assert runner.run(server, target, config(server), streams, None) is End.WELL
    assert set(target.of("messages")) == set(account.messages)


@pytest.mark.parametrize("order", [(), ("order-ignored",)])
@pytest.mark.parametrize("what", ["chats", "customers"])
def test_rows_hidden_by_a_search_that_then_fails(
    account: Account, server: Server, what: str, order: tuple[str, ...]
) -> None:
    made = chats(account, 400)
    account.advance(DAY)
    hidden = set(made[360:363]) if what == "chats" else set(sorted(account.customers)[360:363])
    server.deviations += [Played("own-400", f"{what}/search", after=2), *(Played(name, what) for name in order)]
    with hiding(f"/{what}/search", hidden):
        target = loaded(server, ("chats", "messages") if what == "chats" else ("customers",), may_be_told=bool(order))
    assert set(target.of(what)) == set(made if what == "chats" else account.customers)
    assert what == "customers" or set(target.of("messages")) == set(account.messages)


@pytest.mark.parametrize("where", [360, 40])
def test_customers_that_the_search_hides(account: Account, server: Server, where: int) -> None:
    chats(account, 400)
    account.advance(DAY)
    with hiding("/customers/search", set(sorted(account.customers)[where : where + 3])):
        target = loaded(server, ("customers",), (250,))
    assert set(target.of("customers")) == set(account.customers)


@pytest.mark.parametrize("total", ["documented", "absent"])
def test_pages_of_messages_that_are_short_by_some(
    account: Account, server: Server, total: t.Literal["documented", "absent"]
) -> None:
    """A page that rows were left out of does not end a chat, unless a total says so."""
    server.dialect = Dialect(total=total)
    chat, _ = chats(account, 2, messages=350)
    account.advance(DAY)
    said = [message.id for message in account.messages_of(chat)]
    hidden = {*said[20:24], *said[150:153]}
    with hiding("/messages", hidden):
        target = loaded(server, ("chats", "messages"))
    assert set(target.of("messages")) == set(account.messages) - hidden
