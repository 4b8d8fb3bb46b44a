"""What changed since the last run: it is found whatever happens meanwhile, and costs few requests."""

from __future__ import annotations

import json
import typing as t

import pytest

from simulator import Account, Dialect, Fault, Played, Server
from tests.happenings import DAY
from tests.lives.runners import End
from tests.rules.helpers import Known, chats, deletion, load, mark, meddle
from tests.running import asked
from tests.target import Target

UpdatedAt = t.Literal["honoured", "refused", "ignored"]
DIALECTS: list[UpdatedAt] = ["honoured", "refused", "ignored"]
every_dialect = pytest.mark.parametrize("updated_at", DIALECTS)


class TestWhatIsFound:
    @every_dialect
    def test_nothing_for_four_requests_when_nothing_changed(
        self, server: Server, known: Known, updated_at: UpdatedAt
    ) -> None:
        server.dialect = Dialect(updated_at=updated_at)
        known.increment()
        assert known.increment() == set()
        assert len(server.requests) <= 4, "how the search answers is known by then"

    @every_dialect
    def test_moved_created_closed_and_where_told_updated_chats(
        self, account: Account, server: Server, known: Known, updated_at: UpdatedAt
    ) -> None:
        server.dialect = Dialect(updated_at=updated_at)
        account.close_chat(known.made[7])
        account.rate_chat(known.made[9], "great")
        empty = account.add_chat()
        known.say([known.made[3], known.made[5]])
        account.advance(DAY)
        rated = {known.made[9]} if updated_at == "honoured" else set()
        assert known.increment() == {known.made[5], known.made[3], empty, known.made[7], *rated}
        assert not known.missing

    @every_dialect
    def test_old_chats_that_moved_bring_no_newer_ones(
        self, account: Account, server: Server, known: Known, updated_at: UpdatedAt
    ) -> None:
        server.dialect = Dialect(updated_at=updated_at)
        known.say(known.made[:120])
        account.advance(DAY)
        before = mark(known.target.state)["since"]
        assert known.increment() == set(known.made[:120])
        assert len(server.requests) <= 120 + 8
        assert mark(known.target.state)["since"] > before
        assert mark(known.target.state)["reached"] is None


class TestWhatChangesMeanwhile:
    @every_dialect
    def test_a_chat_that_moves_past_the_reading_comes_too(
        self, account: Account, server: Server, known: Known, updated_at: UpdatedAt
    ) -> None:
        server.dialect = Dialect(updated_at=updated_at)
        known.say(known.made[:150])
        account.advance(1200)
        meddle(server, {2: lambda: known.say([known.made[10]])})
        known.increment()
        server.before = None
        account.advance(1200)
        known.increment()
        assert not known.missing

    @pytest.mark.parametrize("number", range(2, 6))
    def test_nor_one_that_moves_back(self, account: Account, server: Server, known: Known, number: int) -> None:
        """Its new message is deleted at once."""
        server.dialect = Dialect(updated_at="refused")
        known.say(known.made[:250])
        said = list[int]()
        account.advance(1200)
        meddle(
            server,
            {
                number: lambda: said.append(account.add_message(known.made[10], "moved")),
                number + 3: lambda: account.delete_message(said[0]),
            },
        )
        assert known.increment() >= set(known.made[:250])
        assert not known.missing

    def test_a_chat_deleted_while_the_list_is_read_hides_none(
        self, account: Account, server: Server, known: Known
    ) -> None:
        known.say(known.made[:250])
        account.advance(1200)
        meddle(server, {2: deletion(account, chats=known.made[245:250]), 3: account.add_chat})
        assert set(known.made[:245]) <= known.increment()

    @pytest.mark.parametrize("ties", ["stable", "shuffled"])
    def test_a_broadcast_gives_230_chats_one_time(
        self, account: Account, server: Server, known: Known, ties: t.Any
    ) -> None:
        server.dialect = Dialect(ties=ties, updated_at="refused")
        for number in known.made[:230]:
            account.add_message(number, "news for everyone")
        account.advance(DAY)
        assert known.increment() == set(known.made[:230])

    def test_more_than_a_page_of_closed_chats_hides_none(self, account: Account, server: Server, known: Known) -> None:
        for number in known.made[:150]:
            account.close_chat(number)
        fresh = chats(account, 20, messages=0)
        # Deleted at a page's edge while the search is read.
        meddle(server, {n: deletion(account, chats=[known.made[n]]) for n in range(3, 8)})
        assert set(known.made[8:150]) | set(fresh) <= known.increment()


