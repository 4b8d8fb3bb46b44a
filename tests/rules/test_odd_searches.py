"""What only the search finds, if one of its answers is odd."""

from __future__ import annotations

import pytest

from simulator import DEVIATIONS, Account, Dialect, Logged, Played, Server
from tests.happenings import DAY
from tests.hiding import hiding
from tests.lives.choices import NEEDS_TIME
from tests.lives.runners import End, InProcess
from tests.rules.helpers import chats
from tests.running import config
from tests.target import Target

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


@pytest.mark.parametrize("name", ["page-empty", "row-left-out-first"])
def test_an_answer_that_counts_more_is_not_believed(account: Account, server: Server, name: str) -> None:
    server.dialect = Dialect(updated_at="honoured")
    (chat,) = chats(account, 1)
    account.advance(DAY)
    edited = account.add_message(chat, "said")
    account.advance(DAY)
    target, streams = Target(), ("chats", "messages")
    assert InProcess().run(server, target, config(server), streams, None) is End.WELL
    account.edit_message(edited, "edited")
    account.advance(DAY)
    server.deviations.append(Played(name, "chats/search", times=1))
    assert InProcess().run(server, target, config(server), streams, None) is End.WELL
    assert target.of("messages")[edited]["text"] == "edited"


def test_an_answer_without_the_known_chat_is_not_believed(account: Account, server: Server) -> None:
    """It may come from a replica that is behind, and lack what was edited too."""
    server.dialect = Dialect(updated_at="honoured", total="absent")
    made = chats(account, 30, messages=2)
    account.advance(DAY)
    target, streams = Target(), ("chats", "messages")
    assert InProcess().run(server, target, config(server), streams, None) is End.WELL
    account.advance(DAY)
    edited = account.messages_of(made[3])[0]
    account.edit_message(edited.id, "edited")
    account.close_chat(made[5])
    account.advance(DAY)
    hidden, questions = {made[3], made[-1]}, 0

    def catch_up(request: Logged) -> None:
        nonlocal questions
        questions += "closedAt" in str(request.body)
        if questions > 1:
            hidden.clear()

    server.before = catch_up
    with hiding("/chats/search", hidden):
        assert InProcess().run(server, target, config(server), streams, None) is End.WELL
    assert target.of("messages")[edited.id]["text"] == "edited"


@pytest.mark.parametrize("kind", ["chats/search", "messages"])
def test_a_short_page_within_a_second_is_not_the_last(account: Account, server: Server, kind: str) -> None:
    """Its total counts its rows, and it shows only some of those that the page before showed of that second."""
    server.dialect = Dialect(total="page")
    made = [account.add_chat() for _ in range(130 if kind == "chats/search" else 1)]
    for _ in range(130 if kind == "messages" else 0):
        account.add_message(made[0], "at the same time")
    account.advance(DAY)
    server.deviations.append(Played("limit-50", kind, after=1, times=1))
    target = Target()
    assert InProcess().run(server, target, config(server), ("chats", "messages"), None) is End.WELL
    assert set(target.of("chats")) == set(account.chats)
    assert set(target.of("messages")) == set(account.messages)
    assert server.deviations[0].played
