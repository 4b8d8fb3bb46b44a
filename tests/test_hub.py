"""hub/tap-helpcrunch.yml is up to date with `make hub`, agrees with meltano.yml, and is valid for Meltano."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from hub.definition import definition, text

ROOT = Path(__file__).parent.parent
FILE = ROOT / "hub" / "tap-helpcrunch.yml"
# What only the Hub knows of a plugin, and no project's meltano.yml.
_OF_THE_HUB = (
    "domain_url",
    "keywords",
    "maintenance_status",
    "next_steps",
    "prereq",
    "quality",
    "settings_preamble",
    "supported_python_versions",
    "usage",
)


@pytest.fixture(scope="module")
def hub() -> dict[str, t.Any]:
    read: dict[str, t.Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def extractor() -> dict[str, t.Any]:
    project = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    return dict(project["plugins"]["extractors"][0])


def test_the_file_is_what_make_hub_makes_of_the_tap_now() -> None:
    about = [sys.executable, "-m", "tap_helpcrunch", "--about", "--format", "json"]
    told = subprocess.run(about, capture_output=True, check=True, timeout=60, cwd=ROOT).stdout
    assert FILE.read_text(encoding="utf-8") == text(definition(json.loads(told))), "make hub writes it anew"


def test_it_says_of_the_taps_own_settings_what_meltano_yml_says(
    hub: dict[str, t.Any], extractor: dict[str, t.Any]
) -> None:
    settings = {setting["name"]: setting for setting in hub["settings"]}
    assert len(settings) == len(hub["settings"])
    for own in extractor["settings"]:
        told = settings[own["name"]]
        assert told["description"].startswith(own["description"])
        assert told == own | {"description": told["description"]}
    assert settings["request_timeout"]["description"].endswith(" More than 0. At most 86,400.")
    for same in ("name", "namespace", "executable", "capabilities", "settings_group_validation"):
        assert hub[same] == extractor[same]


def test_the_settings_of_the_sdk_are_single_values(hub: dict[str, t.Any]) -> None:
    kinds = {setting["name"]: setting["kind"] for setting in hub["settings"]}
    assert {name: kind for name, kind in kinds.items() if name.startswith(("batch", "faker", "stream_map"))} == {
        "batch_config.encoding.compression": "options",
        "batch_config.encoding.format": "options",
        "batch_config.storage.prefix": "string",
        "batch_config.storage.root": "string",
        "faker_config.locale": "array",
        "faker_config.seed": "string",
        "stream_map_config": "object",
        "stream_maps": "object",
    }
    (encoding,) = (setting for setting in hub["settings"] if setting["name"] == "batch_config.encoding.format")
    assert [option["value"] for option in encoding["options"]] == ["jsonl", "parquet"]


def test_keys_and_settings_are_in_alphabetical_order(hub: dict[str, t.Any]) -> None:
    assert list(hub) == sorted(hub)
    assert [setting["name"] for setting in hub["settings"]] == sorted(setting["name"] for setting in hub["settings"])
    assert all(list(setting) == sorted(setting) for setting in hub["settings"])


def test_it_has_what_the_hub_asks_for(hub: dict[str, t.Any]) -> None:
    assert {"name", "namespace", "variant", "label", "quality", "repo", "pip_url", "logo_url", *_OF_THE_HUB} <= set(hub)
    assert hub["quality"] in {"gold", "silver", "bronze", "unknown"}
    assert hub["maintenance_status"] in {"active", "beta", "development", "inactive", "unknown"}
    assert hub["pip_url"] == f"git+{hub['repo']}.git"


def test_meltano_takes_it_as_a_plugin(hub: dict[str, t.Any], tmp_path: Path) -> None:
    plugin = {name: value for name, value in hub.items() if name not in _OF_THE_HUB}
    project = tmp_path / "meltano.yml"
    project.write_text(yaml.safe_dump({"plugins": {"extractors": [plugin]}}), encoding="utf-8")
    check = [
        str(Path(sys.executable).with_name("check-jsonschema")),
        "--builtin-schema",
        "vendor.meltano",
        str(project),
    ]
    done = subprocess.run(check, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 0, done.stdout
