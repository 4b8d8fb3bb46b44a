"""What changed since the last run: it is found whatever happens meanwhile, and costs few requests."""

import json
import typing as t

import pytest

from simulator import DEVIATIONS, Account, Dialect, Fault, Played, Server
from tests.happenings import DAY
from tests.lives.choices import NEEDS_TIME
from tests.lives.runners import End, InProcess
from tests.rules.helpers import Known, chats, deletion, load, mark, meddle
from tests.running import asked, config
from tests.target import Target

UpdatedAt = t.Literal["honoured", "refused", "ignored"]
DIALECTS: list[UpdatedAt] = ["honoured", "refused", "ignored"]
every_dialect = pytest.mark.parametrize("updated_at", DIALECTS)


@pytest.fixture
def known(account: Account, server: Server) -> Known:
    """Return an account of 300 chats that a target has."""
    return Known(account, server)


class TestWhatIsFound:
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
        assert mark(known.target.state)["visited"] == []


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
        assert len(asked(server, "/messages")) <= 150 - done + 20

    def test_one_that_is_killed_often_leaves_no_gap(self, account: Account, server: Server, known: Known) -> None:
        visits = 0
        for moved, lines in ((known.made[:150], 360), (known.made[120:200], 300), (known.made[190:230], 290)):
            known.say(moved)
            account.advance(3600)
            load(server, known.target, kill=lines)
            visits += len(asked(server, "/messages"))
        account.advance(DAY)
        known.increment()
        assert not known.missing
        assert visits > 150
        assert visits + len(asked(server, "/messages")) <= 150 + 80 + 40 + 3 * 23

    @pytest.mark.parametrize("lines", [160, 200, 240])
    def test_a_deleted_message_hides_no_older_one(
        self, account: Account, server: Server, known: Known, lines: int
    ) -> None:
        server.dialect = Dialect(updated_at="refused")
        known.say(known.made[:60])
        for number in known.made[:60]:
            known.say([number])
        account.advance(3600)
        load(server, known.target, kill=lines)
        for number in known.made[:60]:
            account.delete_message(max(m.id for m in account.messages.values() if m.chat == number))
        account.advance(DAY)
        known.increment()
        assert not known.missing

    def test_an_edit_after_the_visit_arrives(self, account: Account, server: Server, known: Known) -> None:
        known.say(known.made[:60])
        account.advance(3600)
        load(server, known.target, kill=150)
        first = min(number for number, one in account.messages.items() if one.chat == known.made[59])
        account.edit_message(first, "edited")
        account.advance(DAY)
        known.increment()
        assert known.target.of("messages")[first]["text"] == "edited"
        assert len(asked(server, "/messages")) <= 25

    def test_all_are_visited_again_if_the_search_tells_no_edits(
        self, account: Account, server: Server, known: Known
    ) -> None:
        known.say(known.made)
        account.advance(3600)
        load(server, known.target, kill=450)
        first = min(number for number, one in account.messages.items() if one.chat == known.made[-1])
        account.edit_message(first, "edited")
        account.advance(DAY)
        server.dialect = Dialect(updated_at="ignored")
        load(server, known.target, kill=450)
        known.increment()
        assert known.target.of("messages")[first]["text"] == "edited"
        assert len(asked(server, "/messages")) < 250, "they are visited again only once"

    def test_a_message_that_the_index_shows_late_arrives(self, account: Account, server: Server, known: Known) -> None:
        server.dialect = Dialect(updated_at="refused")
        known.say(known.made[:60])
        load(server, known.target, kill=150)
        account.add_message(known.made[100], "shown late", created_at=account.now - 60)
        account.advance(DAY)
        known.increment()
        assert not known.missing


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


# A page repeated from the question before shows what was asked for, where the newest chat is all there is; a filter
# that is ignored once, when it is tried, looks like one that always is.
NOT_SEEN = NEEDS_TIME | {"page-repeated", "filter-ignored", "index-rebuilt"}
ODD = [name for name, one in DEVIATIONS.items() if "chats/search" in one.kinds and name not in NOT_SEEN]
# A row in the place of another looks like one that the filter by updatedAt finds; the first question asks by it.
PLAYED = [(name, after) for place, name in enumerate(ODD) for after in (0, 1 + place % 4)]
PLAYED = [one for one in PLAYED if one != ("row-foreign-instead", 0)]


@pytest.mark.parametrize(("name", "after"), PLAYED)
def test_an_edit_is_not_lost(account: Account, server: Server, name: str, after: int) -> None:
    server.dialect = Dialect(updated_at="honoured")
    made = chats(account, 30, messages=2)
    account.advance(DAY)
    target = Target()
    assert InProcess().run(server, target, config(server), ("chats", "messages"), None) is End.WELL
    account.advance(DAY)
    for chat in (made[3], made[-1]):
        account.edit_message(account.messages_of(chat)[0].id, "edited")
    account.advance(DAY)
    server.deviations.append(Played(name, "chats/search", after=after, times=1))
    end = InProcess().run(server, target, config(server), ("chats", "messages"), None)
    server.deviations.clear()
    held = target.of("messages")
    missing = [message.id for message in account.messages.values() if held[message.id]["text"] != message.text]
    assert end is End.WITH_1 or not missing


@pytest.mark.parametrize("nulls", ["first", "last"])
@pytest.mark.parametrize(
    ("name", "kind", "times", "total"),
    [
        *(("last-message-at-missing", "chats", times, "too many") for times in (1, 2, 3)),
        ("last-message-at-null-in-some", "chats", 1, "absent"),
        ("order-reversed", "chats", 1, "documented"),
        ("row-left-out-first", "messages", 1, "absent"),
    ],
)
def test_odd_answers_do_not_hide_the_newest(
    account: Account, server: Server, nulls: t.Any, name: str, kind: str, times: int, total: t.Any
) -> None:
    """Where chats without messages come first, only the times tell where the newest one is."""
    server.dialect = Dialect(nulls=nulls, total=total, updated_at="refused")
    chats(account, 60, messages=0)
    made = chats(account, 45)
    chats(account, 60, messages=0)
    account.advance(DAY)
    target = load(server)
    for _ in range(2):
        account.advance(3600)
        load(server, target)
    account.add_message(made[30], "new")
    account.advance(DAY)
    server.deviations.append(Played(name, kind, times=times))
    load(server, target)
    assert set(target.of("messages")) == set(account.messages)


def test_a_chat_deleted_before_the_search_does_not_discredit_it(account: Account, server: Server) -> None:
    server.dialect = Dialect(updated_at="honoured")
    made = chats(account, 5)
    account.advance(DAY)
    target = load(server)
    (gone,) = chats(account, 1)
    account.advance(3600)
    meddle(server, {2: deletion(account, chats=[gone])})
    load(server, target)
    server.before = None
    account.edit_message(account.messages_of(made[0])[0].id, "edited")
    account.advance(3600)
    load(server, target)
    assert "edited" in {row["text"] for row in target.of("messages").values()}
