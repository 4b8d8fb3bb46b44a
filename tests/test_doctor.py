"""``--doctor``: reports how an account answers; the account can be simulated from that report."""

from __future__ import annotations

import json
import pickle
import time
import typing as t
from dataclasses import asdict, replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from simulator import DEVIATIONS, Account, Dialect, Fault, Measures, Played, Server
from simulator.model import SMALL
from tap_helpcrunch.doctor.asking import MOST_REQUESTS
from tap_helpcrunch.doctor.observations import TABLE
from tests.deviations import accounts
from tests.deviations.playing import kinds_of
from tests.deviations.test_matrix import CELLS
from tests.running import Report, examined, run
from tests.test_dialects import DIALECTS
from tests.test_trial import trouble

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def account() -> Account:
    """Return an account in which everything can be seen; its clock is this host's."""
    return Account.generate(seed=3, chats=130, messages=500, now=int(time.time()))


def asked(account: Account, dialect: Dialect) -> Report:
    account.now = Decimal(int(time.time()))
    with Server(account, dialect) as server:
        found = examined(server)
        assert found["asked"] == len(server.requests) <= MOST_REQUESTS
        assert {request.method for request in server.requests if "search" not in request.path} == {"GET"}
    return found


def test_every_field_of_a_dialect_is_looked_at() -> None:
    assert set(TABLE) == set(asdict(Dialect()))


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_its_report_can_be_played_and_is_reported_again(account: Account, dialect: Dialect) -> None:
    first = asked(account, dialect)
    told = Dialect.read(first)
    assert {name for name, value in asdict(dialect).items() if value != getattr(told, name)} == set()
    again = asked(account, told)
    assert again["dialect"] == first["dialect"]
    assert again["trouble"] == first["trouble"] == []


@pytest.mark.parametrize("dialect", [Dialect.A0(), Dialect(total="absent", nulls="always first")])
def test_as_a_process_it_writes_one_object(account: Account, tmp_path: Path, dialect: Dialect) -> None:
    with Server(account, dialect) as server:
        output = run(tmp_path, server, "--doctor")
        assert len(server.requests) <= MOST_REQUESTS
    assert output.code == 0, output.log
    found = json.loads("\n".join(output.lines))
    assert set(found) == {"tap_version", "asked", "dialect", "trouble", "unknown_fields", "counts"}
    assert replace(Dialect.read(found), date_skew=0) == dialect
    assert found["counts"]["chats"]["total"] == (None if dialect.total == "absent" else 130)
    assert "The tap can work with this account." in output.log


def test_an_empty_account_shows_little_and_is_no_trouble() -> None:
    found = asked(Account(), Dialect())
    assert found["trouble"] == []
    # What is seen without a row, and what its organization shows.
    few = {"total", "errors", "reference_key", "search_none", "date_header", "date_skew", "new_fields"}
    assert {name for name, value in found["dialect"].items() if value is not None} == few
    assert Dialect.read(found) == Dialect()


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_does_not_work_ends_with_1(account: Account, tmp_path: Path, status: int) -> None:
    with Server(account) as server:
        server.fault = lambda *_: Fault(status=status)
        output = run(tmp_path, server, "--doctor")
        assert len(server.requests) == 1
    assert output.code == 1
    (line,) = json.loads("\n".join(output.lines))["trouble"]
    assert f"HelpCrunch refuses the api_key ({status}" in line
    assert trouble(output)[0] == f"Trouble: {line}", "the reason comes first"


def test_an_api_that_is_not_there_ends_soon(account: Account) -> None:
    with Server(account) as server:
        server.fault = lambda *_: Fault(status=404, body=b"<html>nginx</html>")
        found = examined(server)
        assert len(server.requests) <= 12
    assert found["trouble"]
    assert set(found["dialect"].values()) == {None}


def test_what_no_stream_needs_is_no_trouble(account: Account) -> None:
    with Server(account) as server:
        server.fault = lambda request, _: (
            Fault(status=403) if request.path.rsplit("/", 1)[-1] in {"organization", "applications"} else None
        )
        assert examined(server)["trouble"] == []


def test_a_new_field_is_named_without_its_value(account: Account) -> None:
    with Server(account, Dialect(new_fields=True)) as server:
        found = examined(server)
    assert "customer.futureField" in found["unknown_fields"]["chats"]
    assert found["unknown_fields"]["organization"] == ["futureField"]
    assert "documented tomorrow" not in json.dumps(found)


# The questions, and the tries of three kinds that are never answered: four each, nine of those refused with 429.
MOST_SENT = 30 + 3 * 8
# What no run can work with, and the doctor sees: kinds of request that no other kind can replace.
FATAL = ("id-missing", "data-null", "own-500", "own-400", "html-200", "foreign-404", "body-cut")
ALONE = ("messages", "customers", "customers/search", *SMALL)


@cache
def prepared(kind: str) -> bytes:
    return pickle.dumps(accounts.account(kind))


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
