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


def test_the_file_is_what_make_hub_makes_of_the_tap_now() -> None:
    about = [sys.executable, "-m", "tap_helpcrunch", "--about", "--format", "json"]
    told = subprocess.run(about, capture_output=True, check=True, timeout=60, cwd=ROOT).stdout
    assert FILE.read_text(encoding="utf-8") == text(definition(json.loads(told))), "make hub writes it anew"


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
