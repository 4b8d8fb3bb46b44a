"""STATEs of 0.1.0 and 0.2.0 are continued: nothing is lost, and at most a tenth of the load is repeated."""

from __future__ import annotations

import typing as t

import pytest

from tap_helpcrunch.api.times import moment
from tests.happenings import DAY
from tests.rules.helpers import chats, mark
from tests.running import asked, sync

if t.TYPE_CHECKING:
    from simulator import Account, Server

COUNT = 400  # chats, one minute apart; in each, a message; a day later the first load begins
LOADED, NEXT = "2026-09-22T20:48:19.000Z", "2026-09-24T21:18:19.000Z"  # the moments of two runs of 0.2.0
EMPTY: dict[str, t.Any] = {"version": 2, "since": None, "done": [], "moved": [], "closed": [], "start_date": None}
EMPTY |= {"filter": None, "without_messages": 0, "never_seen": None, "owed": []}


def walk(version: int, seen: int, ended: str | None, place: list[t.Any] | None = None) -> dict[str, t.Any]:
    return {"version": version, "place": place, "seen": seen, "ended": ended, "is_whole": place is not None}


def written(chats: dict[str, t.Any], customers: dict[str, t.Any], messages: dict[str, t.Any] | None = None) -> t.Any:
    """Return a STATE as 0.2.0 wrote it; what is not said is as in a new bookmark."""
    of = {"customers": customers, "chats": chats, "messages": messages or chats}
    return {"bookmarks": {stream: {"account": EMPTY | value} for stream, value in of.items()}}


EVERY = walk(1_790_110_400, COUNT, LOADED)
CUSTOMERS = {"since": NEXT, "walk": walk(1_795_947_442, COUNT, LOADED)}
# Written by 0.2.0 in runs over the account of `made`, which was changed in between as by `change`.
AT_REST = written({"since": LOADED, "walk": EVERY}, {**CUSTOMERS, "since": LOADED})
LOADING = written(
    {"done": [["2026-09-21T18:35:20.000Z", 262, LOADED]], "walk": walk(1_790_110_400, 139, None)},
    {"moved": [["2026-09-21T14:18:20.000Z", 5, LOADED]], "walk": walk(1_795_947_442, 396, None)},
)
MOVED = written({"since": LOADED, "moved": [["2026-09-23T21:04:20.000Z", 11, NEXT]], "walk": EVERY}, CUSTOMERS)
CLOSED = written(
    {"since": LOADED, "moved": [["", 0, NEXT]], "closed": [["2026-09-21T15:58:20.000Z", 105, NEXT]], "walk": EVERY},
    CUSTOMERS,
)


class TestStatesOfVersion020:
    @pytest.fixture
    def made(self, account: Account) -> list[int]:
        made = chats(account, COUNT)
        account.advance(DAY)
        return made

    @staticmethod
    def change(account: Account) -> None:
        """Thirty chats move, and others are closed, as before the runs of 0.2.0 that were cut."""
        account.advance(DAY)
        for chat in range(1, 31):
            account.advance(60)
            account.add_message(chat, "again")
        for chat in range(100, 125):
            account.close_chat(chat)
        account.advance(DAY)

    def test_at_rest(self, account: Account, server: Server, made: list[int]) -> None:
        account.advance(DAY)
        account.add_message(made[7], "new")
        account.advance(DAY)
        output = sync(server, "chats", "messages", "customers", state=AT_REST)
        assert output.ids("chats") == [made[7]]
        assert output.ids("customers") == []
        assert len(server.requests) <= 6
        assert mark(output.state)["version"] == 3
        assert mark(output.state)["since"] > LOADED

    def test_in_a_first_load(self, account: Account, server: Server, made: list[int]) -> None:
        account.advance(DAY)
        account.add_message(made[-1], "new")
        account.advance(DAY)
        output = sync(server, "chats", "messages", "customers", state=LOADING)
        repeated = set(output.ids("chats")) & {chat for chat in made if chat > 262}
        assert set(made[:261]) | {made[-1]} <= set(output.ids("chats"))
        assert {m.id for m in account.messages.values() if m.chat < 262} < set(output.ids("messages"))
        assert max(account.messages) in output.ids("messages")
        assert len(repeated) <= COUNT / 10
        assert set(range(1, 5)) <= set(output.ids("customers"))
        assert output.state["bookmarks"]["customers"]["account"]["since"] > LOADED

    @pytest.mark.parametrize(("state", "moved", "closed"), [(MOVED, 11, 0), (CLOSED, 0, 105)], ids=["moved", "closed"])
    def test_in_an_increment(
        self, account: Account, server: Server, made: list[int], state: t.Any, moved: int, closed: int
    ) -> None:
        self.change(account)
        account.advance(3600)
        account.add_message(made[20], "later")
        account.advance(DAY)
        output = sync(server, "chats", "messages", "customers", state=state)
        missing = {chat for chat in made if chat < moved} | set(range(max(closed, 100), 125)) - {closed}
        assert missing | {made[20]} <= set(output.ids("chats"))
        assert max(account.messages) in output.ids("messages")
        assert len(asked(server, "/messages")) <= len(missing) + 1 + COUNT / 10
        assert mark(output.state)["since"] > NEXT
        assert mark(output.state)["reached"] is None

    def test_with_chat_ids(self, account: Account, server: Server, made: list[int]) -> None:
        complete = {"version": 2, "filter": None, "complete": [[LOADED, None, made[:3]]]}
        state = {"bookmarks": {stream: {"chat_ids": complete} for stream in ("chats", "messages")}}
        account.advance(DAY)
        account.add_message(made[1], "new")
        account.advance(DAY)
        output = sync(server, "chats", "messages", state=state, chat_ids=made[:4])
        assert {row["chat"] for row in output.records("messages")} == {made[1], made[3]}


def test_a_state_of_version_0_1_0_is_continued(account: Account, server: Server) -> None:
    """It has no version. A finished load is not loaded again; of one that was killed, all is read that is not known."""
    made = chats(account, 45)
    account.advance(DAY)
    since, before = moment(account.now), moment(account.chats[made[20]].created_at)
    account.advance(DAY)
    account.add_message(made[7], "new")
    first: dict[str, t.Any] = {"since": None, "done": [], "start_date": None, "without_messages": 0}
    for bookmark in ({"since": since}, {"done": [[before, since]]}):
        state = {"bookmarks": {stream: {"account": first | bookmark} for stream in ("chats", "messages")}}
        output = sync(server, "chats", "messages", state=state)
        assert max(account.messages) in output.ids("messages")
        assert mark(output.state)["version"] == 3
        if "since" in bookmark:
            assert output.ids("chats") == [made[7]]
        else:
            assert set(output.ids("messages")) >= {m.id for m in account.messages.values() if m.chat > made[19]}
