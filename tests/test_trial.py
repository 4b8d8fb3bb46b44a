"""``--test``: does the key work, what is there, how long will the first load take."""

from __future__ import annotations

import re
import typing as t

import pytest

from simulator import Account, Dialect, Server
from tests.running import Output, run

if t.TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def account() -> Account:
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
    account: Account, tmp_path: Path, dialect: Dialect, option: str
) -> None:
    with Server(account, dialect) as server:
        text = told(run(tmp_path, server, option, requests_per_minute=60))
        assert len(server.requests) <= 5
        assert {request.status for request in server.requests} == {200}
    assert "The key works: this is the organization shop." in text
    agents = len(account.agents)
    assert f"There are {len(account.chats):,} chats, {len(account.customers):,} customers and {agents} agents." in text
    assert "about 306 requests, 5 min at 60 a minute" in text
    assert re.search(rf"The newest 30 days \({len(newest(account))} chats\) are loaded after about \d+ requests", text)


def newest(account: Account) -> set[str]:
    """Return the paths of the messages of the chats opened in the last 30 days."""
    since = account.now - 30 * 86_400
    return {f"/v1/chats/{chat.id}/messages" for chat in account.chats.values() if chat.created_at >= since}


def test_its_forecasts_hold(account: Account, tmp_path: Path) -> None:
    with Server(account) as server:
        text = told(run(tmp_path, server, "--test"))
        server.requests.clear()
        assert run(tmp_path, server, max_in_flight=1).code == 0
    asked = [request.path for request in server.requests]
    of_newest, of_all = (int(number) for number in re.findall(r"about (\d+) requests", text))
    assert len(newest(account)) > 10
    after = max(asked.index(path) for path in newest(account)) + 1
    assert after == pytest.approx(of_newest, rel=0.15)
    assert len(asked) == pytest.approx(of_all, rel=0.1)


def test_with_chat_ids_it_counts_those(account: Account, tmp_path: Path) -> None:
    with Server(account) as server:
        text = told(run(tmp_path, server, "--test", chat_ids=list(account.chats)[:40]))
    assert "The settings ask for 40 chats by id (chat_ids)." in text
    assert "about 83 requests" in text


def test_where_the_api_tells_no_total_it_says_so(account: Account, tmp_path: Path) -> None:
    with Server(account, Dialect(total="absent")) as server:
        text = told(run(tmp_path, server, "--test"))
    assert "an unknown number of chats, an unknown number of customers and" in text
    assert "cannot be estimated" in text
    assert "--doctor" in text.splitlines()[-1]


@pytest.mark.parametrize(("total", "odd"), [("documented", []), ("page", ["--doctor"]), ("too many", ["--doctor"])])
def test_it_names_the_doctor_where_numbers_are_odd(
    account: Account, tmp_path: Path, total: t.Any, odd: list[str]
) -> None:
    with Server(account, Dialect(total=total)) as server:
        text = told(run(tmp_path, server, "--test"))
    assert re.findall("--doctor", text.splitlines()[-1]) == odd
