"""README, pages, meltano.yml and tap-helpcrunch.yml say what the code does."""

import re
import signal
import typing as t
from dataclasses import fields

import pytest
import yaml

from simulator import Account, Server
from tap_helpcrunch.command import BROKEN_PIPE, BUG
from tap_helpcrunch.settings import SCHEMA, Settings
from tap_helpcrunch.streams import STREAMS
from tap_helpcrunch.tap import TapHelpCrunch
from tests.conftest import NOW, ROOT, endpoints, table
from tests.running import sync

SETTINGS = (ROOT / "docs" / "settings.md").read_text()
TROUBLE = (ROOT / "docs" / "troubleshooting.md").read_text()
SOURCE = "".join(path.read_text() for path in (ROOT / "tap_helpcrunch").rglob("*.py"))


def test_every_stream_is_in_the_table() -> None:
    told = {row[0].split("`")[1]: (row[2].strip("`"), row[3]) for row in table("Streams")}
    tap = TapHelpCrunch(config={}, validate_config=False)
    assert told == {
        stream.name: (", ".join(stream.primary_keys), stream.replication_method.lower().replace("_", " "))
        for stream in tap.streams.values()
    }
    assert len(told) == len(STREAMS)


def test_every_endpoint_in_the_table_is_asked_and_no_other() -> None:
    account = Account.generate(seed=1, chats=20, messages=60, now=NOW)
    asked = set()
    with Server(account) as server:
        state = sync(server).state
        sync(server, state=state)
        sync(server, chat_ids=[next(iter(account.chats))])
        for request in server.requests:
            path = re.sub(r"\d+", "{id}", request.path.removeprefix("/v1"))
            asked.add(f"{request.method} {path}")
    assert endpoints() == asked


def test_every_setting_is_in_the_table_with_its_text() -> None:
    told = {row[0].strip("`"): row for row in table("Settings", SETTINGS)}
    assert list(told) == [field.name for field in fields(Settings)]
    for name, (_, given_type, default, text) in told.items():
        kind = SCHEMA["properties"][name]
        assert text == kind["description"]
        assert kind.get("format", kind["type"][0]) in given_type.split(", ")
        if "default" in kind:
            assert default.strip("`") == str(kind["default"])
    few = {row[0].strip("`"): row[1:] for row in table("Settings")}
    assert few == {name: told[name][2:] for name in few}
    assert len(few) == 5


def test_every_setting_that_the_sdk_brings_is_named() -> None:
    schema: dict[str, t.Any] = {}
    TapHelpCrunch.append_builtin_config(schema)
    named = SETTINGS.split("Plus the SDK's standard settings")[1].split("(")[0]
    assert set(schema["properties"]) == set(re.findall(r"`(\w+)`", named))


@pytest.mark.parametrize("row", table("Troubleshooting", TROUBLE), ids=lambda row: row[0][:40])
def test_every_message_of_the_table_is_one_that_the_tap_says(row: list[str]) -> None:
    message = row[0].strip("`")
    fixed = [part for part in re.split(r"\.\.\.|\d+|[(),:'\"]", message) if len(part.strip()) > 3]
    code = re.sub(r'"\s*\n\s*f?"', "", SOURCE)
    assert fixed
    for part in fixed:
        words = part.strip(" ,:;")
        assert words in code, f"the code does not say {words!r}"


def test_every_file_that_the_pages_link_to_is_there() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
            if "://" not in link:
                assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_every_make_target_that_the_pages_name_is_there() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        assert set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE)) <= targets


def test_the_exit_codes_are_those_of_the_code() -> None:
    codes = {int(row[0]) for row in table("Exit codes", TROUBLE)}
    stopped = {128 + number for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)}
    assert codes == {0, 1, 2, BUG, BROKEN_PIPE} | stopped


# Where Meltano would read a text itself, an empty variable, or a fraction, ends it in a traceback.
KINDS = dict.fromkeys(("string", "date-time", "array", "integer", "number"), "string") | {"boolean": "boolean"}


@pytest.fixture(scope="module")
def project() -> dict[str, t.Any]:
    read: dict[str, t.Any] = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def extractor(project: dict[str, t.Any]) -> dict[str, t.Any]:
    tap, *_ = project["plugins"]["extractors"]
    return dict(tap)


def test_capabilities(extractor: dict[str, t.Any]) -> None:
    assert extractor["capabilities"] == sorted(capability.value for capability in TapHelpCrunch.capabilities)


def test_settings(extractor: dict[str, t.Any]) -> None:
    own = [_setting(name, SCHEMA["properties"][name]) for name in Settings.__slots__]
    assert extractor["settings"] == own


def test_nothing_leaves_the_machine_unasked(project: dict[str, t.Any]) -> None:
    assert project["send_anonymous_usage_stats"] is False
    assert project["cli"] == {"disable_version_check": True}


def _setting(name: str, about: dict[str, t.Any]) -> dict[str, t.Any]:
    kind = next(one for one in (about.get("format"), *about["type"]) if one in KINDS)
    setting = {"name": name, "label": about["title"], "kind": KINDS[kind], "description": about["description"]}
    if about.get("secret"):
        setting["sensitive"] = True
    if "default" in about:
        setting["value"] = about["default"]
    return setting


def test_the_plugin_definition_says_the_same(extractor: dict[str, t.Any]) -> None:
    read: dict[str, t.Any] = yaml.safe_load((ROOT / "tap-helpcrunch.yml").read_text(encoding="utf-8"))
    own = ("name", "namespace", "executable", "capabilities", "settings_group_validation")
    assert {name: read[name] for name in own} == {name: extractor[name] for name in own}
    versions = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert read["supported_python_versions"] == versions
    settings = {setting["name"]: setting for setting in read["settings"]}
    assert list(settings.values())[: len(SCHEMA["properties"])] == extractor["settings"]
    schema: dict[str, t.Any] = {"properties": {}}
    TapHelpCrunch.append_builtin_config(schema)
    of_sdk = {name.partition(".")[0] for name in settings} - set(Settings.__slots__)
    assert of_sdk == set(schema["properties"])
