"""meltano.yml and hub/tap-helpcrunch.yml agree with what the tap says about itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.definition import definition, text
from tap_helpcrunch.settings import SCHEMA, Settings
from tap_helpcrunch.tap import TapHelpCrunch

# Where Meltano would read a text itself, an empty variable, or a fraction, ends it in a traceback.
KINDS = dict.fromkeys(("string", "date-time", "array", "integer", "number"), "string") | {"boolean": "boolean"}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    text = Path(__file__).parents[1].joinpath("meltano.yml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
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


ROOT = Path(__file__).parent.parent
FILE = ROOT / "hub" / "tap-helpcrunch.yml"


def test_the_file_is_what_make_hub_makes_of_the_tap_now() -> None:
    about = [sys.executable, "-m", "tap_helpcrunch", "--about", "--format", "json"]
    told = subprocess.run(about, capture_output=True, check=True, timeout=60, cwd=ROOT).stdout
    assert FILE.read_text(encoding="utf-8") == text(definition(json.loads(told))), "make hub writes it anew"
