"""What an operator sees of a load that takes hours."""

from __future__ import annotations

import logging
import re
import typing as t

import pytest

from simulator import Account, Server
from tap_helpcrunch import progress
from tap_helpcrunch.progress import duration
from tests.conftest import NOW
from tests.running import run, sync

if t.TYPE_CHECKING:
    from pathlib import Path

LINE = (
    r"chats \d+ of 130 \(\d+%\), [\d,]+ messages, [\d,]+ requests at \d+/min"
    r"(, about (\d+ h )?\d+ (s|min) left)?"
)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (59, "59 s"), (61, "1 min"), (3599, "1 h 0 min"), (9660, "2 h 41 min")]
)
def test_durations_are_told_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize("settings", [{}, {"chat_ids": list(range(7_001_001, 7_001_131))}])
def test_progress_is_told_with_a_forecast_and_not_every_time(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, settings: dict[str, t.Any]
) -> None:
    account = Account.generate(seed=2, chats=130, messages=600, now=NOW)
    if settings:
        settings = {"chat_ids": list(account.chats)}
    with Server(account) as server:
        with caplog.at_level(logging.INFO, logger="tap-helpcrunch"):
            state = sync(server, "chats", "messages", **settings).state
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
        assert len(lines) == 7
        assert all(re.fullmatch(LINE, line) for line in lines), lines
        assert "of 130 (100%)" in lines[-1]
        if not settings:
            caplog.clear()
            with caplog.at_level(logging.INFO, logger="tap-helpcrunch"):
                sync(server, "chats", "messages", state=state)
            assert any(record.message.startswith("0 chats changed since 20") for record in caplog.records)


def test_the_end_is_told_in_a_line_a_stream_and_one_for_the_requests(tmp_path: Path) -> None:
    account = Account.generate(seed=2, chats=130, messages=600, now=NOW)
    with Server(account) as server:
        log = run(tmp_path, server).log
        told = [line.split("| ")[-1] for line in log.splitlines() if "| INFO" in line]
        assert told[-8:] == [
            f"agents: {len(account.agents)} records",
            f"applications: {len(account.applications)} records",
            "chats: 130 records, 0 chats without activity since start_date passed over",
            f"customers: {len(account.customers)} records",
            f"departments: {len(account.departments)} records",
            "messages: 600 records, 130 chats visited",
            "organization: 1 records",
            f"{len(server.requests)} requests, 0 of them refused with 429",
        ]
