"""One test for each rule by which nothing is lost; each fails when its rule is taken out."""

from __future__ import annotations

import itertools
import threading
import time
import typing as t
from decimal import Decimal

import pytest

from simulator import Account, Dialect, Fault, Server
from tap_helpcrunch.api import account as questions
from tap_helpcrunch.api import envelope
from tap_helpcrunch.api.clock import Clock
from tap_helpcrunch.api.errors import BadAnswerError, MissingError
from tap_helpcrunch.api.values import moment, seconds
from tap_helpcrunch.session import Session
from tap_helpcrunch.settings import Settings
from tap_helpcrunch.sync.changes import Changes
from tap_helpcrunch.sync.newest import NewestFirst
from tap_helpcrunch.sync.walk import Walk
from tests.conftest import NOW
from tests.happenings import DAY
from tests.running import Output, asked, config, sync
from tests.target import Target

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_helpcrunch.api.envelope import Row

BEGINNING = "1970-01-01T00:00:00.000Z"


@pytest.fixture
def api(server: Server) -> Iterator[questions.Account]:
    """The account as the sync layer asks it."""
    session = Session(Settings.read(config(server)), clock=Clock())
    yield session.account
    session.client.close()


def chats(account: Account, count: int, *, apart: float = 60, messages: int = 1) -> list[int]:
    """Add chats, so many seconds apart, each with so many messages."""
    made = []
    for _ in range(count):
        account.advance(apart)
        made.append(account.add_chat())
        for number in range(messages):
            account.add_message(made[-1], f"message {number}")
    return made


def meddle(server: Server, at: dict[int, Callable[[], object]]) -> None:
    """Change the account before its n-th request, counted from 1."""
    number = itertools.count(1)
    server.before = lambda _request: at.get(next(number), lambda: None)()


def deletion(account: Account, *, messages: t.Sequence[int] = (), chats: t.Sequence[int] = ()) -> Callable[[], None]:
    """Return what deletes these."""

    def delete() -> None:
        for number in messages:
            account.delete_message(number)
        for number in chats:
            account.delete_chat(number)

    return delete


def ids(rows: t.Iterable[Row]) -> list[int]:
    return [row["id"] for row in rows]


def under_way(output: Output) -> list[dict[str, t.Any]]:
    """Return the STATEs of an unfinished walk, one for each group of 20 chats that was done."""
    return [state for state in output.states if state["bookmarks"]["messages"].get("account", {}).get("done")]


class TestSinceAndCursorAreKeptApart:
    """One bookmark is not enough."""

    def test_a_killed_walk_leaves_since_where_it_was_and_a_resumed_one_reads_the_old_messages_of_later_chats(
        self, account: Account, server: Server
    ) -> None:
        chats(account, 45)
        account.advance(DAY)
        whole = sync(server, "chats", "messages")
        bookmarks = [state["bookmarks"]["messages"].get("account") for state in under_way(whole)]
        assert len(bookmarks) == 3
        assert {bookmark["since"] for bookmark in bookmarks} == {None}
        resumed = sync(server, "chats", "messages", state=under_way(whole)[0])
        assert set(account.messages) - set(resumed.ids("messages")) <= set(whole.ids("messages")[:20])
        assert {m.id for m in account.messages.values() if m.chat not in whole.ids("chats")[:20]} <= set(
            resumed.ids("messages")
        )

    def test_what_changed_behind_the_cursor_meanwhile_comes_with_the_resumed_walk(
        self, account: Account, server: Server
    ) -> None:
        made = chats(account, 45)
        account.advance(DAY)
        state = under_way(sync(server, "chats", "messages"))[0]
        account.advance(30 * DAY)
        account.add_message(made[3], "weeks later")
        resumed = sync(server, "chats", "messages", state=state)
        assert "weeks later" in [record["text"] for record in resumed.records("messages")]
        assert made[4] not in resumed.ids("chats"), "what is done is not read again"

    def test_a_second_kill_during_the_resume_repeats_only_what_no_state_says(
        self, account: Account, server: Server
    ) -> None:
        made = chats(account, 90)
        account.advance(DAY)
        first = under_way(sync(server, "chats", "messages"))[1]  # 40 chats are done
        account.advance(DAY)
        for chat in made[:30]:
            account.add_message(chat, "the next day")
        account.advance(3600)
        second = under_way(sync(server, "chats", "messages", state=first))[1]  # of those, 20 are done again
        account.advance(DAY)
        third = sync(server, "chats", "messages", state=second)
        assert set(third.ids("chats")) >= set(made[20:30]) | set(made[40:])
        assert not set(third.ids("chats")) & set(made[:19])
        assert not set(third.ids("chats")) & set(made[30:39])


