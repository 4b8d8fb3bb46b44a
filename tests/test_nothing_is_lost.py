"""Promise 1 and 2 under anything that may happen between, during and instead of the end of runs."""

from __future__ import annotations

import dataclasses
import random
import typing as t

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from simulator import Account, Dialect, Server
from tap_helpcrunch.api.values import moment
from tap_helpcrunch.output import Writer
from tap_helpcrunch.tap import TapHelpCrunch
from tests.conftest import NOW
from tests.happenings import DAY, Happenings
from tests.running import catalog, config
from tests.target import Target

CATALOGS: dict[tuple[str, ...], t.Any] = {
    streams: catalog(*streams) for streams in (("chats", "messages"), ("messages",), ("chats",))
}


class KilledError(BaseException):
    """The process is gone, as by SIGKILL: nothing of it is cleaned up."""


class Killable(Writer):
    """Writes so many messages, then the process dies."""

    def __init__(self, tap: TapHelpCrunch, most: int | None) -> None:
        super().__init__(tap.interrupt)
        self.lines: list[bytes] = []
        self._most = most

    def put(self, line: bytearray, *, flush: bool) -> None:  # noqa: ARG002
        if self._most is not None and len(self.lines) >= self._most:
            raise KilledError
        self.lines.append(bytes(line))


DIALECTS = st.fixed_dictionaries(
    {
        "updated_at": st.sampled_from(["refused", "ignored", "honoured"]),
        "nulls": st.sampled_from(["last", "first", "always last", "always first"]),
        "ties": st.sampled_from(["stable", "shuffled"]),
        "empty_messages": st.sampled_from(["list", "404"]),
        "past_end": st.sampled_from(["list", "404"]),
        "total": st.sampled_from(["documented", "top", "meta", "absent", "too many", "page"]),
        "date_skew": st.sampled_from([0, -3 * 3600]),
    }
)
# Refreshes that are due often, with and without versions.
WALKED = st.fixed_dictionaries(
    {
        "emit_activate_version_messages": st.booleans(),
        "refresh_days": st.sampled_from([0.01, 1, 7]),
        "refresh_messages_days": st.sampled_from([None, 0.01, 5]),
    }
)
KINDS = Happenings(Account(now=NOW)).kinds
LIVELY = ["a message", "a message", "a message", "an empty chat", "a chat", "a deleted message", "a deleted chat"]


