"""``--test`` and ``--doctor``: what a user sees of an account before the first load."""

import json
import pickle
import re
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
from tests.running import Output, Report, examined, run
from tests.test_dialects import DIALECTS


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
    assert trouble(output) == [f"Trouble: {line}"], "and not what could not be seen"


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


@pytest.mark.parametrize(("name", "kind"), dict(CELLS).items())
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


@pytest.fixture(scope="module")
def large() -> Account:
    """Return an account for which a full load takes about three hundred requests."""
    return Account.generate(seed=5, chats=300, messages=900, customers=260)


def trouble(output: Output) -> list[str]:
    """Return the lines of the log that a user has to read: not those about the SDK's start, or a retry."""
    return [line for line in output.log.splitlines() if "| INFO " not in line and not line.endswith("; retrying")]


def told(output: Output) -> str:
    assert output.code == 0, output.log
    assert trouble(output) == []
    return "\n".join(output.lines)


@pytest.mark.parametrize("dialect", [Dialect.A0(), Dialect.B1()])
@pytest.mark.parametrize("option", ["--test", "--test=all"])
def test_it_answers_three_questions_for_five_requests(
    large: Account, tmp_path: Path, dialect: Dialect, option: str
) -> None:
    with Server(large, dialect) as server:
        text = told(run(tmp_path, server, option, requests_per_minute=60))
        assert len(server.requests) <= 5
        assert {request.status for request in server.requests} == {200}
    assert "The key works: this is the organization shop." in text
    agents = len(large.agents)
    assert f"There are {len(large.chats):,} chats, {len(large.customers):,} customers and {agents} agents." in text
    assert "about 306 requests, 5 min at 60 a minute" in text
    assert re.search(rf"The newest 30 days \({len(newest(large))} chats\) are loaded after about \d+ requests", text)


def newest(large: Account) -> set[str]:
    """Return the paths of the messages of the chats opened in the last 30 days."""
    since = large.now - 30 * 86_400
    return {f"/v1/chats/{chat.id}/messages" for chat in large.chats.values() if chat.created_at >= since}


def test_its_forecasts_hold(large: Account, tmp_path: Path) -> None:
    with Server(large) as server:
        text = told(run(tmp_path, server, "--test"))
        server.requests.clear()
        assert run(tmp_path, server, max_in_flight=1).code == 0
    asked = [request.path for request in server.requests]
    of_newest, of_all = (int(number) for number in re.findall(r"about (\d+) requests", text))
    assert len(newest(large)) > 10
    after = max(asked.index(path) for path in newest(large)) + 1
    assert after == pytest.approx(of_newest, rel=0.15)
    assert len(asked) == pytest.approx(of_all, rel=0.1)


@pytest.mark.parametrize(("total", "odd"), [("documented", []), ("page", ["--doctor"]), ("too many", ["--doctor"])])
def test_it_names_the_doctor_where_numbers_are_odd(
    large: Account, tmp_path: Path, total: t.Any, odd: list[str]
) -> None:
    with Server(large, Dialect(total=total)) as server:
        text = told(run(tmp_path, server, "--test"))
    assert re.findall("--doctor", text.splitlines()[-1]) == odd