class TestTheNextSinceIsTheMomentTheWalkBegan:
    def test_a_message_that_comes_while_the_walk_goes_on_in_a_chat_already_read(
        self, account: Account, server: Server
    ) -> None:
        made = chats(account, 30)
        account.advance(DAY)

        def late() -> None:
            account.advance(1800)
            account.add_message(made[0], "while you were reading")
            account.advance(1800)

        meddle(server, {25: late})
        first = sync(server, "chats", "messages")
        server.before = None
        account.advance(DAY)
        second = sync(server, "chats", "messages", state=first.state)
        assert "while you were reading" in [
            r["text"] for r in (*first.records("messages"), *second.records("messages"))
        ]

    def test_it_is_the_servers_date_not_the_hosts_clock(self, account: Account, server: Server) -> None:
        """The simulated account lives in 2026 whatever this host's clock says."""
        chats(account, 3)
        account.advance(DAY)
        since = sync(server, "chats", "messages").state["bookmarks"]["messages"]["account"]["since"]
        assert int(account.now) - 600 <= seconds(since) < int(account.now)

    def test_without_a_date_it_is_the_hosts_clock_less_a_day(self) -> None:
        account = Account(now=int(time.time()))
        chats(account, 3)
        with Server(account, Dialect(date_header=False)) as server:
            first = sync(server, "chats", "messages")
            account.advance(1)
            account.add_message(next(iter(account.chats)), "soon after")
            second = sync(server, "chats", "messages", state=first.state)
        assert "soon after" in [record["text"] for record in second.records("messages")]

    def test_what_the_index_shows_late_is_within_the_margin(self, account: Account, server: Server) -> None:
        (chat,) = chats(account, 1)
        account.advance(DAY)
        first = sync(server, "chats", "messages")
        account.add_message(chat, "written a minute before", created_at=account.now - 60)
        account.advance(DAY)
        second = sync(server, "chats", "messages", state=first.state)
        assert "written a minute before" in [record["text"] for record in second.records("messages")]


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


class TestMessagesStepBackByWhatTotalFell:
    @pytest.mark.parametrize("width", [1, 8])
    def test_a_message_deleted_between_two_pages(self, account: Account, server: Server, width: int) -> None:
        (chat,) = chats(account, 1, messages=450)
        said = [message.id for message in account.messages_of(chat)]
        # Request 1 lists the chats; 2 is the newest page of messages; the deletions come between the pages after it.
        meddle(
            server,
            {
                3: lambda: account.delete_message(said[10]),
                4: deletion(account, messages=said[120:123]),
            },
        )
        seen = sync(server, "messages", max_in_flight=width).ids("messages")
        assert set(account.messages) <= set(seen)

    @pytest.mark.parametrize("past_end", ["list", "404"])
    def test_more_than_a_page_deleted_while_reading(
        self, account: Account, server: Server, past_end: t.Literal["list", "404"]
    ) -> None:
        server.dialect = Dialect(past_end=past_end)
        (chat,) = chats(account, 1, messages=250)
        said = [message.id for message in account.messages_of(chat)]
        meddle(server, {3: deletion(account, messages=said[:160])})
        seen = sync(server, "messages", max_in_flight=1).ids("messages")
        assert set(account.messages) <= set(seen)

    def test_messages_that_come_while_pages_are_asked_ahead(self, account: Account, server: Server) -> None:
        (chat,) = chats(account, 1, messages=950)
        before = set(account.messages)
        meddle(server, {n: lambda: account.add_message(chat, "new") for n in range(3, 30)})
        seen = sync(server, "messages", max_in_flight=8).ids("messages")
        assert before <= set(seen)

    def test_a_page_asked_ahead_that_is_answered_after_the_one_behind_it(
        self, account: Account, server: Server
    ) -> None:
        """Between the two, new messages pushed the others to the right, so that some stood on neither page; and as many
        old ones were deleted, so that `total` does not show it.
        """
        (chat,) = chats(account, 1, messages=450)
        before = set(account.messages)
        late = {"/v1/chats/1/messages 100"}

        def move() -> None:
            with server.lock:
                for number in sorted(before)[:5]:
                    account.delete_message(number)
                for _ in range(5):
                    account.add_message(chat, "new")

        def slow(request: t.Any, _number: int) -> Fault | None:
            name = f"{request.path} {request.params.get('offset')}"
            if name not in late:
                return None
            late.remove(name)
            threading.Timer(0.3, move).start()
            return Fault(kind="slow", seconds=0.6)

        server.fault = slow
        seen = sync(server, "messages", max_in_flight=8).ids("messages")
        assert len(account.messages) == 450
        assert before & set(account.messages) <= set(seen)

    def test_a_chat_that_does_not_add_up_is_read_once_more_and_named(self, account: Account, server: Server) -> None:
        (chat,) = chats(account, 1, messages=120)
        hidden = {m.id for m in account.messages_of(chat)[50:53]}
        read = envelope.page

        def page(body: t.Any, what: str) -> envelope.Page:
            found = read(body, what)
            return envelope.Page([row for row in found.rows if row["id"] not in hidden], found.total)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(envelope, "page", page)
            session = Session(Settings.read(config(server)))
            rows = list(session.history.read(chat, None))
            session.client.close()
        assert session.history.incomplete == [(chat, 117, 120)]
        assert len(rows) >= 2 * 117


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


