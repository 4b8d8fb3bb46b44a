"""Requests ahead of their turn: in the right order, and none in vain."""

from __future__ import annotations

import threading
import time
import typing as t
from functools import partial

import pytest

from tap_helpcrunch.api.values import moment
from tap_helpcrunch.api.workers import Workers
from tap_helpcrunch.session import Session
from tap_helpcrunch.settings import Settings
from tap_helpcrunch.sync.evidence import Limit
from tap_helpcrunch.sync.listing import Listing
from tap_helpcrunch.sync.round import Round
from tap_helpcrunch.sync.visit import Visit
from tests.rules.helpers import chats
from tests.running import asked, config

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator import Account, Server

SOON = 20.0


@pytest.fixture
def session(server: Server) -> Iterator[Session]:
    session = Session(Settings.read(config(server)))
    yield session
    session.client.close()


def offsets(server: Server, chat: int) -> list[str]:
    return [r.params["offset"] for r in list(server.requests) if r.path.endswith(f"/{chat}/messages")]


class TestWorkers:
    def test_jobs_run_in_the_order_of_their_turns(self) -> None:
        workers, gate = Workers(1), threading.Event()
        ran: list[int] = []
        workers.submit(partial(gate.wait, SOON), 0)
        futures = [workers.submit(partial(ran.append, turn), turn) for turn in (7, 2, 0, 2, 1)]
        workers.submit(partial(ran.append, -1), 0).cancel()
        gate.set()
        for future in futures:
            future.result(SOON)
        workers.close()
        assert ran == [0, 1, 2, 2, 7]

    def test_a_fault_is_raised_where_the_result_is_waited_for(self) -> None:
        workers = Workers(2)
        broken = workers.submit(lambda: 1 // 0, 0)
        with pytest.raises(ZeroDivisionError):
            broken.result(SOON)
        assert workers.submit(lambda: "goes on", 0).result(SOON) == "goes on"
        workers.close()


class TestLaterPages:
    def test_those_of_the_next_chat_are_asked_for_before_its_turn(
        self, account: Account, server: Server, session: Session
    ) -> None:
        first, second = chats(account, 2, messages=450)
        session.history.enqueue([Visit(first, None), Visit(second, None)])
        until = time.monotonic() + SOON
        while len(offsets(server, second)) < 5 and time.monotonic() < until:
            session.history.enqueue([])
            time.sleep(0.01)
        assert sorted(offsets(server, second), key=int) == ["0", "100", "200", "300", "400"]
        rows = [row for visit in (first, second) for row in session.history.read(Visit(visit, None))]
        assert sorted(row["id"] for row in rows) == sorted(account.messages)
        assert len(asked(server)) == 10, "each page once"

    def test_those_that_the_visit_may_not_need_are_not(
        self, account: Account, server: Server, session: Session
    ) -> None:
        (chat,) = chats(account, 1, messages=450)
        later = Visit(chat, moment(account.messages_of(chat)[0].created_at + 1))
        session.history.enqueue([later])
        until = time.monotonic() + 1
        while time.monotonic() < until:
            session.history.enqueue([])
            time.sleep(0.01)
        assert len(list(session.history.read(later))) == 100
        assert len(asked(server)) == 1


class TestListings:
    def test_the_next_page_is_asked_for_before_this_one_is_worked_on(
        self, account: Account, server: Server, session: Session
    ) -> None:
        chats(account, 250)
        pages = Listing(session.api, Limit(), "chats", "createdAt").newest_first()
        next(pages)
        until = time.monotonic() + SOON
        while len(asked(server)) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        assert len(asked(server)) == 2

    def test_no_page_behind_the_stop_is_asked_for(self, account: Account, server: Server, session: Session) -> None:
        chats(account, 250)
        times = sorted(chat.created_at for chat in account.chats.values())
        listing = Listing(session.api, Limit(), "chats", "createdAt")
        list(listing.newest_first(stop=moment(times[-50]) or ""))
        assert len(asked(server)) == 1
        list(listing.newest_first(stop=moment(times[-150]) or ""))
        assert len(asked(server)) == 1 + 2


class TestTheEndOfARound:
    def test_what_waits_to_be_sent_is_not_sent(self, account: Account, server: Server) -> None:
        session, gate = Session(Settings.read(config(server, max_in_flight=1))), threading.Event()
        *ahead, last = chats(account, 4)
        server.before = lambda _request: gate.wait(SOON)
        session.history.enqueue([Visit(chat, None) for chat in ahead])
        session.history.begin_round(Round(session.moments, session.clock.now()))
        gate.set()
        session.api.messages(last, 0, turn=99).answer()
        session.client.close()
        assert sum(len(offsets(server, chat)) for chat in ahead) <= 1, "one may have been sent before"


class TestAGroupThatClosesTheRound:
    def test_nothing_of_a_later_group_is_asked_for(self, account: Account, server: Server) -> None:
        """What a round has no time left for is not requested."""
        session = Session(Settings.read(config(server, max_run_minutes=0.01)))
        first, second = chats(account, 2)
        assert session.schedule.is_closing
        session.history.enqueue([Visit(first, None), Visit(second, None)])
        session.history.begin([Visit(first, None)])
        assert len(list(session.history.read(Visit(first, None)))) == 1
        assert offsets(server, first) == ["0"]
        assert offsets(server, second) == []
        session.client.close()
