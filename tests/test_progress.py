"""What an operator sees of a load that takes hours, and of a refresh."""

import json
import logging
import re
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import Account, Fault, Server
from tap_helpcrunch import progress
from tap_helpcrunch.api import times
from tests.conftest import NOW
from tests.happenings import DAY, REFRESHED
from tests.running import catalog, run, sync

LINE = (
    r"chats \d+ of 130 \(\d+%\), [\d,]+ messages, [\d,]+ requests at \d+/min"
    r"(, about (\d+ h )?\d+ (s|min) left)?(, back to \d{4}-\d\d-\d\d)?"
)


@pytest.mark.parametrize("settings", [{}, {"chat_ids": list(range(7_001_001, 7_001_131))}])
def test_progress_is_logged_with_a_forecast_once_a_minute(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, settings: dict[str, t.Any]
) -> None:
    account = Account.generate(seed=2, chats=130, messages=600, now=NOW)
    if settings:
        settings = {"chat_ids": list(account.chats)}
    with Server(account) as server:
        with caplog.at_level(logging.INFO, logger="tap-helpcrunch"):
            sync(server, "chats", "messages", **settings)
        assert not [
            record for record in caplog.records if record.message.startswith("chats ") and "%" in record.message
        ]
        monkeypatch.setattr(progress, "EVERY", 0.0)
        caplog.clear()
        with caplog.at_level(logging.INFO, logger="tap-helpcrunch"):
            sync(server, "chats", "messages", **settings)
        lines = [
            record.message for record in caplog.records if record.message.startswith("chats ") and "%" in record.message
        ]
        assert 7 <= len(lines) <= 10, "each group is a step, and the end of the walk may be one"
        assert all(re.fullmatch(LINE, line) for line in lines), lines
        assert "of 130 (100%)" in lines[-1]
        back_to = [line.split("back to ")[1] for line in lines if "back to " in line]
        assert back_to == sorted(back_to, reverse=True)
        assert bool(back_to) is not bool(settings), "the chats of chat_ids come in no order of time"


def ending(log: str) -> list[str]:
    """Return the lines after the first one of the run itself, without figures of time."""
    told = [line.split("| ")[-1] for line in log.splitlines()]
    start = next(number for number, line in enumerate(told) if line.startswith("tap-helpcrunch v"))
    return [re.sub(r"\b\d+ s\b", "1 s", line) for line in told[start + 1 :]]


def test_the_last_line_says_what_an_operator_wants_to_know(tmp_path: Path) -> None:
    account = Account.generate(seed=2, chats=130, messages=600, now=NOW)
    account.advance(2 * DAY)
    moment = f"{times.moment(account.now - 300)}"[:16]
    with Server(account) as server:
        first = run(tmp_path, server)
        asked = len(server.requests)
        account.add_message(next(iter(account.chats)), "one more")
        account.advance(600)
        second = run(tmp_path, server, state=first.state)
    counts = account.counts()
    small = f"1 organization, {counts['applications']} applications, {counts['departments']} departments"
    came = f"600 messages, 130 chats, {counts['customers']} customers, {small}, {counts['agents']} agents"
    empty = len(account.chats) - len({message.chat for message in account.messages.values()})
    requests, without, last = ending(first.log)
    assert requests == f"{asked} requests in 1 s, none rate-limited (429); 1 s spent waiting"
    assert without == f"{empty} chats without messages"
    known = f"known: 130 chats, {counts['customers']} customers"
    assert re.fullmatch(rf"complete as of {moment}:\d\d.000Z; {known}; this run: {came}; owed: nothing", last), last
    assert re.search(rf"{known}; this run: \d+ messages?, 1 chat, ", ending(second.log)[-1]), second.log
    assert "WARNING" not in first.log, "chats without messages are how the account is"


def test_the_last_line_names_what_is_owed(tmp_path: Path) -> None:
    account = Account(now=NOW)
    chats = [account.add_chat() for _ in range(3)]
    for chat in chats:
        account.add_message(chat, "hello")
    account.advance(DAY)
    with Server(account) as server:
        server.fault = lambda request, _: Fault(status=404) if f"/{chats[1]}/" in request.path else None
        output = run(tmp_path, server, chat_ids=chats)
    assert ending(output.log)[-1].endswith(f"; owed: {chats[1]}"), output.log


@pytest.mark.parametrize("is_by_id", [False, True])
def test_the_end_counts_the_chats_that_start_date_skips(tmp_path: Path, is_by_id: bool) -> None:  # noqa: FBT001
    account = Account(now=NOW)
    for _ in range(3):
        account.advance(DAY)
        account.add_message(account.add_chat(), "hello")
    settings: dict[str, t.Any] = {"start_date": times.moment(account.now - DAY // 2), "lookback_hours": 0}
    if is_by_id:
        settings["chat_ids"] = list(account.chats)
    with Server(account) as server:
        log = run(tmp_path, server, **settings).log
    assert "2 chats skipped: no activity since start_date" in ending(log), log


def test_a_run_that_cannot_bring_anything_is_warned_about(tmp_path: Path, server: Server) -> None:
    future = run(tmp_path, server, start_date="2999-01-01")
    assert "start_date 2999-01-01T00:00:00.000Z is in the future" in future.log
    (tmp_path / "catalog.json").write_text(json.dumps(catalog()))
    nothing = run(tmp_path, server, "--catalog", "catalog.json")
    assert (future.code, nothing.code) == (0, 0)
    assert "no stream is selected" in nothing.log


def test_retries_are_logged_once_and_counted_at_the_end(tmp_path: Path, server: Server) -> None:
    server.fault = lambda _request, count: Fault(status=503) if count in {2, 3} else None
    log = run(tmp_path, server).log
    warnings = [line.split("| ")[-1] for line in log.splitlines() if "| WARNING" in line]
    assert len(warnings) == 2
    assert re.fullmatch(r"(GET|POST) /\S+: status 503.*; retrying", warnings[0])
    assert re.fullmatch(r"retried: 2 times status 503.*", warnings[1])


@pytest.fixture
def server() -> Iterator[Server]:
    account = Account(now=NOW)
    account.add_agent("Ada")
    for _ in range(230):
        account.advance(3600)
        account.add_message(account.add_chat(), "hello")
    for number in range(5):
        account.add_customer(name=f"Never seen {number}", first_seen=None, last_seen=None)
    account.advance(DAY)
    with Server(account) as running:
        yield running


def told(log: str) -> list[str]:
    lines = [line.split("| ")[-1] for line in log.splitlines()]
    return [line for line in lines if line.startswith(("refresh of", "the target"))]


def test_the_end_names_the_refresh_and_what_is_removed(tmp_path: Path, server: Server) -> None:
    first = run(tmp_path, server, **REFRESHED)
    removed = "the target was told to remove deleted rows from: agents, chats, customers, messages, organization"
    assert told(first.log) == [removed]
    server.account.advance(8 * DAY)
    second = run(tmp_path, server, state=first.state, **REFRESHED)
    assert [re.sub(r"23\d", "23x", line) for line in sorted(told(second.log))] == [
        "refresh of chats: 23x rows read again, complete",
        "refresh of customers: 23x rows read again, complete",
        "refresh of messages: 23x chats read again, complete",
        removed,
    ]
