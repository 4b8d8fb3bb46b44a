"""Runs with other settings, or with a state of their own, remove no row that exists and hide none from later runs."""

import json
import typing as t

import pytest

from simulator import Account, Server
from tests.happenings import DAY, REFRESHED, STREAMS, VERSIONS, account_of_a_week, load
from tests.running import sync
from tests.target import Target


@pytest.fixture
def account() -> Account:
    return account_of_a_week()


def under_way(server: Server, target: Target, stream: str, **settings: t.Any) -> None:
    """Begin a refresh of a stream, in a run that is killed when the walk has come half-way."""
    lines = sync(server, *STREAMS, state=target.next_state(), **settings).lines
    for cut, line in enumerate(lines):
        known = json.loads(line).get("value", {}).get("bookmarks", {}).get(stream, {}).get("account")
        if known and known["walk"]["place"] and known["walk"]["seen"] > 50:
            target.load(lines[: cut + 1], whole=False)
            return
    pytest.fail("no walk came so far")


class TestAChatThatIsReadByIdWhileAWalkIsUnderWay:
    @pytest.fixture
    def target(self, account: Account, server: Server) -> Target:
        """Have everything, and be half-way through a refresh: the newest chat has been read again."""
        made = Target()
        load(server, made, **REFRESHED)
        account.advance(8 * DAY)
        under_way(server, made, "messages", **REFRESHED)
        account.advance(3600)
        return made

    def test_with_a_state_of_its_own(self, account: Account, server: Server, target: Target) -> None:
        scheduled = target.next_state()
        target.load(sync(server, "chats", "messages", chat_ids=[max(account.chats)], **VERSIONS).lines)
        target.state = scheduled
        load(server, target, **REFRESHED)
        assert not any(target.removed.values())


class TestAFilter:
    FILTER: t.ClassVar = {"stream_maps": {"chats": {"__filter__": "status == 'closed'"}}}

    @pytest.mark.parametrize("pattern", ["chats", "cha*", "closed_chats"])
    def test_removes_nothing_whatever_it_is_called(self, server: Server, account: Account, pattern: str) -> None:
        rules = {"__filter__": "id > 20"} | ({"__source__": "chats"} if pattern == "closed_chats" else {})
        target = Target()
        load(server, target, **VERSIONS)
        account.advance(8 * DAY)
        output = load(server, target, stream_maps={pattern: rules}, **VERSIONS)
        assert "chats" not in {
            message["stream"] for message in output.messages if message["type"] == "ACTIVATE_VERSION"
        }
        assert not any(target.removed.values())

    @pytest.mark.parametrize("by_id", [False, True])
    def test_a_chat_that_passes_it_later_comes_whole(self, server: Server, account: Account, *, by_id: bool) -> None:
        chat = max(account.chats)
        for number in range(250):
            account.advance(60)
            account.add_message(chat, f"message {number}")
        account.advance(DAY)
        settings = {**self.FILTER, **({"chat_ids": sorted(account.chats)} if by_id else {})}
        target = Target()
        load(server, target, **settings)
        account.close_chat(chat)
        account.advance(DAY)
        load(server, target, **settings)
        assert {m.id for m in account.messages_of(chat)} <= set(target.of("messages"))


class TestAClockThatWasYearsAhead:
    def test_makes_the_next_refresh_due_all_the_same(self, server: Server, account: Account) -> None:
        target = Target()
        load(server, target)
        for stream in ("chats", "customers", "messages"):
            target.state["bookmarks"][stream]["account"]["walk"]["ended"] = "2050-01-01T00:00:00.000Z"
        account.advance(DAY)
        load(server, target)
        chat = min(account.chats)
        account.chats[chat].rating = "great"
        account.advance(8 * DAY)
        load(server, target)
        assert target.of("chats")[chat]["rating"] == "great"
