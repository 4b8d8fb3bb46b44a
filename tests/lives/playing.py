"""Lives by number: the same number always gives the same life."""

import logging
import random
import time
import traceback
import typing as t
from collections import Counter

from simulator import Account
from tests.conftest import NOW
from tests.happenings import Happenings
from tests.lives import choices
from tests.lives.choices import drawn
from tests.lives.life import Life
from tests.lives.runners import InProcess, Kill, Processes, Runner

# Time and silent changes are more frequent: most bugs that go unnoticed need both.
KINDS = [*Happenings(Account(now=NOW)).kinds, *3 * ["an hour", "an edit"]]
STEPS = range(4, 16)
# How often each step comes, in relation to the others.
OFTEN = {
    "the_account_goes_on": 6,
    "a_run": 3,
    "a_killed_run": 3,
    "a_run_that_is_told_wrong": 2,
    "a_run_while_the_account_moves": 1,
    "a_run_of_hours": 3,
    "runs_cut_by_time": 1,
    "the_operator_changes": 1,
    "the_operator_changes_refreshes": 1,
    "the_api_speaks_otherwise": 1,
}


def _chosen(rng: random.Random) -> float | None:
    return rng.choice([None, None, rng.random()])


def _wrong(rng: random.Random) -> dict[str, t.Any]:
    name, kind = rng.choice(choices.WRONGS)
    return {"name": name, "kind": kind, "after": rng.choice([0, 1, 2, 5]), "times": rng.choice([1, 1, 2])}


def _kill(rng: random.Random) -> Kill:
    return Kill(rng.randrange(rng.choice([60, 600])), rng.choice([None, rng.randint(1, 60)]))


def _hours(rng: random.Random) -> dict[str, t.Any]:
    return {
        "seed": rng.randrange(2**16),
        "news": rng.choice(choices.NEWS),
        "moves": rng.choice(choices.MOVES),
        "pace": rng.choice(choices.PACES),
        "requests": rng.choice(choices.MOST_REQUESTS),
        "kill": rng.choice([None, None, _kill(rng)]),
    }


def _operator(rng: random.Random) -> dict[str, t.Any]:
    return {
        "days": rng.choice(choices.START_DATES),
        "lookback": rng.choice(choices.LOOKBACKS),
        "streams": rng.choice(choices.STREAMS),
        "chosen": _chosen(rng),
        "forgotten": rng.choice(choices.FORGOTTEN),
    }


# The arguments of each step.
GIVEN: dict[str, t.Callable[[random.Random], dict[str, t.Any]]] = {
    "the_account_goes_on": lambda rng: {
        "what": [(rng.choice(KINDS), rng.random() * 0.999) for _ in range(rng.randint(1, 6))]
    },
    "a_run": lambda _rng: {},
    "a_killed_run": lambda rng: {"kill": _kill(rng)},
    "a_run_that_is_told_wrong": _wrong,
    "a_run_while_the_account_moves": lambda rng: {"seed": rng.randrange(2**16)},
    "a_run_of_hours": _hours,
    "runs_cut_by_time": lambda rng: {
        "pace": rng.choice(choices.MORE_PACES),
        "requests": rng.choice(choices.MORE_REQUESTS),
    },
    "the_operator_changes": _operator,
    "the_operator_changes_refreshes": lambda rng: {"refreshes": drawn(rng, choices.REFRESHES)},
    "the_api_speaks_otherwise": lambda rng: {"speech": drawn(rng, choices.SPEECH)},
}
Step = tuple[str, dict[str, t.Any]]


def play(number: int, runner: Runner) -> Life:
    """Play the life with this number, and return it.

    Raises:
        AssertionError: if a row was lost or wrongly removed, or a run ended as it must not; its notes are the steps.
    """
    life = Life(runner)
    steps: list[Step] = []
    try:
        for name, given in _steps(random.Random(number)):
            steps.append((name, given))
            getattr(life, name)(**given)
    except BaseException as fault:
        fault.add_note("\n".join([f"life {number}:", *(f"  {name} {given}" for name, given in steps)]))
        raise
    finally:
        life.end()
    return life


def play_some(numbers: t.Iterable[int], seconds: float, in_process: bool) -> Counter[str]:  # noqa: FBT001 - submitted
    """Play these lives until time is up or Ctrl-C is pressed; print those that fail, and count."""
    logging.disable(logging.CRITICAL)
    runner = InProcess() if in_process else Processes()
    counts: Counter[str] = Counter()
    end = time.monotonic() + seconds
    for number in numbers:
        if time.monotonic() > end:
            break
        counts["lives"] += 1
        try:
            counts.update(play(number, runner).runs)
        except KeyboardInterrupt:
            break
        except Exception:  # noqa: BLE001 - then the next life is played
            counts["failed lives"] += 1
            print(traceback.format_exc(), flush=True)  # noqa: T201 - for a person
    return counts


def _steps(rng: random.Random) -> t.Iterator[Step]:
    yield (
        "begin",
        {
            "chats": rng.choice(choices.CHATS),
            "imported": rng.choice(choices.IMPORTED),
            "customers": rng.choice(choices.CUSTOMERS),
            "never_seen": rng.choice(choices.NEVER_SEEN),
            "seed": rng.randrange(2**16),
            "chosen": _chosen(rng),
            "speech": drawn(rng, choices.SPEECH),
            "refreshes": drawn(rng, choices.REFRESHES),
        },
    )
    for name in rng.choices(list(OFTEN), list(OFTEN.values()), k=rng.choice(STEPS)):
        yield name, GIVEN[name](rng)
    yield "a_run", {}
