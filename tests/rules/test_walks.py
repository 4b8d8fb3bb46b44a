"""Walks from the newest row to the oldest: pages join, and what cannot be proven is read in another way."""

from __future__ import annotations

import typing as t

import pytest

from simulator import Account, Dialect, Server
from simulator.deviations import Played
from tap_helpcrunch.api.errors import UnprovenError
from tap_helpcrunch.api.values import moment
from tap_helpcrunch.sync.descent import Descent
from tap_helpcrunch.sync.evidence import Evidence, Limit
from tap_helpcrunch.sync.listing import Listing
from tap_helpcrunch.sync.place import TOP
from tap_helpcrunch.sync.source import ByKey
from tap_helpcrunch.sync.visit import tells_nothing
from tests.happenings import DAY
from tests.rules.helpers import chats, deletion, ids, meddle

if t.TYPE_CHECKING:
    from tap_helpcrunch.api.questions import Api
    from tap_helpcrunch.sync.place import Place
    from tap_helpcrunch.sync.source import Source

CREATED, MOVED = "createdAt", "lastMessageAt"
Total = t.Literal["documented", "absent", "too many", "page"]
TOTALS: list[Total] = ["documented", "absent", "too many", "page"]
KINDS = {"key": "chats/search", "offset": "chats"}
both_ways = pytest.mark.parametrize("way", list(KINDS))


def source(api: Api, way: str, key: str = CREATED) -> Source:
    """Return all chats, by key or by offset."""
    if way == "key":
        return ByKey(api, Evidence(Limit()), "chats", key)
    return Listing(api, Limit(), "chats", CREATED).by_offset(key)


def walk(api: Api, way: str, start: Place = TOP, stop: str = "") -> list[int]:
    return [number for rows in Descent(source(api, way), start, stop) for number in ids(rows)]


def listed(api: Api, start: Place = TOP) -> list[int]:
    """Return all chats by the best way that works for the account."""
    return [number for rows in Listing(api, Limit(), "chats", CREATED).newest_first(start) for number in ids(rows)]


def place(account: Account, chat: int, key: str = "created_at") -> Place:
    return moment(getattr(account.chats[chat], key)) or "", chat


