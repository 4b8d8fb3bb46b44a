"""A listing is read on from a place, which is sought by its offset: whatever it answers, no row is skipped silently."""

from __future__ import annotations

import pytest

from simulator import Account, Dialect, Fault, Played, Server
from tests.happenings import DAY
from tests.lives.runners import End
from tests.rules.helpers import chats, load, mark
from tests.target import Target
from tests.test_customers import customers


@pytest.mark.parametrize("kill", [20, 45, 70, 95, 120])
def test_rows_of_one_second_in_any_order_are_read_on(account: Account, server: Server, kill: int) -> None:
    """The search is refused, and the load is killed within one second of sixty chats, again and again."""
    server.dialect = Dialect(ties="shuffled")
    for count in (30, 60, 60, 30):
        account.advance(60)
        chats(account, count, apart=0, messages=0)
    account.advance(DAY)
    server.deviations.append(Played("own-400", "chats/search"))
    target = Target()
    load(server, target, streams=("chats",), kill=kill, end=None)
    load(server, target, streams=("chats",), kill=kill, end=None)
    load(server, target, streams=("chats",))
    assert set(target.of("chats")) == set(account.chats)


@pytest.mark.parametrize(("name", "times"), [("offset-empty", None), ("page-empty", 4), ("page-empty", 2)])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_empty_pages_do_not_hide_the_newest(
    account: Account, server: Server, name: str, times: int | None, after: int
) -> None:
    """Chats without messages come first, and no other list tells of new messages."""
    server.dialect = Dialect(nulls="always first", updated_at="refused")
    chats(account, 150, messages=0)
    made = chats(account, 50)
    account.advance(DAY)
    target = load(server)
    account.advance(3600)
    for chat in made[:5]:
        account.advance(10)
        account.add_message(chat, "new")
    account.advance(3600)
    server.deviations.append(Played(name, "chats", times=times, after=after))
    load(server, target, end=None)
    server.deviations.clear()
    account.advance(3600)
    load(server, target)
    assert set(target.of("messages")) == set(account.messages)


def test_a_filter_that_goes_begins_those_never_seen_again(account: Account, server: Server) -> None:
    customers(account, 20, 400)
    account.advance(DAY)
    target = Target()
    few = {"customers": {"__filter__": "id < 350"}}
    load(server, target, streams=("customers",), kill=150, stream_maps=few)
    load(server, target, streams=("customers",))
    assert set(target.of("customers")) == set(account.customers)


def test_a_failing_chat_among_the_newest_keeps_no_history_away(account: Account, server: Server) -> None:
    """It is asked whether chats show messages, before an absence is believed."""
    made = chats(account, 200)
    account.advance(DAY)
    server.fault = lambda request, _: Fault(status=400) if request.path == f"/v1/chats/{made[-1]}/messages" else None
    server.deviations.append(Played("page-empty-total-0", "messages", path=f"/chats/{made[-5]}/messages"))
    target = load(server, kill=150)
    for _ in range(3):
        account.advance(2 * 3600)
        load(server, target, end=End.WITH_1)
    assert mark(target.state)["walk"]["ended"]
    assert {message.chat for message in account.messages.values()} - {made[-1], made[-5]} == {
        row["chat"] for row in target.of("messages").values()
    } - {made[-5]}