class TestEachStreamAndModeHasItsOwnBookmark:
    def test_messages_selected_later_get_their_whole_history(self, account: Account, server: Server) -> None:
        chats(account, 30)
        account.advance(DAY)
        first = sync(server, "chats")
        assert not [text for text in asked(server) if "/messages" in text]
        account.advance(DAY)
        second = sync(server, "chats", "messages", state=first.state)
        assert set(second.ids("messages")) == set(account.messages)

    def test_messages_deselected_for_a_while_miss_nothing(self, account: Account, server: Server) -> None:
        made = chats(account, 30)
        account.advance(DAY)
        target = Target()
        target.load(sync(server, "chats", "messages").lines)
        for streams in (("chats",), ("chats",), ("messages",)):
            account.advance(DAY)
            account.add_message(made[3], f"before {streams}")
            target.load(sync(server, *streams, state=target.next_state()).lines)
        assert set(target.of("messages")) == set(account.messages)

    def test_chat_ids_and_the_whole_account_do_not_take_each_others_bookmark(
        self, account: Account, server: Server
    ) -> None:
        made = chats(account, 30)
        account.advance(DAY)
        chosen = sync(server, "chats", "messages", chat_ids=made[:3])
        assert set(chosen.ids("chats")) == set(made[:3])
        account.advance(DAY)
        whole = sync(server, "chats", "messages", state=chosen.state)
        assert set(whole.ids("messages")) == set(account.messages)
        account.advance(DAY)
        account.add_message(made[1], "new")
        again = sync(server, "chats", "messages", state=whole.state, chat_ids=made[:3])
        assert again.ids("chats") == made[:3]
        assert {record["chat"] for record in again.records("messages")} == {made[1]}

    def test_an_id_added_later_gets_its_whole_history_and_one_put_back_what_it_missed(
        self, account: Account, server: Server
    ) -> None:
        made = chats(account, 3, messages=150)
        account.advance(DAY)
        target = Target()
        for chosen in (made[:2], made[1:2], made):
            target.load(sync(server, "chats", "messages", state=target.next_state(), chat_ids=chosen).lines)
            account.advance(DAY)
            for _ in range(130):
                account.add_message(made[0], "more")
            account.advance(DAY)
        target.load(sync(server, "chats", "messages", state=target.next_state(), chat_ids=made).lines)
        assert set(target.of("messages")) == set(account.messages)

    def test_an_earlier_start_date_brings_what_was_left_out(self, account: Account, server: Server) -> None:
        chats(account, 30, apart=DAY)
        account.advance(DAY)
        late = sync(server, "chats", "messages", start_date="2026-10-10")
        assert 0 < len(late.ids("messages")) < 30
        assert len([text for text in asked(server) if "/messages" in text]) == len(late.ids("messages"))
        early = sync(server, "chats", "messages", state=late.state, start_date="2026-09-25")
        assert len(late.ids("messages")) < len(early.ids("messages")) < 30
        whole = sync(server, "chats", "messages", state=early.state)
        assert set(whole.ids("messages")) == set(account.messages)

    def test_a_start_date_that_leapt_over_the_bookmark_and_back_leaves_no_gap(
        self, account: Account, server: Server
    ) -> None:
        target = Target()
        for start_date in ("2026-01-01", "2026-12-01", "2026-01-01"):
            made = chats(account, 10, apart=DAY / 10)
            account.advance(30 * DAY)
            run = sync(server, "chats", "messages", state=target.next_state(), start_date=start_date)
            target.load(run.lines)
        assert len(made) == 10
        assert set(target.of("messages")) == set(account.messages)


