"""Whatever an account does wrong, the doctor ends soon and reports what it saw; an oddity is not called trouble."""

from __future__ import annotations

import pickle
import typing as t
from functools import cache

import pytest

from simulator import DEVIATIONS, Dialect, Measures, Played, Server
from simulator.model import SMALL
from tests.deviations.accounts import account
from tests.deviations.playing import kinds_of
from tests.deviations.test_matrix import CELLS
from tests.doctoring import examined

# The questions, and the tries of three kinds that are never answered: four each, nine of those refused with 429.
MOST_SENT = 30 + 3 * 8
# What no run can work with, and the doctor sees: kinds of request that no other kind can replace.
FATAL = ("id-missing", "data-null", "own-500", "own-400", "html-200", "foreign-404", "body-cut")
ALONE = ("messages", "customers", "customers/search", *SMALL)


@cache
def prepared(kind: str) -> bytes:
    return pickle.dumps(account(kind))


def played(name: str, kind: str) -> dict[str, t.Any]:
    """Ask the doctor of an account that always deviates; return its report."""
    made = pickle.loads(prepared(kind))  # noqa: S301 - made above
    by_id = {"chat_ids": sorted(made.chats)} if kind == "chat" else {}
    with Server(made) as server:
        server.measures = Measures(slow=0.02, byte=0.0005, dribble=0.05)
        server.deviations.append(Played(name, kind))
        found = examined(server, **by_id)
        assert found["asked"] == len(server.requests) <= MOST_SENT
    return found


@pytest.mark.parametrize(("name", "kind"), CELLS, ids=[f"{name}-{kind}" for name, kind in CELLS])
def test_it_ends_and_tells_what_it_saw(name: str, kind: str) -> None:
    found = played(name, kind)
    assert Dialect.read(found)
    assert all(isinstance(line, str) for line in found["trouble"])


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name in FATAL for kind in ALONE if kind in kinds_of(name)])
def test_what_ends_a_run_is_trouble(name: str, kind: str) -> None:
    assert played(name, kind)["trouble"]


@pytest.mark.parametrize("name", ["order-ignored", "date-text", "total-absent", "bom", "times-in-iso-8601", "limit-50"])
@pytest.mark.parametrize("kind", ["chats", "messages", "customers"])
def test_what_a_run_lives_with_is_no_trouble(name: str, kind: str) -> None:
    assert name in DEVIATIONS
    assert played(name, kind)["trouble"] == []
