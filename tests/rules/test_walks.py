"""Which chats are found: one test for each rule, which fails when the rule is taken out."""

from __future__ import annotations

import typing as t

import pytest

from simulator import Account, Dialect, Server
from tap_helpcrunch.api.errors import BadAnswerError
from tap_helpcrunch.sync.changes import Changes
from tap_helpcrunch.sync.newest import NewestFirst
from tap_helpcrunch.sync.walk import Walk
from tests.happenings import DAY
from tests.rules.helpers import BEGINNING, chats, deletion, ids, meddle
from tests.running import asked

if t.TYPE_CHECKING:
    from tap_helpcrunch.api import account as questions


class TestWholeWalksGoByKey:
    def test_a_deleted_chat_at_a_page_edge_hides_none(
        self, account: Account, server: Server, api: questions.Account
    ) -> None:
        made = chats(account, 250)
        meddle(server, {2: lambda: account.delete_chat(made[5]), 3: lambda: account.delete_chat(made[150])})
        rows = [row for page in Walk(api, "chats", "createdAt").pages(BEGINNING) for row in page]
        assert set(made) - {made[5], made[150]} <= set(ids(rows))

    def test_a_chat_that_gets_a_message_meanwhile_stays_in_its_place(
        self, account: Account, server: Server, api: questions.Account
    ) -> None:
        made = chats(account, 250)
        meddle(server, {n: lambda n=n: account.add_message(made[n], "moved") for n in range(1, 9)})  # type: ignore[misc]
        rows = [row for page in Walk(api, "chats", "createdAt").pages(BEGINNING) for row in page]
        assert ids(rows) == made, "each once, in order of creation"

    @pytest.mark.parametrize("ties", ["stable", "shuffled"])
    @pytest.mark.parametrize("total", ["documented", "absent"])
    def test_230_chats_in_one_second(
        self, account: Account, server: Server, api: questions.Account, ties: t.Any, total: t.Any
    ) -> None:
        server.dialect = Dialect(ties=ties, total=total)
        made = [*chats(account, 50), *chats(account, 230, apart=0), *chats(account, 50)]
        rows = [row for page in Walk(api, "chats", "createdAt").pages(BEGINNING) for row in page]
        assert sorted(ids(rows)) == made

    @pytest.mark.parametrize("at", [2, 3, 4, 5])
    def test_a_chat_deleted_from_a_crowded_second_hides_none(
        self, account: Account, server: Server, api: questions.Account, at: int
    ) -> None:
        made = chats(account, 230, apart=0)
        meddle(server, {at: lambda: account.delete_chat(made[0])})
        rows = [row for page in Walk(api, "chats", "createdAt").pages(BEGINNING) for row in page]
        assert set(made[1:]) <= set(ids(rows))

    def test_an_answer_in_another_order_is_an_error_not_a_loss(
        self, account: Account, api: questions.Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        chats(account, 150)
        ask = api.search
        monkeypatch.setattr(
            api, "search", lambda what, filters, **paging: ask(what, filters, **paging | {"order": "desc"})
        )
        with pytest.raises(BadAnswerError, match=r"does not answer in the order of chats\.createdAt"):
            list(Walk(api, "chats", "createdAt").pages(BEGINNING))

    def test_an_ignored_filter_is_an_error_not_a_loop(
        self, account: Account, api: questions.Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        chats(account, 250)
        ask = api.search
        monkeypatch.setattr(api, "search", lambda what, _filters, **paging: ask(what, [], **paging))
        with pytest.raises(BadAnswerError, match=r"ignores the filter chats\.createdAt"):
            list(Walk(api, "chats", "createdAt").pages(BEGINNING))


class TestWhatChangedSince:
    def test_a_chat_that_moves_to_the_front_while_the_listing_is_read(
        self, account: Account, server: Server, api: questions.Account
    ) -> None:
        """It stood on a page not read yet, and jumps to one already read."""
        made = chats(account, 150)
        meddle(server, {2: lambda: (account.advance(60), account.add_message(made[10], "jumped"))})
        assert set(ids(NewestFirst(api, 0).since(BEGINNING))) == set(made)

    def test_a_chat_deleted_while_the_listing_is_read_hides_none(
        self, account: Account, server: Server, api: questions.Account
    ) -> None:
        made = chats(account, 250)
        meddle(
            server,
            {2: deletion(account, chats=made[-5:]), 3: account.add_chat},
        )
        assert set(made[:-5]) <= set(ids(NewestFirst(api, 0).since(BEGINNING)))

    def test_rows_that_share_a_second_at_a_page_edge_may_change_places(
        self, account: Account, server: Server, api: questions.Account
    ) -> None:
        server.dialect = Dialect(ties="shuffled")
        made = [chat for _ in range(16) for chat in chats(account, 15, apart=0, messages=0)]
        for start in range(0, len(made), 15):
            account.advance(60)
            for chat in made[start : start + 15]:
                account.add_message(chat, "together")
        for _ in range(5):
            assert set(ids(NewestFirst(api, 0).since(BEGINNING))) == set(made)

    @pytest.mark.parametrize("ties", ["stable", "shuffled"])
    def test_a_broadcast_gave_230_chats_one_and_the_same_last_message_time(
        self, account: Account, server: Server, api: questions.Account, ties: t.Any
    ) -> None:
        server.dialect = Dialect(ties=ties)
        made = chats(account, 230, messages=0)
        account.advance(DAY)
        for chat in made:
            account.add_message(chat, "news for everyone")
        assert set(ids(NewestFirst(api, 0).since(BEGINNING))) == set(made)

    @pytest.mark.parametrize("known", [0, 30, 950, 1000, 2000])
    def test_chats_without_messages_first(
        self, account: Account, server: Server, api: questions.Account, known: int
    ) -> None:
        """The nulls are 1,000 rows long; what was counted last time may be right, too small or too large."""
        server.dialect = Dialect(nulls="first")
        chats(account, 1000, messages=0)
        made = chats(account, 130)
        newest = NewestFirst(api, known)
        assert set(ids(newest.since(BEGINNING))) == set(made)
        assert newest.nulls == 1000
        server.requests.clear()
        newest.since("2090-01-01T00:00:00.000Z")
        assert len(server.requests) == 2

    @pytest.mark.parametrize("nulls", ["first", "last"])
    @pytest.mark.parametrize("total", ["documented", "absent"])
    @pytest.mark.parametrize("empty", [0, 1, 99, 100, 101, 200, 350])
    def test_nulls_at_every_place_of_a_page(
        self, account: Account, server: Server, api: questions.Account, *, nulls: t.Any, total: t.Any, empty: int
    ) -> None:
        server.dialect = Dialect(nulls=nulls, total=total)
        chats(account, empty, messages=0)
        made = chats(account, 5)
        assert set(ids(NewestFirst(api, 0).since(BEGINNING))) == set(made)

    @pytest.mark.parametrize("updated_at", ["honoured", "refused", "ignored"])
    def test_created_closed_and_where_the_api_tells_updated_chats(
        self, account: Account, server: Server, api: questions.Account, updated_at: t.Any
    ) -> None:
        server.dialect = Dialect(updated_at=updated_at)
        made = chats(account, 120)
        account.advance(DAY)
        since = "2026-09-22T00:00:00.000Z"
        assert ids(Changes(api, 0).since(since)) == []
        account.close_chat(made[7])
        account.rate_chat(made[9], "great")
        empty = account.add_chat()
        account.add_message(made[3], "moved")
        rated = [made[9]] if updated_at == "honoured" else []
        assert ids(Changes(api, 0).since(since)) == [made[3], made[7], *rated, empty]

    def test_more_than_a_page_of_closed_and_created_chats_is_walked_by_key(
        self, account: Account, server: Server, api: questions.Account
    ) -> None:
        made = chats(account, 300)
        account.advance(DAY)
        since = "2026-09-22T18:00:00.000Z"
        for chat in made[:150]:
            account.close_chat(chat)
        fresh = chats(account, 20, messages=0)
        # Deleted at a page's edge while the search is read.
        meddle(server, {n: lambda n=n: account.delete_chat(made[n]) for n in range(4, 8)})  # type: ignore[misc]
        found = ids(Changes(api, 0).since(since))
        assert set(made[8:150]) | set(fresh) <= set(found)

    def test_the_probe_is_asked_once_a_run(self, account: Account, server: Server, api: questions.Account) -> None:
        chats(account, 3)
        changes = Changes(api, 0)
        changes.since(BEGINNING)
        changes.since(BEGINNING)
        assert len([text for text in asked(server, "chats.updatedAt") if "4000000000" in text]) == 1