class TestAVisitedChatIsEmittedAsFarAsItWasFetched:
    def test_a_note_and_a_read_flag_nobody_announced_come_with_the_next_visit(
        self, account: Account, server: Server
    ) -> None:
        server.dialect = Dialect(updated_at="refused")
        (chat,) = chats(account, 1, messages=3)
        account.advance(DAY)
        first = sync(server, "chats", "messages")
        account.add_message(chat, "a note", type="private", moves_chat=False)
        account.read_message(min(account.messages))
        account.advance(DAY)
        second = sync(server, "chats", "messages", state=first.state)
        assert second.ids("messages") == []
        account.add_message(chat, "moves the chat")
        account.advance(DAY)
        third = {r["id"]: r for r in sync(server, "chats", "messages", state=second.state).records("messages")}
        assert set(third) == set(account.messages)
        assert third[min(account.messages)]["read"] is True

    def test_pages_are_read_until_one_reaches_back_before_since(self, account: Account, server: Server) -> None:
        (chat,) = chats(account, 1, messages=10)
        account.advance(DAY)
        first = sync(server, "chats", "messages")
        for _ in range(350):
            account.advance(1)
            account.add_message(chat, "busy")
        account.advance(DAY)
        second = sync(server, "chats", "messages", state=first.state)
        assert set(account.messages) == {*first.ids("messages"), *second.ids("messages")}

    def test_lookback_reads_edits_again_in_the_chats_active_in_that_time(
        self, account: Account, server: Server
    ) -> None:
        server.dialect = Dialect(updated_at="refused")
        quiet = chats(account, 20)
        account.advance(10 * DAY)
        (active,) = chats(account, 1, messages=2)
        account.advance(3600)
        first = sync(server, "chats", "messages")
        account.edit_message(min(m.id for m in account.messages_of(active)), "mended")
        account.advance(3600)
        assert sync(server, "chats", "messages", state=first.state).ids("messages") == []
        server.requests.clear()
        again = sync(server, "chats", "messages", state=first.state, lookback_hours=24)
        assert "mended" in [record["text"] for record in again.records("messages")]
        assert {record["chat"] for record in again.records("messages")} == {active}
        assert not [text for text in asked(server) if f"/{quiet[0]}/" in text]


class TestA404IsNotTakenForAnEmptyAccount:
    @pytest.mark.parametrize("settings", [{}, {"chat_ids": [1, 2, 3]}])
    @pytest.mark.parametrize("stream", ["chats", "messages", "customers"])
    def test_a_wrong_api_url_ends_the_run_and_moves_no_bookmark(
        self, account: Account, server: Server, stream: str, settings: dict[str, t.Any]
    ) -> None:
        chats(account, 3)
        account.advance(DAY)
        state = sync(server, stream, **settings).state
        server.fault = lambda _request, _number: Fault(status=404)
        for known in ({}, state):
            with pytest.raises(MissingError, match="check api_url"):
                sync(server, stream, state=known, **settings)


class TestStartDate:
    def test_a_message_in_the_second_of_the_start_date_is_not_missed(self, account: Account, server: Server) -> None:
        """Chats say whole seconds, messages milliseconds, and so may the start_date."""
        account.advance(Decimal("0.7"))
        account.add_message(account.add_chat(), "just in time")
        account.advance(DAY)
        start_date = moment(Decimal(NOW) + Decimal("0.5"))
        assert sync(server, "chats", "messages", start_date=start_date).ids("messages") == list(account.messages)

    def test_no_chat_is_asked_for_messages_that_has_none_after_it(self, account: Account, server: Server) -> None:
        chats(account, 30, apart=DAY)
        account.advance(DAY)
        late = sync(server, "chats", "messages", start_date="2026-10-15")
        assert len([text for text in asked(server) if "/messages" in text]) == len(late.ids("chats")) < 30