@both_ways
class TestPagesJoin:
    @pytest.mark.parametrize("total", TOTALS)
    @pytest.mark.parametrize("count", [0, 1, 9, 10, 99, 100, 101, 199, 200, 250])
    def test_every_row_comes_once_the_newest_first(
        self, account: Account, server: Server, api: Api, way: str, total: Total, count: int
    ) -> None:
        server.dialect = Dialect(total=total)
        made = chats(account, count)
        assert walk(api, way) == made[::-1]
        assert len(server.requests) <= 4 + count // 99

    @pytest.mark.parametrize("total", TOTALS)
    def test_rows_deleted_at_every_edge_hide_none(
        self, account: Account, server: Server, api: Api, way: str, total: Total
    ) -> None:
        server.dialect = Dialect(total=total)
        made = chats(account, 450)
        gone = [*made[-3:], *made[250:253], *made[148:152]]
        meddle(
            server,
            {
                2: deletion(account, chats=made[-3:]),
                3: deletion(account, chats=made[250:253]),
                4: deletion(account, chats=made[148:152]),
            },
        )
        assert set(walk(api, way)) >= set(made) - set(gone)

    @pytest.mark.parametrize("at", [2, 3, 4])
    def test_more_than_a_page_deleted_at_once_hides_none(
        self, account: Account, server: Server, api: Api, way: str, at: int
    ) -> None:
        server.dialect = Dialect(total="absent")
        """No row of the previous page is left to join; the list is read in another way."""
        made = chats(account, 450)
        if way == "offset":
            server.deviations.append(Played("own-400", "chats/search"))
        meddle(server, {at: deletion(account, chats=made[-130:])})
        assert set(listed(api)) >= set(made[:-130])

    def test_rows_that_are_added_meanwhile_hide_none(
        self, account: Account, server: Server, api: Api, way: str
    ) -> None:
        made = chats(account, 350)
        meddle(server, {n: lambda: chats(account, 7) for n in range(2, 9)})
        assert [number for number in walk(api, way) if number in made] == made[::-1]

    @pytest.mark.parametrize("total", TOTALS)
    @pytest.mark.parametrize("ties", ["stable", "shuffled"])
    def test_rows_of_one_second_at_the_edges_may_change_places(
        self, account: Account, server: Server, api: Api, way: str, *, total: Total, ties: t.Any
    ) -> None:
        server.dialect = Dialect(ties=ties, total=total)
        made = []
        for _ in range(16):
            account.advance(60)
            made += chats(account, 15, apart=0)
        for _ in range(3):
            assert sorted(walk(api, way)) == made

    @pytest.mark.parametrize("total", ["documented", "absent"])
    @pytest.mark.parametrize("ties", ["stable", "shuffled"])
    def test_a_second_with_more_than_a_page(
        self, account: Account, server: Server, api: Api, way: str, *, total: Total, ties: t.Any
    ) -> None:
        server.dialect = Dialect(ties=ties, total=total)
        made = [*chats(account, 50), *chats(account, 230, apart=0), *chats(account, 50)]
        assert sorted(walk(api, way)) == made

    @pytest.mark.parametrize("total", TOTALS)
    def test_a_crowded_second_may_be_the_last_one(
        self, account: Account, server: Server, api: Api, way: str, total: Total
    ) -> None:
        server.dialect = Dialect(total=total)
        made = chats(account, 230, apart=0)
        assert sorted(walk(api, way)) == made
        assert len(server.requests) <= 13

    @pytest.mark.parametrize("at", [2, 3, 4, 5])
    def test_a_row_deleted_from_a_crowded_second_hides_none(
        self, account: Account, server: Server, api: Api, way: str, at: int
    ) -> None:
        made = chats(account, 230, apart=0)
        meddle(server, {at: lambda: account.delete_chat(made[0])})
        assert set(made[1:]) <= set(walk(api, way))

    @pytest.mark.parametrize("deviation", ["page-empty", "page-repeated", "offset-slid"])
    @pytest.mark.parametrize("total", ["documented", "absent"])
    @pytest.mark.parametrize("after", range(6))
    def test_one_odd_page_of_a_crowded_second_hides_none(
        self,
        account: Account,
        server: Server,
        api: Api,
        *,
        way: str,
        deviation: str,
        total: Total,
        after: int,
    ) -> None:
        server.dialect = Dialect(total=total)
        made = [*chats(account, 25), *chats(account, 1), *chats(account, 229, apart=0)]
        server.deviations.append(Played(deviation, KINDS[way], after=after, times=1))
        assert set(listed(api)) == set(made)

    @pytest.mark.parametrize("deviation", ["page-empty", "page-empty-total-0", "page-repeated", "offset-slid"])
    @pytest.mark.parametrize("after", [0, 1, 2, 3])
    def test_one_odd_page_hides_none(
        self, account: Account, server: Server, api: Api, way: str, *, deviation: str, after: int
    ) -> None:
        made = chats(account, 350)
        server.deviations.append(Played(deviation, KINDS[way], after=after, times=1))
        assert set(walk(api, way)) == set(made)

    @pytest.mark.parametrize("total", ["absent", "page"])
    @pytest.mark.parametrize("deviation", ["row-left-out-middle", "row-left-out-last"])
    @pytest.mark.parametrize("after", [0, 1, 2])
    def test_a_page_that_is_shorter_by_a_row_is_not_the_end(
        self,
        account: Account,
        server: Server,
        api: Api,
        way: str,
        *,
        total: Total,
        deviation: str,
        after: int,
    ) -> None:
        """Nothing counts the rows, and an earlier page has shown how long one may be."""
        server.dialect = Dialect(total=total)
        made = chats(account, 450)
        server.deviations.append(Played(deviation, KINDS[way], after=after, times=1))
        assert set(made[:150]) <= set(walk(api, way))

    def test_pages_that_are_cut_shorter_are_read(self, account: Account, server: Server, api: Api, way: str) -> None:
        made = chats(account, 230)
        server.deviations.append(Played("limit-50", KINDS[way]))
        assert walk(api, way) == made[::-1]

    @pytest.mark.parametrize("deviation", ["page-empty", "order-ignored"])
    def test_what_stays_odd_is_reported_and_causes_no_loop(
        self, account: Account, server: Server, api: Api, way: str, deviation: str
    ) -> None:
        chats(account, 350)
        server.deviations.append(Played(deviation, KINDS[way], after=1))
        with pytest.raises(UnprovenError, match=source(api, way).name):
            walk(api, way)
        assert len(server.requests) < 20

    @pytest.mark.parametrize("number", [0, 1, 60, 99, 100, 101, 249])
    def test_a_walk_continues_after_a_place(
        self, account: Account, server: Server, api: Api, way: str, number: int
    ) -> None:
        made = chats(account, 250)
        start = place(account, made[number])
        rows = walk(api, way, start)
        assert [chat for chat in rows if place(account, chat) < start] == made[:number][::-1]
        assert len(server.requests) <= 4 + number // 99 + (12 if way == "offset" else 0)

    def test_the_page_that_reaches_before_the_stop_is_the_last(self, account: Account, api: Api, way: str) -> None:
        made = chats(account, 450)
        stop, _ = place(account, made[300])
        found = walk(api, way, stop=stop)
        assert found[:150] == made[:299:-1]
        assert len(found) < 250


