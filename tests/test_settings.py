"""The settings: what is allowed, and what is reported otherwise."""

import json
import logging
import math
import typing as t
from dataclasses import asdict
from pathlib import Path

import pytest
from singer_sdk.exceptions import ConfigValidationError

from tap_helpcrunch.settings import Settings
from tap_helpcrunch.tap import TapHelpCrunch
from tests.running import run

PRIVATE = "TOPSECRET"
# For every setting of the tap, what must not pass.
# fmt: off
WRONG: dict[str, list[t.Any]] = {
    "api_key": ["  ", 5, True, [PRIVATE], {"key": PRIVATE}, f"{PRIVATE}-schlüssel", f"Bearer {PRIVATE}",
        f"{PRIVATE}\nX-Evil: 1", 0, False],
    "chat_ids": [[], 5, "x", "5,x", {"5": True}, [0], [-3], ["x"], ["12x"], [1.5], [True], [None], [[1]], ["-3"], ["0"],
        [""], False, [1, "two", 3]],
    "start_date": ["yesterday", 20240101, True, "2024-13-01", "2024-02-30T00:00:00Z", "01.02.2024",
        ["2024-01-01"], "1594139170", "2024-01-01T25:00:00Z", "2024-01-01 or so", "0001-01-01T00:00:00+05:00"],
    "lookback_hours": [-1, -0.5, "x", "five", True, False, [1], {}, 10**400],
    "requests_per_minute": [0, -5, "0", True, -0.0, [], {}, "fast", 10**400],
    "max_in_flight": [0, -1, 1.5, "1.5", True, [2], {}, 10**400],
    "request_timeout": [0, -1, "NaN", True, [], {}, "1m", 10**400],
    "api_url": ["api.helpcrunch.com/v1", "ftp://api.helpcrunch.com/v1", "http://api.helpcrunch.com/v1",
        "https://", "https://api.helpcrunch.com:port/v1", "https://api.helpcrunch.com:99999/v1",
        "https://api.helpcrunch.com/v1?key=1", "https://api.helpcrunch.com/v1#x", "http://[::1/v1", "not a url",
        f"http://user:{PRIVATE}@example.test/v1", "http://localhost.example.test/v1",
        "http://127.0.0.1.example.test/v1", 5, True, ["https://api.helpcrunch.com/v1"]],
    "user_agent": ["  ", 5, True, ["x"], "ünï", "one\ntwo"],
    "max_run_minutes": [0, -1, "-1", True, [], {}, "1h", 10**400],
    "refresh_days": [0, -7, "[7]", True, [], {}, "weekly", 10**400],
    "refresh_messages_days": [0, -90, "true", True, [], {}, "never", 10**400],
    "emit_activate_version_messages": [0, 1, "1", "yes", [], {}, [True]],
}
# fmt: on
NUMBERS = [name for name, values in WRONG.items() if 10**400 in values]
NO_JSON: dict[str, list[float]] = {name: [math.nan, math.inf, -math.inf] for name in NUMBERS}
ONE_BY_ONE = [(name, value) for wrong in (WRONG, NO_JSON) for name, values in wrong.items() for value in values]


def faults(config: dict[str, t.Any]) -> list[str]:
    """Return the lines that a configuration is refused with."""
    try:
        TapHelpCrunch(config=config)
    except ConfigValidationError as refused:
        return list(refused.errors)
    return []


@pytest.mark.parametrize(("name", "value"), ONE_BY_ONE, ids=lambda value: repr(value)[:40])
def test_a_wrong_value_is_one_line_with_what_is_allowed(name: str, value: t.Any) -> None:
    found = faults({"api_key": "key", name: value})
    assert len(found) == 1
    assert found[0].startswith(f"{name}: is ")
    assert found[0].isprintable(), "a line break or escape of the value would make two lines of it"
    assert "but it must be " in found[0]
    assert PRIVATE not in found[0]
    if name != "api_key" and PRIVATE not in str(value) and len(json.dumps(value)) < 60:
        assert json.dumps(value).strip('"') in found[0].replace('["5", "x"]', "5,x")


def test_every_fault_is_told_at_once_and_nothing_else(tmp_path: Path) -> None:
    given = {name: values[0] for name, values in WRONG.items()} | {"api_key": f"Bearer {PRIVATE}"}
    output = run(tmp_path, None, **given)
    errors = [line.split("| ")[-1] for line in output.log.splitlines() if "| ERROR" in line]
    assert [line.split(":")[0] for line in errors] == list(given), output.log
    assert (output.code, output.lines) == (1, [])
    assert all("| INFO" in line or "| ERROR" in line for line in output.log.splitlines()), output.log
    assert PRIVATE not in output.log


def test_a_missing_key_is_reported_with_where_to_get_it() -> None:
    for config in ({}, {"api_key": None}, {"api_key": ""}):
        (line,) = faults(dict(config))
        assert line.startswith("api_key is required: ")
        assert "Settings, Developers, Public API" in line


