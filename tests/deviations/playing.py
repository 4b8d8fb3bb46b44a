"""Plays a deviation, or an odd account: the outcome of a run, and of the one after it."""

import io
import itertools
import logging
import pickle
import re
import typing as t
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from functools import cache

from simulator import DEVIATIONS, Account, Dialect, Measures, Played, Server
from simulator.model import SMALL
from tap_helpcrunch.api.errors import HelpCrunchError, WrongKeyError
from tap_helpcrunch.session import Session
from tap_helpcrunch.settings import Settings
from tap_helpcrunch.tap import TapHelpCrunch
from tests.clocks import QuickClock
from tests.deviations.accounts import STREAMS, account, go_on, is_whole
from tests.running import catalog, config
from tests.target import Target

# The outcomes, worst last. Whole: all came, with exit code 0. Told: exit code 1, one line says what is missing, and the
# next run after the trouble brings it. Next: exit code 0, and the next run brings it. Hidden: the next run does not.
WHOLE, TOLD, NEXT, HIDDEN = "whole", "told", "next", "hidden"
OUTCOMES = (WHOLE, TOLD, NEXT, HIDDEN)
SCENARIOS = ("first load", "increment")
# If a run has several answers of a kind, the deviation is played in the second one as well.
TIMES: dict[str, tuple[int, int | None]] = {"the first": (0, 1), "the second": (1, 1), "every": (0, None)}
# A run of these accounts takes 3 to 150 requests, and waits are not bounded by requests but by time.
MOST_REQUESTS = 700
# What the API refuses in its own words need not be asked again.
REFUSALS = ("own-400", "own-401", "own-403", "offset-refused", "offset-window")
QUICK = Measures(slow=0.01, byte=0.0005, dribble=0.02)


class TooManyRequestsError(BaseException):
    """The run does not end by itself."""


@dataclass
class Ended:
    """How a run ended.

    Attributes:
        code: the exit code.
        said: the warnings and errors, without numbers.
        asked: how many requests for chats and messages were sent.
    """

    code: int = 0
    said: list[str] = field(default_factory=list)
    asked: int = 0


class Listener(logging.Handler):
    """Keeps the warnings of a run."""

    def __init__(self, ended: Ended) -> None:
        super().__init__(logging.WARNING)
        self.ended = ended

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if not text.endswith("; retrying"):
            self.ended.said.append(re.sub(r"\d+", "N", text))


def run(server: Server, target: Target, streams: t.Sequence[str], **settings: t.Any) -> Ended:
    """Run the tap, with waits that take no time."""
    ended = Ended()
    # One request at a time: which answer is the first must not depend on threads.
    given = config(server, max_in_flight=1, **settings)
    tap = TapHelpCrunch(config=given, state=target.next_state(), catalog=catalog(*streams))
    tap.session = Session(Settings.read(tap.config), clock=QuickClock())
    server.requests.clear()
    server.before = lambda _: _bound(len(server.requests))
    out, logger, listener = (
        io.TextIOWrapper(io.BytesIO(), encoding="utf-8"),
        logging.getLogger("tap-helpcrunch"),
        Listener(ended),
    )
    logger.addHandler(listener)
    try:
        with redirect_stdout(out):
            try:
                tap.sync_all()
            except (HelpCrunchError, WrongKeyError) as fault:
                ended.code = 1
                ended.said.append(str(fault))
            out.flush()
    finally:
        logger.removeHandler(listener)
        tap.close()
    assert all("\n" not in line for line in ended.said)
    if server.errors:
        raise server.errors[0]
    out.seek(0)
    target.load(out.read().split("\n")[:-1])
    ended.asked = sum("/chats" in request.path for request in server.requests)
    return ended


def _bound(requests: int) -> None:
    if requests > MOST_REQUESTS:
        raise TooManyRequestsError(requests)


def by_id(made: Account, kind: str) -> dict[str, t.Any]:
    return {"chat_ids": sorted(made.chats)} if kind == "chat" else {}


@cache
def prepared(kind: str) -> tuple[bytes, bytes, bytes]:
    """Return an account before its first load; the same after it, and the target."""
    made, target = account(kind), Target()
    before = pickle.dumps(made)
    with Server(made) as server:
        assert run(server, target, STREAMS[kind], **by_id(made, kind)).code == 0
    assert is_whole(made, STREAMS[kind], target)
    return before, pickle.dumps(made), pickle.dumps(target)


def played(name: str, kind: str, times: str) -> Played:
    after, count = TIMES[times]
    return Played(name, kind, after=after, times=count)


@cache
def outcome(name: str, kind: str, scenario: str, times: str) -> tuple[str, str]:
    """Play a deviation; return the outcome, and what to say of it. WHOLE if there was no answer to play it in."""
    return outcome_of([played(name, kind, times)], kind, scenario)


def outcome_of(deviations: list[Played], kind: str, scenario: str) -> tuple[str, str]:
    """Play deviations in the account for a kind of request; return the outcome, and what to say of it."""
    fresh, loaded, held = prepared(kind)
    made: Account = pickle.loads(fresh if scenario == "first load" else loaded)  # noqa: S301 - made above
    target: Target = Target() if scenario == "first load" else pickle.loads(held)  # noqa: S301
    if scenario == "increment":
        go_on(made, kind)
    with Server(made) as server:
        server.measures = replace(QUICK, window=100)
        server.deviations += deviations
        return outcome_in(server, target, STREAMS[kind], **by_id(made, kind))


def outcome_in(server: Server, target: Target, streams: t.Sequence[str], **settings: t.Any) -> tuple[str, str]:
    """Run until the trouble is over, and an hour later; return the outcome, and what to say of it."""
    ended = run(server, target, streams, **settings)
    if ended.code == 0 and is_whole(server.account, streams, target):
        return WHOLE, ""
    server.deviations.clear()
    server.dialect = Dialect()
    server.account.advance(3600)
    after = run(server, target, streams, **settings)
    is_mended = after.code == 0 and is_whole(server.account, streams, target)
    told = f"code {ended.code}, then {after.code}, whole: {is_mended}; {ended.said[-1:]}, {after.said[-1:]}"
    if not is_mended:
        return HIDDEN, told
    return (TOLD if ended.code else NEXT), told


def wanted(name: str, kind: str, times: str) -> set[str]:
    """Return the outcomes that a deviation may have, by its class."""
    deviation = DEVIATIONS[name]
    trouble = deviation.class_of(kind, TIMES[times][1])
    if deviation.hides == "even once" or (deviation.hides == "always" and times == "every"):
        return set(OUTCOMES)  # no answer shows that the rows exist
    return {WHOLE, TOLD} if trouble == 3 or name in REFUSALS else {WHOLE}


def worst(name: str, kind: str) -> str:
    """Return the worst outcome of a deviation that is played in every answer of this kind."""
    cases = (case for case in cases_of(name, kind) if case[1] == "every")
    return max((outcome(name, kind, *case)[0] for case in cases), key=OUTCOMES.index)


def kinds_of(name: str) -> list[str]:
    return [kind for kind in STREAMS if kind in DEVIATIONS[name].kinds]


def cases_of(name: str, kind: str) -> list[tuple[str, str]]:
    """Return in which runs, and in which of their answers, to play a deviation.

    Not in the second answer alone if it is odd at most. Every run reads the small tables alike, each by one request.
    """
    if kind in {*SMALL, "organization"}:
        return [("first load", times) for times in ("the first", "every")]
    every = [times for times in TIMES if times != "the second" or DEVIATIONS[name].every == 3]
    return list(itertools.product(SCENARIOS, every))
