"""One life, step by step; the caller draws the steps."""

import dataclasses
import json
import random
import typing as t
from collections.abc import Iterator
from contextlib import contextmanager

from simulator import Account, Dialect, Measures, Played, Server
from tap_helpcrunch.api.envelope import PAGE
from tap_helpcrunch.api.times import moment
from tests.conftest import NOW
from tests.happenings import DAY, Happenings
from tests.lives.choices import HIDING, LOOK, MANY_DEBTS
from tests.lives.owed import Owed
from tests.lives.runners import End, Kill, Runner
from tests.running import config
from tests.target import Target

GONE = 999_999_999
LIVELY = [*["a message"] * 3, "an empty chat", "a chat", "a deleted message", "a deleted chat"]
LIVELY += ["a customer seen", "a new customer"]
LONG = 11  # minutes: more than a round
MOST_BYTES = 600  # of a bookmark, without what chats owe
BOOKMARK_MARGIN = 300  # seconds: changes reach the API's lists a little late
FEW_RUNS, DAYS = 8, 5


class Life:
    """An account, an operator, a scheduler and a target.

    After every run that ended with 0, the target must hold what was owed to it when the run began; no run may remove
    from the target what exists; and a run without a deviation must end with 0.
    """

    def __init__(self, runner: Runner) -> None:
        """Take what runs the tap; ``begin`` opens the account."""
        self._runner = runner
        self.runs: dict[str, int] = {}

    def begin(
        self, *, chats: int, imported: int, customers: int, never_seen: int, seed: int, chosen: float | None,
        speech: dict[str, t.Any], refreshes: dict[str, t.Any],
    ) -> None:  # fmt: skip
        """Open the account."""
        self.account = Account(now=NOW)
        self.server = Server(self.account, Dialect(**speech))
        self.server.measures = Measures(slow=0.02, byte=0.0005, dribble=0.05)
        self.server.start()
        self.target = Target()
        self.refreshes = refreshes
        self.settings: dict[str, t.Any] = {}
        self.start_date = 0
        self.streams: tuple[str, ...] = ("chats", "messages")
        self.happenings = Happenings(self.account)
        self._has_ties, self._never_seen = bool(imported), never_seen
        # No run looks for what was edited before the API told it.
        self._all_was_told = self.server.dialect.updated_at == "honoured"
        rng = random.Random(seed)
        for number in range(chats + imported):
            if number < chats:
                self.account.advance(rng.choice([0, 0, 1, 600, DAY]))
            self.happenings.open()
        for chat in list(self.account.chats):
            for _ in range(rng.choice([0, 1, 1, 2])):
                self.happenings.say(chat)
        for number in range(customers):
            self.account.advance(number % 2)
            self.account.add_customer()
        for _ in range(never_seen):
            self.account.add_customer(first_seen=None, last_seen=None)
        if chosen is not None:
            self._choose(chosen)

    def end(self) -> None:
        """Close the account; a bug of the simulated account itself is raised here."""
        if hasattr(self, "server"):
            self.server.__exit__(None, None, None)

    # What changes between runs

    def the_account_goes_on(self, what: t.Iterable[tuple[str, float]]) -> None:
        """Let things happen, each to the chat or customer at a place between 0 and 1."""
        for kind, where in what:
            self.happenings.happen(kind, where)

    def the_api_speaks_otherwise(self, speech: dict[str, t.Any]) -> None:
        """Let the vendor release another version of the API."""
        self.server.dialect = dataclasses.replace(self.server.dialect, **speech)
        self._all_was_told &= self.server.dialect.updated_at == "honoured"

    def the_operator_changes(
        self, *, days: int | None, lookback: int, streams: tuple[str, ...], chosen: float | None, forgotten: str | None
    ) -> None:
        """Change the settings and the selection, and perhaps delete a bookmark."""
        self.settings = {"lookback_hours": lookback}
        self.start_date = 0 if days is None else int(self.account.now) - days * DAY
        if days is not None:
            self.settings["start_date"] = moment(self.start_date)
        if chosen is not None:
            self._choose(chosen)
        self.streams = streams
        if forgotten:
            self.target.state.get("bookmarks", {}).pop(forgotten, None)

    def the_operator_changes_refreshes(self, refreshes: dict[str, t.Any]) -> None:
        """Change how often everything is listed again."""
        self.refreshes = refreshes

    def _choose(self, where: float) -> None:
        chats = sorted(self.account.chats)
        if chats:
            first = int(where * len(chats) / 2)
            self.settings["chat_ids"] = [*chats[first : first + 30], GONE]

    # Runs

    def a_run(self) -> None:
        """Run; nothing is wrong, so the run must end with 0."""
        owed = self._owed()
        end = self._run("whole")
        if end is End.WITH_1 and len(self._debts) >= MANY_DEBTS:  # so many were deleted before their visits
            self.account.advance(3600)
            owed, end = self._owed(), self._run("whole")
        assert end is End.WELL
        self._settle(owed)

    def a_killed_run(self, kill: Kill) -> None:
        """Run, and kill the run, unless it ends before."""
        owed = self._owed()
        end = self._run("not killed in time", kill)
        assert end in {End.WELL, End.KILLED}
        self._settle(owed) if end is End.WELL else self._settle_what_came()

    def a_run_that_is_told_wrong(self, name: str, kind: str, after: int, times: int) -> None:
        """Run while the account does one thing wrong."""
        if name in HIDING and self.server.dialect.total in {"absent", "too many", "page"}:
            return
        if name.startswith(("page-empty", "row-left-out", "own-404")) and kind == "chats/search" and times > 1:
            return  # nothing else tells of a new chat without messages
        if name.startswith("total-") and self.server.dialect.total == "page":
            return  # a total that counts the page, once it was seen to count more, hides what follows
        owed = self._owed()
        wrong = Played(name, kind, after=after, times=times)
        self.server.deviations.append(wrong)
        try:
            end = self._run("with a deviation")
        finally:
            self.server.deviations.clear()
        self.runs["deviations played"] = self.runs.get("deviations played", 0) + wrong.played
        assert end in {End.WELL, End.WITH_1}
        # What the STATE says to be owed, later runs bring.
        self._settle(owed) if end is End.WELL and not self._debts else self._settle_what_came()

    def a_run_while_the_account_moves(self, seed: int) -> None:
        """Run while things happen before every request."""
        self._moving_run("while the account moved", seed, 1.0)

    def a_run_of_hours(
        self, seed: int, news: float, moves: float, pace: float, requests: int | None, kill: Kill | None
    ) -> None:
        """Run so slowly that the run has rounds; perhaps it is killed, or has time for only so many requests.

        Something was said in many chats before: a run that is cut off where nothing changed can lose nothing.
        """
        rng = random.Random(seed)
        for chat in sorted(self.account.chats):
            if rng.random() < news:
                self.happenings.say(chat)
        self.account.advance(3600)
        given = self._paced(pace, requests)
        self._moving_run("of hours", seed, moves, kill, **given)

    def runs_cut_by_time(self, pace: float, requests: int) -> None:
        """Run every hour with time for a look for changes and ``requests`` more; such runs must get to the end."""
        if self._has_ties or (self._never_seen > PAGE and self.server.dialect.ties == "shuffled"):
            return  # reading such a list once, or comparing two of them, may take a hundred requests
        self.account.advance(4 * 3600)
        # What is read again in every run or round may take all of its time. That is by design and not tested here.
        given = self._paced(pace, LOOK + requests) | {"lookback_hours": 0}
        given |= {name: DAYS for name in ("refresh_days", "refresh_messages_days") if self.refreshes[name]}
        rows = len(self.account.chats) + (len(self.account.messages) + len(self.account.customers)) / PAGE
        first = self._owed()
        for _ in range(FEW_RUNS + round(2 * rows / requests)):
            self.account.advance(3600)
            owed, state = self._owed(), self.target.next_state()
            end = self._run("cut", **given)
            assert end in {End.WELL, End.CUT}
            if end is End.WELL:
                self._settle(owed)
                return
            assert self.target.state != state, "a run made no progress"
            self._settle_what_came()
        # With chat_ids, a run asks for every chat, those that have waited longest first: all have had their turn.
        assert "chat_ids" in self.settings, "runs that are cut never get to the end"
        self._settle(first)

    def _paced(self, pace: float, requests: int | None) -> dict[str, t.Any]:
        settings, a_minute = self._runner.paced(pace)
        limit = {} if requests is None else {"max_run_minutes": requests / a_minute}
        return {"max_in_flight": 1, **settings, **limit}

    def _moving_run(self, what: str, seed: int, moves: float, kill: Kill | None = None, **given: t.Any) -> None:
        """Run while things happen before a share of the requests."""
        owed, began, before = self._owed(), self.account.now, set(self.happenings.revealed)
        self.happenings.fell.clear()
        self.happenings.revealed.clear()
        with self._things_happen(seed, moves):
            end = self._run(what, kill, **given)
        # If lists change at every request, a walk may not be proven, nor that the search tells of edits.
        assert end is not End.WITH_1 or moves
        self._all_was_told &= not (moves and self._has_ties and self.server.dialect.ties == "shuffled")
        # What a deleted message announced is no longer announced.
        during, self.happenings.revealed = self.happenings.revealed, before - self.happenings.fell
        if end is End.WELL:
            self._settle(owed, account_moved=True)
        self.happenings.revealed |= during
        # What came early in a long run is in its last bookmark, so the next run does not look for it.
        if end is not End.WELL or self.account.now > began + BOOKMARK_MARGIN:
            self._settle_what_came()

    @contextmanager
    def _things_happen(self, seed: int, moves: float) -> Iterator[None]:
        rng = random.Random(seed)

        def move(_request: t.Any) -> None:
            if rng.random() < moves:
                for _ in range(rng.randrange(3)):
                    self.happenings.happen(rng.choice(LIVELY), rng.random() * 0.999)

        self.server.before = move
        try:
            yield
        finally:
            self.server.before = None

    def _run(self, what: str, kill: Kill | None = None, **given: t.Any) -> End:
        settings = config(self.server, **{"max_in_flight": 3, **self.refreshes, **self.settings, **given})
        end = self._runner.run(self.server, self.target, settings, self.streams, kill)
        self._count(end.value if end in {End.KILLED, End.CUT} else what)
        if self._runner.minutes > LONG:
            self._count("in rounds")
        if end is End.WITH_1:
            self._count("ended with 1")
        self._nothing_that_exists_was_taken_out()
        self._the_state_is_small()
        return end

    def _count(self, what: str) -> None:
        self.runs[what] = self.runs.get(what, 0) + 1

    # What must be true then

    def _nothing_that_exists_was_taken_out(self) -> None:
        for stream, removed in self.target.removed.items():
            wrong = removed & set(getattr(self.account, stream))
            assert not wrong, f"{stream} removed: {wrong}"
        self.target.removed.clear()

    def _the_state_is_small(self) -> None:
        for bookmark in self.target.state.get("bookmarks", {}).values():
            size = len(json.dumps({**bookmark.get("account", {}), "owed": []}))
            assert size <= MOST_BYTES, f"{size} bytes: {bookmark['account']}"

    @property
    def _debts(self) -> list[t.Any]:
        owed: list[t.Any] = (
            self.target.state.get("bookmarks", {}).get("messages", {}).get("account", {}).get("owed", [])
        )
        return owed

    def _chosen(self) -> t.Collection[int]:
        return set(self.settings.get("chat_ids", self.account.chats))

    def _owed(self) -> Owed:
        all_told = self._all_was_told and "chat_ids" not in self.settings
        return Owed.of(self.happenings, self.streams, self._chosen(), self.start_date, all_told=all_told)

    def _settle(self, owed: Owed, *, account_moved: bool = False) -> None:
        owed.settle(self.target, account_moved=account_moved)
        if "messages" in self.streams:
            self.happenings.revealed -= set(owed.in_scope(self._chosen()))

    def _settle_what_came(self) -> None:
        """After a run that brought a part: what was announced of a chat and is in the target is no longer owed."""
        if "messages" in self.streams:
            owed = self._owed()
            for chat in self.happenings.revealed & set(owed.in_scope(self._chosen())):
                if owed.has_come(self.target, chat):
                    self.happenings.revealed.discard(chat)