class TestByKey:
    def test_a_row_that_moves_meanwhile_stays_in_its_place(self, account: Account, server: Server, api: Api) -> None:
        made = chats(account, 250)
        meddle(server, {n: lambda n=n: account.add_message(made[n], "moved") for n in range(1, 9)})  # type: ignore[misc]
        assert walk(api, "key") == made[::-1]

    def test_an_ignored_filter_is_reported_and_causes_no_loop(self, account: Account, server: Server, api: Api) -> None:
        chats(account, 350)
        server.deviations.append(Played("filter-ignored", "chats/search"))
        with pytest.raises(UnprovenError, match="filter by createdAt is ignored"):
            walk(api, "key")
        assert len(server.requests) < 20

    @pytest.mark.parametrize("deviation", ["filter-an-hour-early", "filter-an-hour-late"])
    @pytest.mark.parametrize("after", range(5))
    @pytest.mark.parametrize("times", [1, None], ids=["once", "always"])
    def test_a_crowded_second_in_another_zone_loses_nothing(
        self, account: Account, server: Server, api: Api, *, deviation: str, after: int, times: int | None
    ) -> None:
        server.dialect = Dialect(total="absent")
        made = [*chats(account, 25), *chats(account, 1), *chats(account, 229, apart=0)]
        server.deviations.append(Played(deviation, "chats/search", after=after, times=times))
        assert set(listed(api)) == set(made)

    @pytest.mark.parametrize("deviation", ["filter-an-hour-early", "filter-an-hour-late"])
    def test_a_filter_in_another_zone_loses_nothing(
        self, account: Account, server: Server, api: Api, deviation: str
    ) -> None:
        made = chats(account, 350, apart=7)
        server.deviations.append(Played(deviation, "chats/search"))
        assert set(listed(api)) == set(made)


class TestByOffset:
    """Rows may have no key; such rows are all at one end."""

    @pytest.mark.parametrize("nulls", ["first", "last", "always first", "always last"])
    @pytest.mark.parametrize("total", ["documented", "absent"])
    @pytest.mark.parametrize("empty", [0, 1, 99, 100, 101, 200, 350])
    def test_nulls_at_every_place_of_a_page(
        self, account: Account, server: Server, api: Api, *, nulls: t.Any, total: t.Any, empty: int
    ) -> None:
        server.dialect = Dialect(nulls=nulls, total=total)
        chats(account, empty, messages=0)
        made = chats(account, 5)
        assert [number for rows in Descent(source(api, "offset", MOVED)) for number in ids(rows)] == made[::-1]

    @pytest.mark.parametrize("nulls", ["first", "last", "always first", "always last"])
    @pytest.mark.parametrize("empty", [1, 60, 150])
    @pytest.mark.parametrize("ties", ["stable", "shuffled"])
    def test_nulls_beside_a_time_that_fills_pages(
        self, account: Account, server: Server, api: Api, *, nulls: t.Any, ties: t.Any, empty: int
    ) -> None:
        server.dialect = Dialect(nulls=nulls, ties=ties)
        chats(account, empty, messages=0)
        made = [*chats(account, 5), *chats(account, 1), *chats(account, 249, apart=0)]
        found = [number for rows in Descent(source(api, "offset", MOVED)) for number in ids(rows)]
        assert sorted(found) == made

    @pytest.mark.parametrize("total", ["documented", "absent"])
    @pytest.mark.parametrize("known", [0, 30, 950, 1000, 2000])
    def test_a_thousand_nulls_at_the_front_are_skipped(
        self, account: Account, server: Server, api: Api, known: int, total: t.Any
    ) -> None:
        """What was counted last time may be right, too small or too large."""
        server.dialect = Dialect(nulls="first", total=total)
        chats(account, 1000, messages=0)
        made = chats(account, 130)
        listing = Listing(api, Limit(), "chats", CREATED).by_offset(MOVED)
        listing.nulls = known
        assert [number for rows in Descent(listing) for number in ids(rows)] == made[::-1]
        assert listing.nulls == 1000
        assert len(server.requests) < 20
        server.requests.clear()
        listing.first(TOP).answer()
        assert len(server.requests) == 1, "what was found is known"

    @pytest.mark.parametrize("total", ["documented", "absent"])
    @pytest.mark.parametrize("nulls", ["first", "last", "always first", "always last"])
    @pytest.mark.parametrize("known", [0, 3, 45, 140, 400])
    @pytest.mark.parametrize("after", [None, 0, 1, 2])
    def test_a_guess_that_was_made_up_hides_none(
        self, account: Account, server: Server, api: Api, *, nulls: t.Any, total: t.Any, known: int, after: int | None
    ) -> None:
        """One answer may show no times at all, now or when the guess was made."""
        server.dialect = Dialect(nulls=nulls, total=total)
        made = chats(account, 40)
        chats(account, 150, messages=0)
        if after is not None:
            server.deviations.append(Played("last-message-at-null", "chats", after=after, times=1))
        listing = Listing(api, Limit(), "chats", CREATED).by_offset(MOVED)
        listing.nulls, listing.is_odd = known, tells_nothing
        assert [number for rows in Descent(listing) for number in ids(rows)] == made[::-1]
        assert len(server.requests) < 20

    @pytest.mark.parametrize("total", ["documented", "absent", "too many"])
    @pytest.mark.parametrize("number", [0, 1, 98, 99, 100, 500, 998, 999])
    def test_a_place_is_found_by_bisection(
        self, account: Account, server: Server, api: Api, number: int, total: t.Any
    ) -> None:
        server.dialect = Dialect(total=total)
        made = chats(account, 1000, messages=0)
        start = place(account, made[number])
        rows = source(api, "offset").first(start).answer().rows
        assert made[number] in ids(rows), "the page begins before what is sought"
        assert number == 0 or made[number - 1] in ids(rows)
        assert len(server.requests) <= 16

    def test_ignored_offsets_are_reported_and_cause_no_loop(self, account: Account, server: Server, api: Api) -> None:
        chats(account, 350)
        server.deviations.append(Played("offset-ignored", "chats"))
        with pytest.raises(UnprovenError, match="GET /chats by createdAt: "):
            walk(api, "offset")
        assert len(server.requests) < 20

    def test_a_broadcast_gives_230_chats_one_time(self, account: Account, server: Server, api: Api) -> None:
        server.dialect = Dialect(ties="shuffled")
        made = chats(account, 230, messages=0)
        account.advance(DAY)
        for chat in made:
            account.add_message(chat, "news for everyone")
        assert set(walk(api, "offset")) == set(made)


