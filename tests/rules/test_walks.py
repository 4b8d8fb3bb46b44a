"""All chats of an account, from the newest to the oldest: pages join, and odd pages hide no row."""

import typing as t

import pytest

from simulator import Account, Dialect, Fault, Played, Server
from tests.happenings import DAY
from tests.lives.runners import End
from tests.rules.helpers import chats, deletion, load, mark, meddle
from tests.running import sync
from tests.target import Target
from tests.test_customers import customers

Total = t.Literal["documented", "absent", "too many", "page"]
TOTALS: list[Total] = ["documented", "absent", "too many", "page"]
totals = pytest.mark.parametrize("total", TOTALS)
KINDS = {"key": "chats/search", "offset": "chats"}


@pytest.fixture(params=list(KINDS))
def way(request: pytest.FixtureRequest, server: Server) -> str:
    """List all chats by key, or by offset where the search is refused."""
    if request.param == "offset":
        server.deviations.append(Played("own-400", "chats/search"))
    return str(request.param)


def listed(server: Server) -> set[int]:
    """Return the chats that a first run brings."""
    return set(load(server, streams=("chats",)).of("chats"))


class TestPagesJoin:
    @totals
    @pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
    def test_every_row_comes_once_the_newest_first(
        self, account: Account, server: Server, way: str, total: Total, count: int
    ) -> None:
        server.dialect = Dialect(total=total)
        made = chats(account, count, messages=0)
        account.advance(DAY)
        assert sync(server, "chats").ids("chats") == made[::-1]
        assert len(server.requests) <= (12 if way == "offset" else 8 if count else 11) + count // 99

    @totals
    def test_rows_deleted_at_every_edge_hide_none(
        self, account: Account, server: Server, way: str, total: Total
    ) -> None:
        server.dialect = Dialect(total=total)
        made = chats(account, 450, messages=0)
        account.advance(DAY)
        gone = [made[-3:], made[250:253], made[148:152]]
        meddle(server, {4 + place: deletion(account, chats=some) for place, some in enumerate(gone)})
        assert listed(server) >= set(account.chats), way

    @pytest.mark.parametrize("at", [3, 4, 5])
    def test_more_than_a_page_deleted_at_once_hides_none(
        self, account: Account, server: Server, way: str, at: int
    ) -> None:
        """No row of the previous page is left to join; where there is no second way, the next run brings the rest."""
        server.dialect = Dialect(total="absent")
        made = chats(account, 450, messages=0)
        account.advance(DAY)
        meddle(server, {at: deletion(account, chats=made[-130:])})
        end = End.WELL if way == "key" else None
        target = load(server, streams=("chats",), end=end)
        assert set(load(server, target, streams=("chats",), end=end).of("chats")) >= set(account.chats)

    @pytest.mark.parametrize("total", ["documented", "absent"])
    @pytest.mark.parametrize("crowds", [[15] * 16, [50, 230, 50], [230]], ids=["edges", "middle", "alone"])
    def test_rows_of_one_second_may_change_places(
        self, account: Account, server: Server, way: str, *, total: Total, crowds: list[int]
    ) -> None:
        server.dialect = Dialect(ties="shuffled", total=total)
        for count in crowds:
            account.advance(60)
            chats(account, count, apart=0, messages=0)
        account.advance(DAY)
        assert listed(server) == set(account.chats), way


class TestOddPages:
    @pytest.mark.parametrize(
        "deviation",
        ["page-empty", "page-empty-total-0", "page-repeated", "offset-slid", "order-reversed", "created-at-missing"],
    )
    @pytest.mark.parametrize("total", ["documented", "absent"])
    @pytest.mark.parametrize("after", [0, 1, 3])
    @pytest.mark.parametrize("is_crowded", [False, True])
    def test_one_odd_page_hides_none(
        self, account: Account, server: Server, way: str, *, deviation: str, total: Total, after: int, is_crowded: bool
    ) -> None:
        server.dialect = Dialect(total=total)
        chats(account, 26, messages=0)
        chats(account, 229, apart=0 if is_crowded else 60, messages=0)
        account.advance(DAY)
        server.deviations.append(Played(deviation, KINDS[way], after=after, times=1))
        assert listed(server) == set(account.chats)

    @pytest.mark.parametrize("total", ["absent", "page"])
    @pytest.mark.parametrize("deviation", ["row-left-out-middle", "row-left-out-last"])
    @pytest.mark.parametrize("after", [0, 1, 2])
    def test_a_page_that_is_shorter_by_a_row_is_not_the_end(
        self, account: Account, server: Server, way: str, *, total: Total, deviation: str, after: int
    ) -> None:
        server.dialect = Dialect(total=total)
        made = chats(account, 450, messages=0)
        account.advance(DAY)
        server.deviations.append(Played(deviation, KINDS[way], after=after, times=1))
        assert listed(server) >= set(made[:150])


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
