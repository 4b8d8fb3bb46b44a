"""Bookmarks: one test for each rule, which fails if the rule is removed."""

import time
import typing as t
from decimal import Decimal

import pytest

from simulator import Account, Dialect, Fault, Server
from tap_helpcrunch.api.errors import MissingError
from tap_helpcrunch.api.times import moment
from tests.conftest import NOW
from tests.happenings import DAY
from tests.rules.helpers import chats, known, under_way
from tests.running import asked, sync
from tests.target import Target


class TestSinceAndCursorAreKeptApart:
    """One bookmark is not enough."""

    def test_a_killed_walk_leaves_since_and_reads_the_rest_whole(self, account: Account, server: Server) -> None:
        made = chats(account, 45)
        account.advance(DAY)
        whole = sync(server, "chats", "messages")
        assert whole.ids("chats") == made[::-1]
        assert len(under_way(whole)) >= 3
        resumed = sync(server, "chats", "messages", state=under_way(whole)[0])
        assert resumed.ids("chats") == made[24::-1], "the twenty newest are done"
        assert set(account.messages) - set(resumed.ids("messages")) == set(whole.ids("messages")[:20])

    def test_what_changed_above_the_place_comes_when_resumed(self, account: Account, server: Server) -> None:
        made = chats(account, 45)
        account.advance(DAY)
        state = under_way(sync(server, "chats", "messages"))[0]
        account.advance(30 * DAY)
        account.add_message(made[-4], "weeks later")
        resumed = sync(server, "chats", "messages", state=state)
        assert "weeks later" in [record["text"] for record in resumed.records("messages")]
        assert resumed.ids("chats") == [made[-4], *made[24::-1]], "what is done is not read again"


class TestTheNextSinceIsTheMomentTheWalkBegan:
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


class TestEachStreamAndModeHasItsOwnBookmark:
    def test_chats_selected_later_do_not_read_messages_again(self, account: Account, server: Server) -> None:
        made = chats(account, 130)
        account.advance(DAY)
        first = sync(server, "messages")
        account.advance(DAY)
        account.add_message(made[7], "new")
        account.advance(DAY)
        server.requests.clear()
        second = sync(server, "chats", "messages", state=first.state)
        assert set(second.ids("chats")) == set(made)
        assert {record["chat"] for record in second.records("messages")} == {made[7]}
        assert len(asked(server, "/messages")) == 1

    def test_chat_ids_and_the_whole_account_have_their_own(self, account: Account, server: Server) -> None:
        made = chats(account, 30)
        account.advance(DAY)
        by_id = sync(server, "chats", "messages", chat_ids=made[:3])
        assert set(by_id.ids("chats")) == set(made[:3])
        account.advance(DAY)
        whole = sync(server, "chats", "messages", state=by_id.state)
        assert set(whole.ids("messages")) == set(account.messages)
        account.advance(DAY)
        account.add_message(made[1], "new")
        again = sync(server, "chats", "messages", state=whole.state, chat_ids=made[:3])
        assert again.ids("chats") == made[2::-1]
        assert {record["chat"] for record in again.records("messages")} == {made[1]}

    def test_an_id_added_or_put_back_gets_what_it_missed(self, account: Account, server: Server) -> None:
        made = chats(account, 3, messages=150)
        account.advance(DAY)
        target = Target()
        for chat_ids in (made[:2], made[1:2], made):
            target.load(sync(server, "chats", "messages", state=target.next_state(), chat_ids=chat_ids).lines)
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


class TestStartDate:
    def test_a_message_in_the_second_of_the_start_date_is_not_missed(self, account: Account, server: Server) -> None:
        """Times of chats are whole seconds; those of messages have milliseconds, and so may the start_date."""
        account.advance(Decimal("0.7"))
        account.add_message(account.add_chat(), "just in time")
        account.advance(DAY)
        start_date = moment(Decimal(NOW) + Decimal("0.5"))
        assert sync(server, "chats", "messages", start_date=start_date).ids("messages") == list(account.messages)


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
        for state_before in ({}, state):
            with pytest.raises(MissingError, match="check api_url"):
                sync(server, stream, state=state_before, **settings)


class TestChatIds:
    """The bookmark knows for each id what is complete."""

    def test_a_gone_id_is_asked_twice_and_not_complete(self, account: Account, server: Server) -> None:
        made = chats(account, 3)
        account.delete_chat(made[1])
        account.advance(DAY)
        output = sync(server, "chats", "messages", chat_ids=made)
        assert output.ids("chats") == [made[2], made[0]]
        assert [text.split()[1] for text in asked(server, f"/chats/{made[1]} ")] == [f"/chats/{made[1]}"] * 2
        assert known(output, "chats") == known(output, "messages") == [made[0], made[2]]

    def test_a_start_date_is_kept_an_id(self, account: Account, server: Server) -> None:
        """The second id's history before the start_date is missing, the first one's is there."""
        made = chats(account, 2, apart=DAY, messages=3)
        account.advance(100 * DAY)
        for chat in made:
            account.add_message(chat, "late")
        account.advance(DAY)
        target = Target()
        late = moment(Decimal(NOW) + 50 * DAY)
        for chat_ids, start_date in ((made[:1], None), (made, late), (made, None)):
            server.requests.clear()
            run = sync(server, "messages", state=target.next_state(), chat_ids=chat_ids, start_date=start_date)
            target.load(run.lines)
        assert set(target.of("messages")) == set(account.messages)


class TestAMomentOfTheFuture:
    """It came from a clock that was ahead."""

    def test_what_has_arrived_since_is_brought_all_the_same(self, account: Account, server: Server) -> None:
        made = chats(account, 30)
        account.advance(DAY)
        server.dialect = Dialect(date_skew=3600)
        first = sync(server, "chats", "messages")
        server.dialect = Dialect()
        account.advance(1200)
        account.add_message(made[3], "within that hour")
        second = sync(server, "chats", "messages", state=first.state)
        assert "within that hour" in [record["text"] for record in second.records("messages")]