class TestAnotherWay:
    """The search by key, else the listing by offset, else the listing as it comes."""

    @pytest.mark.parametrize(
        "deviations",
        [
            [("order-ignored", "chats/search")],
            [("order-reversed", "chats/search")],
            [("filter-ignored", "chats/search")],
            [("page-empty-total-0", "chats/search")],
            [("own-400", "chats/search")],
            [("own-404", "chats/search")],
            [("order-ignored", "chats/search"), ("order-ignored", "chats")],
            [("own-400", "chats/search"), ("order-reversed", "chats")],
        ],
        ids=lambda played: "+".join(f"{name}:{kind}" for name, kind in played),
    )
    def test_what_is_always_ignored_is_read_another_way(
        self,
        account: Account,
        server: Server,
        api: Api,
        caplog: pytest.LogCaptureFixture,
        deviations: list[tuple[str, str]],
    ) -> None:
        made = chats(account, 350)
        server.deviations += [Played(name, kind) for name, kind in deviations]
        assert set(listed(api)) == set(made)
        told = [record.message for record in caplog.records if "chats are read in another way" in record.message]
        assert len(told) == len(deviations)
        assert len(server.requests) < 60

    def test_a_search_that_fails_halfway_continues_there(self, account: Account, server: Server, api: Api) -> None:
        made = chats(account, 450)
        server.deviations.append(Played("own-400", "chats/search", after=2))
        assert listed(api) == made[::-1]

    def test_if_no_way_is_left_it_is_reported(self, account: Account, server: Server, api: Api) -> None:
        chats(account, 350)
        server.deviations.append(Played("own-400", "chats/search"))
        server.deviations.append(Played("offset-ignored", "chats"))
        with pytest.raises(UnprovenError, match="pages repeat or are empty after 100 rows"):
            listed(api)
        assert len(server.requests) < 100

    def test_an_empty_account_is_no_fault(self, server: Server, api: Api, caplog: pytest.LogCaptureFixture) -> None:
        assert listed(api) == []
        assert len(server.requests) <= 5
        assert caplog.records == []

    def test_a_row_that_the_search_leaves_out_comes_too(self, account: Account, server: Server, api: Api) -> None:
        """Its `total` tells: the search counts what it does not show."""
        made = chats(account, 250)
        server.deviations.append(Played("row-left-out-middle", "chats/search", after=1, times=1))
        assert set(listed(api)) == set(made)