def sdk_settings() -> dict[str, dict[str, t.Any]]:
    """Return the settings that the SDK brings."""
    TapHelpCrunch.append_builtin_config(TapHelpCrunch.config_jsonschema)
    properties: dict[str, dict[str, t.Any]] = TapHelpCrunch.config_jsonschema["properties"]
    return {name: kind for name, kind in properties.items() if name not in WRONG}


def test_a_setting_of_the_sdk_of_a_wrong_type_is_one_line() -> None:
    assert {"stream_maps", "stream_map_config", "flattening_enabled", "batch_config"} <= set(sdk_settings())
    for name, kind in sdk_settings().items():
        value = [5] if "array" not in kind["type"] else 5
        found = faults({"api_key": "key", name: value})
        assert len(found) == 1, name
        assert found[0].startswith((f"{name}: must be ", f"{name}: is invalid")), found
        assert json.dumps(value) not in found[0], "it may be a secret"


def test_an_unknown_setting_is_reported_with_the_likely_one(caplog: pytest.LogCaptureFixture) -> None:
    config = {"api_key": "key", "request_per_minute": PRIVATE, "stream_map": PRIVATE, "colour": PRIVATE}
    with caplog.at_level(logging.WARNING, logger="tap-helpcrunch"):
        assert faults(config) == []
    assert [record.message for record in caplog.records] == [
        "there is no setting 'colour'; it is ignored",
        "there is no setting 'request_per_minute'; it is ignored (did you mean 'requests_per_minute'?)",
        "there is no setting 'stream_map'; it is ignored (did you mean 'stream_maps'?)",
    ]


def test_the_defaults_are_those_promised() -> None:
    assert asdict(Settings.read({"api_key": " key\n"})) == {
        "api_key": "key",
        "chat_ids": None,
        "start_date": None,
        "lookback_hours": 0,
        "requests_per_minute": 120,
        "max_in_flight": 8,
        "request_timeout": 60,
        "api_url": "https://api.helpcrunch.com/v1",
        "user_agent": f"tap-helpcrunch/{TapHelpCrunch.plugin_version}",
        "max_run_minutes": None,
        "refresh_days": 7,
        "refresh_messages_days": None,
        "emit_activate_version_messages": False,
    }


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("chat_ids", ["12", 7, "007"], (7, 12)),
        ("start_date", "2024-02-29", "2024-02-29T00:00:00.000Z"),
        ("start_date", "2024-01-01T02:00:00.25+02:00", "2024-01-01T00:00:00.250Z"),
        ("lookback_hours", 0.5, 0.5),
        ("requests_per_minute", 0.25, 0.25),
        ("max_in_flight", 3.0, 3),
        ("request_timeout", 0.1, 0.1),
        ("api_url", "https://proxy.example.test:8443/helpcrunch/v1/", "https://proxy.example.test:8443/helpcrunch/v1"),
        ("api_url", " https://api.helpcrunch.com/v1\n", "https://api.helpcrunch.com/v1"),
        ("api_url", "http://localhost:8080/v1", "http://localhost:8080/v1"),
        ("api_url", "http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("user_agent", "mine/1 (me@example.test)", "mine/1 (me@example.test)"),
        ("max_run_minutes", 0.5, 0.5),
        ("refresh_days", 1, 1),
        ("refresh_messages_days", 90, 90),
        ("emit_activate_version_messages", True, True),
    ],
)
def test_a_right_value_is_read_into_one_form(name: str, given: t.Any, read: t.Any) -> None:
    assert faults({"api_key": "key", name: given}) == []
    assert getattr(Settings.read({"api_key": "key", name: given}), name) == read


@pytest.mark.parametrize(
    ("name", "text", "read"),
    [
        ("chat_ids", "[12, 7]", [12, 7]),
        ("chat_ids", "12, 7", [12, 7]),
        ("lookback_hours", "1.5", 1.5),
        ("emit_activate_version_messages", "True", True),
        ("stream_maps", '{"chats": null}', {"chats": None}),
        ("user_agent", "7", "7"),
    ],
)
def test_a_value_given_as_text_is_read_from_every_source(name: str, text: str, read: t.Any) -> None:
    """Meltano gives one that comes from a variable, ``${...}``, as text."""
    assert faults({"api_key": "key", name: text}) == []
    assert TapHelpCrunch(config={"api_key": "key", name: text}).config[name] == read


def test_an_empty_value_is_an_absent_one() -> None:
    """Meltano and container files give what is not set as an empty text."""
    empty = dict.fromkeys([*WRONG, *sdk_settings()], "")
    assert TapHelpCrunch(config=empty | {"api_key": "key"}).config == TapHelpCrunch(config={"api_key": "key"}).config


def test_files_carry_no_version(tmp_path: Path) -> None:
    batch = {"encoding": {"format": "jsonl", "compression": "gzip"}, "storage": {"root": tmp_path.as_uri()}}
    found = faults({"api_key": "key", "batch_config": batch, "emit_activate_version_messages": True})
    assert any("emit_activate_version_messages: must be false with batch_config" in line for line in found)