class TestAnIncrementThatWasKilled:
    @every_dialect
    @pytest.mark.parametrize("lines", [120, 250, 330])
    def test_it_continues_where_it_was(
        self, account: Account, server: Server, known: Known, *, lines: int, updated_at: UpdatedAt
    ) -> None:
        server.dialect = Dialect(updated_at=updated_at)
        known.say(known.made[:150])
        account.advance(3600)
        before = len(known.target.of("messages"))
        load(server, known.target, kill=lines)
        done = len(known.target.of("messages")) - before
        account.advance(DAY)
        known.increment()
        assert not known.missing
        assert len(asked(server, "/messages")) <= 150 - done + 20 + 20, "the newest 20 come first, in every run"

    def test_what_changed_after_the_kill_comes_too(self, account: Account, server: Server, known: Known) -> None:
        known.say(known.made[:150])
        account.advance(3600)
        load(server, known.target, kill=250)
        account.advance(3600)
        known.say([known.made[3], known.made[140], known.made[200]])
        account.close_chat(known.made[20])
        account.advance(3600)
        known.increment()
        assert not known.missing
        assert known.target.of("chats")[known.made[20]]["status"] == account.chats[known.made[20]].status

    def test_a_chat_that_gets_its_first_message_after_it(self, account: Account, server: Server) -> None:
        """It was created empty before an increment was killed, and moves before the next one searches for it."""
        server.dialect = Dialect(updated_at="refused")
        made = chats(account, 60)
        account.advance(DAY)
        first = load(server)
        account.advance(DAY)
        empty = account.add_chat()
        for chat in made[:40]:
            account.advance(10)
            account.add_message(chat, "again")
        account.advance(DAY)
        load(server, first, kill=80)
        account.advance(DAY)
        for number in range(2, 31, 4):
            target = Target()
            target.state = first.next_state()
            meddle(server, {number: lambda: account.add_message(empty, "one more")})
            load(server, target)
            assert empty in target.of("chats")


class TestUpdatedAt:
    """A filter by chats.updatedAt may be honoured, refused or ignored."""

    @pytest.mark.parametrize("status", [400, 500])
    def test_one_that_fails_costs_nothing_but_what_it_would_tell(
        self, account: Account, server: Server, known: Known, status: int
    ) -> None:
        def fault(request: t.Any, _number: int) -> Fault | None:
            return Fault(status=status) if "chats.updatedAt" in json.dumps(request.body or {}) else None

        server.fault = fault
        account.close_chat(known.made[7])
        known.say([known.made[3]])
        account.advance(DAY)
        assert known.increment() == {known.made[3], known.made[7]}


class TestAWayThatDoesNotWork:
    @pytest.mark.parametrize(
        "name", ["order-ignored", "order-reversed", "last-message-at-missing", "last-message-at-null", "own-400"]
    )
    def test_a_listing_that_tells_no_changes_is_told(
        self, account: Account, server: Server, known: Known, name: str
    ) -> None:
        """Nothing else shows what moved: no bookmark passes it, and the next run that can see it brings it."""
        known.say(known.made[:3])
        account.close_chat(known.made[7])
        account.advance(DAY)
        before = mark(known.target.state)["since"]
        server.deviations.append(Played(name, "chats"))
        known.increment(end=None)
        assert not known.missing or mark(known.target.state)["since"] == before
        assert len(server.requests) < 60
        server.deviations.clear()
        known.increment()
        assert not known.missing

    def test_offsets_beyond_a_window_that_are_refused_are_told(
        self, account: Account, server: Server, known: Known
    ) -> None:
        known.say(known.made[:150])
        account.advance(DAY)

        def fault(request: t.Any, _number: int) -> Fault | None:
            return Fault(status=400) if int((request.body or request.params).get("offset", 0)) >= 90 else None

        server.fault = fault
        known.increment(end=None)
        server.fault = None
        known.increment()
        assert not known.missing


class TestChatsWithoutMessages:
    @pytest.mark.parametrize("nulls", ["first", "last", "always first", "always last"])
    @pytest.mark.parametrize("empty", [1, 99, 100, 350])
    def test_they_hide_no_change_wherever_they_stand(
        self, account: Account, server: Server, *, nulls: t.Any, empty: int
    ) -> None:
        server.dialect = Dialect(nulls=nulls)
        chats(account, empty, messages=0)
        known = Known(account, server)
        known.say(known.made[:3])
        account.advance(DAY)
        assert known.increment() == set(known.made[:3])
        assert not known.missing
        known.increment()
        assert len(server.requests) <= 4, "where they stand is known by then"

    def test_if_they_fill_what_is_listed_it_is_told_soon(self, account: Account, server: Server) -> None:
        """They come first, and pages beyond an offset are empty."""
        server.dialect = Dialect(nulls="first")
        chats(account, 350, messages=0)
        known = Known(account, server)
        known.say(known.made[:3])
        account.advance(DAY)
        server.deviations.append(Played("offset-empty", "chats"))
        before = mark(known.target.state)["since"]
        known.increment(end=None)
        assert not known.missing or mark(known.target.state)["since"] == before
        assert len(server.requests) < 30


def test_a_message_that_is_shown_late_comes_with_the_next_run(account: Account, server: Server) -> None:
    """The chat's row shows it, its messages do not yet: a replica behind; nothing counts as complete without it."""
    made = chats(account, 30)
    account.advance(DAY)
    target = load(server)
    account.advance(DAY)
    account.add_message(made[3], "news")
    account.advance(20)
    server.deviations.append(Played("stale", "messages"))
    load(server, target, end=None)
    server.deviations.clear()
    account.advance(3600)
    load(server, target, end=End.WELL)
    assert set(target.of("messages")) == set(account.messages)
