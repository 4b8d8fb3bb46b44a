"""Which messages are read: one test for each rule, which fails if the rule is removed."""

import threading
import typing as t

import pytest

from simulator import Account, Dialect, Fault, Server
from tests.happenings import DAY
from tests.hiding import hiding
from tests.rules.helpers import chats, deletion, load, meddle
from tests.running import asked, sync


class TestPagesOfMessagesJoin:
    @pytest.mark.parametrize("total", ["documented", "absent"])
    @pytest.mark.parametrize("max_in_flight", [1, 8])
    def test_a_message_deleted_between_two_pages(
        self, account: Account, server: Server, *, max_in_flight: int, total: t.Any
    ) -> None:
        """Promise 1; 0.1.0 lost one without a `total`."""
        server.dialect = Dialect(total=total)
        (chat,) = chats(account, 1, messages=450)
        said = [message.id for message in account.messages_of(chat)]
        # Request 1 lists the chats; 2 is the newest page of messages; the deletions come between the pages after it.
        meddle(server, {3: deletion(account, messages=said[10:11]), 4: deletion(account, messages=said[120:123])})
        seen = sync(server, "messages", max_in_flight=max_in_flight).ids("messages")
        assert set(account.messages) <= set(seen)

    @pytest.mark.parametrize("past_end", ["list", "404"])
    def test_more_than_a_page_deleted_while_reading(self, account: Account, server: Server, past_end: t.Any) -> None:
        server.dialect = Dialect(past_end=past_end)
        (chat,) = chats(account, 1, messages=250)
        said = [message.id for message in account.messages_of(chat)]
        meddle(server, {3: deletion(account, messages=said[:160])})
        seen = sync(server, "messages", max_in_flight=1).ids("messages")
        assert set(account.messages) <= set(seen)

    def test_a_page_that_is_answered_after_the_one_behind_it(self, account: Account, server: Server) -> None:
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
        assert len(account.messages) == 450 or late
        assert before & set(account.messages) <= set(seen)


class TestARowAndItsMessages:
    @pytest.mark.parametrize("late", [1, 3600])
    def test_rows_that_are_ahead_in_the_whole_account_cost_little(
        self, account: Account, server: Server, late: int
    ) -> None:
        """They are rounded up, or keep the time of a message that was deleted."""
        made = chats(account, 250, messages=1)
        for chat in made:
            account.chats[chat].last_message_at = account.messages_of(chat)[0].created_at + late
        account.advance(DAY)
        target = load(server)
        assert set(target.of("messages")) == set(account.messages)
        assert len(made) <= len(asked(server, "/messages")) <= 2 * len(made)
        account.advance(DAY)
        load(server, target)
        account.advance(DAY)
        load(server, target)
        assert len(asked(server, "/chats")) <= 4, "what is so in the whole account is not asked again"


class TestATotal:
    @pytest.mark.parametrize("size", [100, 150, 200])
    def test_one_that_lags_does_not_push_the_oldest_off(self, account: Account, server: Server, size: int) -> None:
        """A message that has just come is listed, but not counted yet."""
        chat, longer = chats(account, 2, messages=0)
        for number in range(350):
            account.advance(1)
            account.add_message(longer, f"so that the total is seen to count, {number}")
            if number < size:
                account.add_message(chat, f"message {number}")
        account.add_message(chat, "the last one")
        with hiding("/messages", set(), 1):
            seen = sync(server, "messages").ids("messages")
        assert set(seen) == set(account.messages)


class TestAVisitedChatIsEmittedAsFarAsItWasFetched:
    def test_an_unannounced_note_and_flag_come_with_the_next_visit(self, account: Account, server: Server) -> None:
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

    def test_lookback_reads_edits_again_in_chats_active_then(self, account: Account, server: Server) -> None:
        server.dialect = Dialect(updated_at="refused")
        quiet = chats(account, 20)
        account.advance(10 * DAY)
        (active,) = chats(account, 1, messages=2)
        account.advance(3600)
        first = sync(server, "chats", "messages")
        account.edit_message(min(m.id for m in account.messages_of(active)), "corrected")
        account.advance(3600)
        assert sync(server, "chats", "messages", state=first.state).ids("messages") == []
        server.requests.clear()
        again = sync(server, "chats", "messages", state=first.state, lookback_hours=24)
        assert "corrected" in [record["text"] for record in again.records("messages")]
        assert {record["chat"] for record in again.records("messages")} == {active}
        assert not [text for text in asked(server) if f"/{quiet[0]}/" in text]