class Life(RuleBasedStateMachine):
    """An account, a scheduler and a target, for some years in a few seconds."""

    @initialize(
        chats=st.sampled_from([0, 1, 25, 45]),
        imported=st.sampled_from([0, 0, 0, 130, 230]),
        seed=st.integers(0, 2**16),
        chosen=st.sampled_from([False, False, True]),
        dialect=DIALECTS,
        walked=WALKED,
    )
    def begin(
        self,
        chats: int,
        imported: int,
        seed: int,
        chosen: bool,  # noqa: FBT001
        dialect: dict[str, t.Any],
        walked: dict[str, t.Any],
    ) -> None:
        self.account = Account(now=NOW)
        self.server = Server(self.account, Dialect(**dialect))
        self.server.__enter__()
        self.target = Target()
        self.rng = random.Random(seed)
        self.walked = walked
        self.settings: dict[str, t.Any] = {}
        self.start_date = 0
        self.streams: tuple[str, ...] = ("chats", "messages")
        self.happenings = Happenings(self.account)
        for number in range(chats + imported):
            if number < chats:
                self.account.advance(self.rng.choice([0, 0, 1, 600, DAY]))
            self.happenings.open()
        for chat in list(self.account.chats):
            for _ in range(self.rng.choice([0, 1, 1, 2])):
                self.happenings.say(chat)
        if chosen:
            self._choose(self.rng.random())

    def teardown(self) -> None:
        if hasattr(self, "server"):
            self.server.__exit__(None, None, None)

    @rule(what=st.lists(st.tuples(st.sampled_from(KINDS), st.floats(0, 0.999)), min_size=1, max_size=6))
    def the_account_goes_on(self, what: list[tuple[str, float]]) -> None:
        for kind, where in what:
            self.happenings.happen(kind, where)

    # What else changes between runs

    @rule(dialect=DIALECTS)
    def the_api_behaves_otherwise(self, dialect: dict[str, t.Any]) -> None:
        self.server.dialect = dataclasses.replace(self.server.dialect, **dialect)

    @rule(
        days=st.sampled_from([None, 1, 40, 400]),
        lookback=st.sampled_from([0, 5, 50]),
        streams=st.sampled_from(sorted(CATALOGS)),
        chosen=st.none() | st.floats(0, 1),
        forgotten=st.booleans(),
    )
    def the_operator_changes(
        self,
        days: int | None,
        lookback: int,
        streams: tuple[str, ...],
        chosen: float | None,
        forgotten: bool,  # noqa: FBT001
    ) -> None:
        self.settings = {"lookback_hours": lookback}
        self.start_date = 0 if days is None else int(self.account.now) - days * DAY
        if days is not None:
            self.settings["start_date"] = moment(self.start_date)
        if chosen is not None:
            self._choose(chosen)
        self.streams = streams
        if forgotten:
            self.target.state.get("bookmarks", {}).pop("messages", None)

    def _choose(self, where: float) -> None:
        chats = sorted(self.account.chats)
        if chats:
            first = int(where * len(chats) / 2)
            self.settings["chat_ids"] = [*chats[first : first + 30], 999_999_999]

    # Runs

    def _run(self, most: int | None = None) -> bool:
        settings = config(self.server, max_in_flight=3, **self.walked, **self.settings)
        tap = TapHelpCrunch(config=settings, state=self.target.next_state(), catalog=CATALOGS[self.streams])
        writer = tap.message_writer = Killable(tap, most)
        tap.state_writer._message_writer = writer
        try:
            tap.sync_all()
        except KilledError:
            return False
        finally:
            tap.close()
            self.target.load(writer.lines, whole=most is None)
            self._nothing_that_exists_was_taken_out()
        return True

    def _nothing_that_exists_was_taken_out(self) -> None:
        existing: dict[str, t.Any] = {"chats": self.account.chats, "messages": self.account.messages}
        for stream, removed in self.target.removed.items():
            assert not removed & set(existing[stream]), f"{stream} taken out: {removed & set(existing[stream])}"
        self.target.removed.clear()

    @rule(walked=WALKED)
    def the_operator_changes_refreshes(self, walked: dict[str, t.Any]) -> None:
        self.walked = walked

    @rule(at=st.integers(0, 60) | st.integers(0, 600))
    def a_run_is_killed(self, at: int) -> None:
        owed = self._owed()
        if self._run(at):
            self._settle(owed)

    @rule()
    def a_run(self) -> None:
        owed = self._owed()
        assert self._run()
        self._settle(owed)

    @rule(seed=st.integers(0, 2**16))
    def a_run_while_the_account_moves_under_every_request(self, seed: int) -> None:
        owed, before = self._owed(), set(self.happenings.revealed)
        self.happenings.fell.clear()
        self.happenings.revealed.clear()
        rng = random.Random(seed)

        def move(_request: t.Any) -> None:
            for _ in range(rng.randrange(3)):
                self.happenings.happen(rng.choice(LIVELY), rng.random() * 0.999)

        self.server.before = move
        try:
            assert self._run()
        finally:
            self.server.before = None
        during, self.happenings.revealed = self.happenings.revealed, before
        self._settle(owed, still=True)
        self.happenings.revealed |= during

    # What must then be true

    def _in_scope(self) -> list[int]:
        chosen = set(self.settings.get("chat_ids", self.account.chats))
        return [chat for chat in self.account.chats if chat in chosen and self._activity(chat) >= self.start_date]

    def _activity(self, chat_id: int) -> int:
        chat = self.account.chats[chat_id]
        return int(max(x for x in (chat.created_at, chat.last_message_at, chat.closed_at) if x is not None))

    def _owed(self) -> dict[str, dict[int, t.Any]]:
        """Return what a run that begins now owes the target: the value, or None where the row is enough."""
        owed: dict[str, dict[int, t.Any]] = {"chats": {}, "messages": {}}
        updated = self.server.dialect.updated_at == "honoured" and "chat_ids" not in self.settings
        for chat in self._in_scope():
            revealed = chat in self.happenings.revealed
            owed["chats"][chat] = self.account.chats[chat].status if revealed else None
            for place, message in enumerate(self.account.messages_of(chat)):
                if message.created_at < (self.start_date):
                    continue
                if message.moves_chat or revealed or updated:
                    fresh = (revealed or updated) and place < 100  # as far as one page reaches
                    owed["messages"][message.id] = message.text if fresh else None
        return {stream: owed[stream] for stream in self.streams}

    def _settle(self, owed: dict[str, dict[int, t.Any]], *, still: bool = False) -> None:
        """Compare the target with what was owed to it."""
        for stream, rows in owed.items():
            held = self.target.of(stream)
            existing: t.Any = self.account.messages if stream == "messages" else self.account.chats
            missing = [number for number in rows if number not in held and number in existing]
            if stream == "chats":
                # A message deleted meanwhile may take a chat out of what start_date asks for.
                fell = self.happenings.fell if still and self.start_date else set()
                missing = [n for n in missing if n not in fell and self._activity(n) >= self.start_date]
            assert not missing, f"{stream} lost: {missing[:5]}"
            if not still:
                name = "text" if stream == "messages" else "status"
                stale = [n for n, value in rows.items() if value is not None and held[n][name] != value]
                assert not stale, f"{stream} out of date: {[(n, held[n][name], rows[n]) for n in stale[:3]]}"
        if "messages" in self.streams:
            self.happenings.revealed -= set(self._in_scope()) if self.account.chats else set()

    @invariant()
    def the_state_stays_small(self) -> None:
        if hasattr(self, "target"):
            for bookmark in self.target.state.get("bookmarks", {}).values():
                assert len(bookmark.get("account", {}).get("done", [])) <= 8


TestLife = Life.TestCase
TestLife.settings = hypothesis.settings(
    max_examples=60,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    print_blob=True,
)
TestLife.pytestmark = [pytest.mark.timeout(900)]  # type: ignore[attr-defined]
