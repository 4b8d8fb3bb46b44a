"""All chats of an account, from the newest to the oldest: pages join, and odd pages hide no row."""

from __future__ import annotations

import typing as t

import pytest

from simulator import Account, Dialect, Played, Server
from tests.happenings import DAY
from tests.lives.runners import End
from tests.rules.helpers import chats, deletion, load, meddle
from tests.running import sync

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
