"""Plays a deviation: the outcome of a run, and of the one after it."""

from __future__ import annotations

import io
import pickle
import typing as t
from contextlib import redirect_stdout
from functools import cache

from simulator import DEVIATIONS, Account, Measures, Played, Server
from tap_helpcrunch.api.errors import HelpCrunchError
from tap_helpcrunch.session import Session
from tap_helpcrunch.settings import Settings
from tap_helpcrunch.tap import TapHelpCrunch
from tests.clocks import QuickClock
from tests.deviations.accounts import STREAMS, account, go_on, is_whole
from tests.running import catalog, config
from tests.target import Target

# The outcomes, worst last.
WHOLE, TOLD, NEXT, HIDDEN = "whole", "told", "next", "hidden"
OUTCOMES = (WHOLE, TOLD, NEXT, HIDDEN)
SCENARIOS = ("first load", "increment")
# If a run has several answers of a kind, the deviation is played in the second one as well.
TIMES: dict[str, tuple[int, int | None]] = {"the first": (0, 1), "the second": (1, 1), "every": (0, None)}
# A run of these accounts takes 3 to 40 requests, and waits are not bounded by requests but by time.
MOST_REQUESTS = 600
# Only these may hide rows, and only from every answer: then no answer shows that they exist.
HIDING = frozenset(
    {
        "row-left-out-first",
        "row-left-out-middle",
        "row-left-out-last",
        "row-doubled-over-next",
        "page-empty",
        "page-empty-total-0",
        "page-repeated",
        "own-403",
        "own-404",
    }
)


class TooManyRequestsError(BaseException):
    """The run does not end by itself."""


def run(server: Server, target: Target, kind: str) -> int:
    """Run the tap, with waits that take no time; return the exit code."""
    by_id = {"chat_ids": sorted(server.account.chats)} if kind == "chat" else {}
    settings = config(server, **by_id)
    tap = TapHelpCrunch(config=settings, state=target.next_state(), catalog=catalog(*STREAMS[kind]))
    tap.session = Session(Settings.read(tap.config), clock=QuickClock())
    server.requests.clear()
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    code = 0
    try:
        with redirect_stdout(out):
            try:
                tap.sync_all()
            except HelpCrunchError:
                code = 1
            out.flush()
    finally:
        tap.close()
    if len(server.requests) > MOST_REQUESTS:
        raise TooManyRequestsError(len(server.requests))
    out.seek(0)
    target.load(out.read().split("\n")[:-1])
    return code


@cache
def prepared(kind: str) -> tuple[bytes, bytes, bytes]:
    """Return an account before its first load; the same after it, and the target."""
    made, target = account(kind), Target()
    before = pickle.dumps(made)
    with Server(made) as server:
        assert run(server, target, kind) == 0
    assert is_whole(made, kind, target)
    return before, pickle.dumps(made), pickle.dumps(target)


def played(name: str, kind: str, times: str) -> Played:
    after, count = TIMES[times]
    return Played(name, kind, after=after, times=count)


def outcome(name: str, kind: str, scenario: str, times: str) -> str:
    """Play a deviation and return the outcome; WHOLE if there was no answer to play it in."""
    found, told = outcome_of([played(name, kind, times)], kind, scenario)
    if found in {WHOLE, TOLD}:
        return found
    told = f"{name} to {kind}, {scenario}, {times}: {told}"
    assert name in HIDING, told
    assert times == "every", told
    return found


def outcome_of(deviations: list[Played], kind: str, scenario: str) -> tuple[str, str]:
    """Play deviations in the account for a kind of request; return the outcome, and what to say of it."""
    fresh, loaded, held = prepared(kind)
    made: Account = pickle.loads(fresh if scenario == "first load" else loaded)  # noqa: S301 - made above
    target: Target = Target() if scenario == "first load" else pickle.loads(held)  # noqa: S301
    if scenario == "increment":
        go_on(made, kind)
    with Server(made) as server:
        server.measures = Measures(slow=0.02, byte=0.0005, dribble=0.05)
        server.deviations += deviations
        code = run(server, target, kind)
        if code == 0 and is_whole(made, kind, target):
            return WHOLE, ""
        server.deviations.clear()
        after_code = run(server, target, kind)
        is_mended = after_code == 0 and is_whole(made, kind, target)
    if code and is_mended:
        return TOLD, ""
    return NEXT if is_mended else HIDDEN, f"code {code}, then {after_code}, whole: {is_mended}"


def worst(name: str, kind: str) -> str:
    """Return the worst outcome of a deviation for this kind of request."""
    found = [outcome(name, kind, scenario, times) for scenario in SCENARIOS for times in TIMES]
    return max(found, key=OUTCOMES.index)


def kinds_of(name: str) -> t.Iterable[str]:
    return [kind for kind in STREAMS if kind in DEVIATIONS[name].kinds]
