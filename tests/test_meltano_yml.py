"""meltano.yml and tap-helpcrunch.yml agree with what the tap says about itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tap_helpcrunch.settings import SCHEMA, Settings
from tap_helpcrunch.tap import TapHelpCrunch

# Where Meltano would read a text itself, an empty variable, or a fraction, ends it in a traceback.
KINDS = dict.fromkeys(("string", "date-time", "array", "integer", "number"), "string") | {"boolean": "boolean"}


ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def extractor(project: dict[str, Any]) -> dict[str, Any]:
    tap, *_ = project["plugins"]["extractors"]
    return dict(tap)


def test_capabilities(extractor: dict[str, Any]) -> None:
    assert extractor["capabilities"] == sorted(capability.value for capability in TapHelpCrunch.capabilities)


def test_settings(extractor: dict[str, Any]) -> None:
    own = [_setting(name, SCHEMA["properties"][name]) for name in Settings.__slots__]
    assert extractor["settings"] == own


def test_nothing_leaves_the_machine_unasked(project: dict[str, Any]) -> None:
    assert project["send_anonymous_usage_stats"] is False
    assert project["cli"] == {"disable_version_check": True}


def _setting(name: str, about: dict[str, Any]) -> dict[str, Any]:
    kind = next(one for one in (about.get("format"), *about["type"]) if one in KINDS)
    setting = {"name": name, "label": about["title"], "kind": KINDS[kind], "description": about["description"]}
    if about.get("secret"):
        setting["sensitive"] = True
    if "default" in about:
        setting["value"] = about["default"]
    return setting


def test_the_plugin_definition_says_the_same(extractor: dict[str, Any]) -> None:
    read: dict[str, Any] = yaml.safe_load((ROOT / "tap-helpcrunch.yml").read_text(encoding="utf-8"))
    own = ("name", "namespace", "executable", "capabilities", "settings_group_validation")
    assert {name: read[name] for name in own} == {name: extractor[name] for name in own}
    versions = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert read["supported_python_versions"] == versions
    settings = {setting["name"]: setting for setting in read["settings"]}
    assert list(settings.values())[: len(SCHEMA["properties"])] == extractor["settings"]
    schema: dict[str, Any] = {"properties": {}}
    TapHelpCrunch.append_builtin_config(schema)
    of_sdk = {name.partition(".")[0] for name in settings} - set(Settings.__slots__)
    assert of_sdk == set(schema["properties"])
