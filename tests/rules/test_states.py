"""STATEs of 0.1.0 and 0.2.0 are continued: nothing is lost, and at most a tenth of the load is repeated."""

import json
import typing as t

import pytest

from simulator import Account, Server
from tap_helpcrunch.api.times import moment
from tests.happenings import DAY, REFRESHED
from tests.rules.helpers import chats, load, mark
from tests.running import Output, asked, sync
from tests.target import Target

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
MOVED = written(
    {"since": LOADED, "moved": [["2026-09-23T21:04:20.000Z", 11, NEXT]], "walk": EVERY},
    CUSTOMERS,
)
CLOSED = written(
    {
        "since": LOADED,
        "moved": [["", 0, NEXT]],
        "closed": [["2026-09-21T15:58:20.000Z", 105, NEXT]],
        "walk": EVERY,
    },
    CUSTOMERS,
)
AGAIN = "2026-09-30T20:48:19.000Z"
REFRESHING = written(
    {"since": AGAIN, "walk": {**walk(1_790_801_600, COUNT, AGAIN), "is_whole": True}},
    {"since": AGAIN, "walk": walk(1_795_947_443, COUNT, LOADED, ["", 0])},
    {"since": AGAIN, "walk": walk(1_790_801_600, 198, LOADED, ["2026-09-21T17:36:20.000Z", 203])},
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
        assert mark(output.state)["visited"] == []

    def test_in_a_refresh(self, account: Account, server: Server, made: list[int]) -> None:
        target = Target()
        target.load(self.carried(server))
        account.advance(8 * DAY)
        for chat in (made[10], made[350]):
            account.delete_chat(chat)
        account.advance(3600)
        output = sync(server, "chats", "messages", "customers", state=REFRESHING, **REFRESHED)
        target.load(output.lines)
        assert len(asked(server, "/messages")) >= 201, "the rest of the messages' walk"
        assert len(asked(server, "/messages")) <= 202 + COUNT / 10
        for stream, rows in (("chats", account.chats), ("messages", account.messages)):
            assert not target.removed.get(stream, set()) & set(rows)
        assert set(account.messages) <= set(target.of("messages"))

    @staticmethod
    def carried(server: Server) -> list[str]:
        """Return what 0.2.0 had written before: the version of its walk on all records that it had met."""
        lines = sync(server, "chats", "messages", "customers", **REFRESHED).lines
        server.requests.clear()
        old, new, made = 1_790_110_400, 1_790_801_600, []
        for line in lines:
            message = json.loads(line)
            if message["type"] == "RECORD":
                is_met = message["stream"] != "messages" or message["record"]["id"] >= 203
                message["version"] = new if is_met else old
            if message["type"] != "ACTIVATE_VERSION":
                made.append(json.dumps(message))
        return made

    def test_with_chat_ids(self, account: Account, server: Server, made: list[int]) -> None:
        complete = {"version": 2, "filter": None, "complete": [[LOADED, None, made[:3]]]}
        state = {"bookmarks": {stream: {"chat_ids": complete} for stream in ("chats", "messages")}}
        account.advance(DAY)
        account.add_message(made[1], "new")
        account.advance(DAY)
        output = sync(server, "chats", "messages", state=state, chat_ids=made[:4])
        assert {row["chat"] for row in output.records("messages")} == {made[1], made[3]}

    def test_with_chats_that_could_not_be_read(self, server: Server, made: list[int]) -> None:
        state = json.loads(json.dumps(AT_REST))
        for stream in ("chats", "messages"):
            state["bookmarks"][stream]["account"]["owed"] = [made[5], made[9]]
        output = sync(server, "chats", "messages", state=state)
        assert {row["chat"] for row in output.records("messages")} == {made[5], made[9]}
        assert mark(output.state)["owed"] == []


class TestStatesOfVersion010:
    """It wrote no version; a run continues from there."""

    @pytest.fixture
    def made(self, account: Account) -> list[int]:
        made = chats(account, 45)
        account.advance(DAY)
        return made

    @staticmethod
    def run(server: Server, stream: tuple[str, ...] = ("chats", "messages"), **bookmark: t.Any) -> Output:
        written = {"since": None, "done": [], "start_date": None, "without_messages": 0, **bookmark}
        return sync(server, *stream, state={"bookmarks": {name: {"account": written} for name in stream}})

    def test_a_finished_one(self, account: Account, server: Server, made: list[int]) -> None:
        since = moment(account.now)
        account.advance(DAY)
        account.add_message(made[7], "new")
        output = self.run(server, since=since)
        assert output.ids("chats") == [made[7]]
        assert mark(output.state)["version"] == 3

    def test_a_first_load_that_was_killed(self, account: Account, server: Server, made: list[int]) -> None:
        """It began with the oldest chats; what is known of them cannot be kept, and is read again."""
        before = moment(account.chats[made[20]].created_at)
        since = moment(account.now)
        account.advance(DAY)
        account.add_message(made[7], "new")
        output = self.run(server, done=[[before, since]])
        assert set(output.ids("messages")) >= {m.id for m in account.messages.values() if m.chat > made[19]}
        assert max(account.messages) in output.ids("messages")

    def test_one_with_chat_ids(self, account: Account, server: Server, made: list[int]) -> None:
        complete = {"complete": [[moment(account.now), made[:3]]], "start_date": None}
        state = {"bookmarks": {stream: {"chat_ids": complete} for stream in ("chats", "messages")}}
        account.advance(DAY)
        account.add_message(made[1], "new")
        output = sync(server, "chats", "messages", state=state, chat_ids=made[:4])
        assert {row["chat"] for row in output.records("messages")} == {made[1], made[3]}

    def test_a_walk_over_the_customers_that_was_killed(self, account: Account, server: Server, made: list[int]) -> None:
        """It was in ascending order of lastSeen, with those never seen first."""
        people = list(account.customers)
        seen = moment(account.customers[people[20]].last_seen)
        output = self.run(server, ("customers",), since=seen)
        assert len(made) == len(people)
        assert set(people[20:]) <= set(output.ids("customers"))


@pytest.mark.parametrize(
    "value",
    [
        5,
        {"version": 3, "since": "yesterday"},
        {"version": 2, "done": 5},
        {"version": 2, "done": [["2026-01-01T00:00:00.000Z"]]},
        {"version": 2, "done": [["yesterday", 1, None]]},
        {"version": 3, "walk": {"version": "x", "place": None, "seen": 0, "ended": None}},
        {"version": 3, "owed": [["x", "absent", LOADED, ""]]},
    ],
)
def test_what_this_tap_did_not_write_is_refused(server: Server, value: t.Any) -> None:
    with pytest.raises(Exception, match="the STATE is not one that tap-helpcrunch wrote"):
        sync(server, "chats", state={"bookmarks": {"chats": {"account": value}}})
    assert server.requests == []


def test_a_load_killed_again_and_again_keeps_a_small_state(account: Account, server: Server) -> None:
    chats(account, 300)
    account.advance(DAY)
    target = Target()
    for _ in range(6):
        load(server, target, kill=95)
        account.advance(DAY)
        assert len(json.dumps(mark(target.state))) < 600
    load(server, target)
    assert set(target.of("messages")) == set(account.messages)
