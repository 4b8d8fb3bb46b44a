"""Where the settings are read from: the environment, .env, and files."""

from __future__ import annotations

import json
import os
import typing as t

import pytest

from simulator import Account, Server
from tap_helpcrunch.settings import Settings
from tap_helpcrunch.tap import TapHelpCrunch
from tests.conftest import NOW
from tests.running import run

if t.TYPE_CHECKING:
    from pathlib import Path


def from_environment(monkeypatch: pytest.MonkeyPatch, folder: Path, **variables: str) -> TapHelpCrunch:
    """Make the tap in a folder of its own, with these variables and no others."""
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith("TAP_HELPCRUNCH_")]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(f"TAP_HELPCRUNCH_{name.upper()}", value)
    return TapHelpCrunch(config={}, parse_env_config=True, validate_config=False)


@pytest.mark.parametrize("spelt", ["[12, 7]", "12,7", " 12 , 7 ", '["12", "7"]', "12,7,12", "7, 12"])
def test_a_list_of_the_environment_is_json_or_has_commas(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spelt: str
) -> None:
    tap = from_environment(monkeypatch, tmp_path, api_key="key", chat_ids=spelt)
    assert Settings.read(tap.config).chat_ids == (7, 12)


def test_every_kind_of_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tap = from_environment(
        monkeypatch,
        tmp_path,
        api_key="12345",
        start_date="2024-01-01",
        lookback_hours="1.5",
        max_in_flight="3",
        user_agent="7",
        flattening_enabled="True",
        flattening_max_depth="2",
        stream_maps='{"chats": null}',
    )
    read = Settings.read(tap.config)
    assert (read.api_key, read.lookback_hours, read.max_in_flight, read.user_agent) == ("12345", 1.5, 3, "7")
    assert tap.config["flattening_enabled"] is True
    assert tap.config["flattening_max_depth"] == 2
    assert tap.config["stream_maps"] == {"chats": None}


@pytest.mark.parametrize("name", ["lookback_hours", "chat_ids", "start_date", "api_url"])
def test_an_empty_value_of_the_environment_is_an_absent_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    tap = from_environment(monkeypatch, tmp_path, api_key="key", **{name: ""})
    assert Settings.read(tap.config) == Settings.read({"api_key": "key"})


def test_the_environment_goes_before_dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TAP_HELPCRUNCH_API_KEY=from-dotenv\nexport TAP_HELPCRUNCH_MAX_IN_FLIGHT='4'\n")
    tap = from_environment(monkeypatch, tmp_path, api_key="from-environment")
    assert (tap.config["api_key"], tap.config["max_in_flight"]) == ("from-environment", 4)
    assert "TAP_HELPCRUNCH_MAX_IN_FLIGHT" not in os.environ, "it belongs to the tap, not to what the tap starts"


def test_a_process_is_set_up_by_dotenv_and_environment_and_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A later file goes before an earlier one, the environment before both."""
    account = Account(now=NOW)
    chats = [account.add_chat() for _ in range(3)]
    with Server(account, key="right") as server:
        (tmp_path / ".env").write_text("TAP_HELPCRUNCH_API_KEY=right\n")
        monkeypatch.setenv("TAP_HELPCRUNCH_CHAT_IDS", f"{chats[0]},{chats[2]}")
        first = {"api_key": "wrong", "api_url": "https://elsewhere.invalid/v1", "user_agent": "first/1"}
        (tmp_path / "first.json").write_text(json.dumps(first))
        (tmp_path / "second.json").write_text(json.dumps({"api_url": server.url, "requests_per_minute": 1e6}))
        output = run(tmp_path, None, "--config=first.json", "--config=second.json", "--config=ENV")
        assert {request.user_agent for request in server.requests} == {"first/1"}
    assert output.code == 0, output.log
    assert output.ids("chats") == [chats[2], chats[0]]
    assert "right" not in output.log
