"""What a STATE holds: stretches that are complete as of a moment, and how states of older versions are read."""

from __future__ import annotations

import typing as t

import pytest
from tap_helpcrunch.sync.bookmark import Bookmark
from tap_helpcrunch.sync.place import BOTTOM, TOP
from tap_helpcrunch.sync.stretches import MOST_ENDS, DamagedBookmarkError, Stretches, at, combined

from tap_helpcrunch.api.values import moment
from tests.happenings import DAY
from tests.rules.helpers import chats
from tests.running import sync

if t.TYPE_CHECKING:
    from tap_helpcrunch.sync.place import Place

    from simulator import Account, Server


class TestStatesOfVersion010:
    """It wrote no version; a run continues from there."""

    @pytest.fixture
    def made(self, account: Account) -> list[int]:
        made = chats(account, 45)
        account.advance(DAY)
        return made

    @staticmethod
    def state(account: Account, **bookmark: t.Any) -> dict[str, t.Any]:
        written = {"since": None, "done": [], "start_date": None, "without_messages": 0, **bookmark}
        account.advance(DAY)
        return {"bookmarks": {stream: {"account": written} for stream in ("chats", "messages")}}

    def test_a_finished_one(self, account: Account, server: Server, made: list[int]) -> None:
        state = self.state(account, since=moment(account.now))
        account.add_message(made[7], "new")
        output = sync(server, "chats", "messages", state=state)
        assert output.ids("chats") == [made[7]]
        assert output.state["bookmarks"]["messages"]["account"]["version"] == 2

    def test_a_first_load_that_was_killed(self, account: Account, server: Server, made: list[int]) -> None:
        """It began with the oldest chats."""
        before = moment(account.chats[made[20]].created_at)
        state = self.state(account, done=[[before, moment(account.now)]])
        account.add_message(made[7], "new")
        output = sync(server, "chats", "messages", state=state)
        assert output.ids("chats") == [made[7], *made[:19:-1]]

    def test_one_killed_twice(self, account: Account, server: Server, made: list[int]) -> None:
        """Chats before the tenth know the last day, those before the thirtieth the day before, the others nothing."""
        first, second = (moment(account.chats[made[place]].created_at) for place in (10, 30))
        early = moment(account.now)
        account.advance(DAY)
        for chat in (made[5], made[20]):
            account.add_message(chat, "in between")
        account.advance(DAY)
        state = self.state(account, done=[[first, moment(account.now)], [second, early]])
        output = sync(server, "chats", "messages", state=state)
        assert {made[20], *made[30:]} <= set(output.ids("chats")) <= {made[5], made[20], *made[30:]}

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
        written: dict[str, t.Any] = {"since": seen, "done": [], "start_date": None, "without_messages": 0}
        output = sync(server, "customers", state={"bookmarks": {"customers": {"account": written}}})
        assert len(made) == len(people)
        assert output.ids("customers") == people[:19:-1]


class TestStretches:
    """Parts of a list, each complete as of another moment."""

    PLACES: t.ClassVar[list[Place]] = [(f"2026-01-{day:02d}T00:00:00.000Z", day) for day in range(28, 0, -1)]
    MOMENTS: t.ClassVar[list[str]] = [f"2026-02-{day:02d}T00:00:00.000Z" for day in range(1, 29)]

    def test_what_was_written_is_read(self) -> None:
        stretches = Stretches()
        stretches.came_to(self.PLACES[8], self.MOMENTS[0])
        stretches.came_to(self.PLACES[3], self.MOMENTS[1])
        assert Stretches.read(stretches.to_state("9999")) == stretches
        assert [(s.top, s.end, s.since) for s in stretches.all(None)] == [
            (TOP, self.PLACES[3], self.MOMENTS[1]),
            (self.PLACES[3], self.PLACES[8], self.MOMENTS[0]),
            (self.PLACES[8], BOTTOM, None),
        ]

    def test_walks_killed_again_and_again_keep_few_ends(self) -> None:
        stretches = Stretches()
        true: dict[Place, str] = {}
        for count in range(25):
            reached = self.PLACES[: 26 - count]
            stretches.came_to(reached[-1], self.MOMENTS[count])
            true |= dict.fromkeys(reached, self.MOMENTS[count])
        assert len(stretches.ends) <= MOST_ENDS
        for place, since in true.items():
            claimed = at(stretches.all(None), place).since
            assert claimed is not None
            assert claimed <= since

    def test_nothing_is_complete_as_of_later_than_it_may_be(self) -> None:
        stretches = Stretches()
        stretches.came_to(self.PLACES[3], self.MOMENTS[5])
        assert stretches.to_state(self.MOMENTS[2]) == [[*self.PLACES[3], self.MOMENTS[2]]]

    @pytest.mark.parametrize(
        "value",
        [
            5,
            [5],
            [["2026-01-01T00:00:00.000Z", 1]],
            [["yesterday", 1, None]],
            [["2026-01-01T00:00:00.000Z", "1", None]],
            [["2026-01-01T00:00:00.000Z", 1, "soon"]],
            [["2026-01-01T00:00:00.000Z", 1, None], ["2026-01-02T00:00:00.000Z", 1, None]],
        ],
    )
    def test_what_this_tap_did_not_write_is_damage(self, value: t.Any) -> None:
        with pytest.raises(DamagedBookmarkError):
            Bookmark.read({"version": 2, "done": value})

    def test_streams_walked_together_know_what_the_least_knows(self) -> None:
        one, other = Stretches(), Stretches()
        one.came_to(self.PLACES[3], self.MOMENTS[5])
        other.came_to(self.PLACES[8], self.MOMENTS[2])
        walked = combined([one.all(self.MOMENTS[0]), other.all(None)])
        assert [(s.top, s.end, s.since) for s in walked] == [
            (TOP, self.PLACES[3], self.MOMENTS[2]),
            (self.PLACES[3], self.PLACES[8], self.MOMENTS[0]),
            (self.PLACES[8], BOTTOM, None),
        ]
