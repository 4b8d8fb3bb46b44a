"""CONTRIBUTING.md and docs/architecture.md are true: steps work, paths exist, a message takes that way."""

import os
import re
import shutil
import subprocess
import sys
import threading
import typing as t
from pathlib import Path
from types import FrameType

import pytest

from simulator import Account, Server
from tests.conftest import NOW, ROOT, table
from tests.happenings import DAY
from tests.running import sync

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
BEHAVIOR = (ROOT / "docs" / "behavior.md").read_text(encoding="utf-8")
TAP = ROOT / "tap_helpcrunch"
PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "meltano.yml", "tap-helpcrunch.yml", "pyproject.toml", "docs")
CODE = ("tap_helpcrunch", "helpcrunch_target_duckdb", "simulator", "tests")
INSERTED = re.compile(r"^In `(\S+)`, (above|below) `([^`\n]+)`:\n\n```\w*\n(.*?)```", re.MULTILINE | re.DOTALL)
REPLACED = re.compile(r"^In `(\S+)`, `(.+)` becomes `(.+)`", re.MULTILINE)


def follow(heading: str, copy: Path) -> set[str]:
    """Do what a section says; return the files that it names."""
    section = CONTRIBUTING.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    for name, side, mark, text in INSERTED.findall(section):
        lines = (copy / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (place,) = [number for number, line in enumerate(lines) if mark in line]
        lines.insert(place + (side == "below"), text)
        (copy / name).write_text("".join(lines), encoding="utf-8")
    for name, old, new in REPLACED.findall(section):
        text = (copy / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        (copy / name).write_text(text.replace(old, new), encoding="utf-8")
    return {found[0] for found in [*INSERTED.findall(section), *REPLACED.findall(section)]}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in CODE:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "destinations"))
    for name in PAGES:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, tmp_path / name)
    return tmp_path


def python(copy: Path, *arguments: str) -> str:
    """Run Python with the code of the copy; return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(("heading", "stream", "most"), [("Add a field", "chats", 2), ("Add a stream", "tags", 6)])
def test_the_steps_lead_to_a_tap_that_reads_it(copy: Path, heading: str, stream: str, most: int) -> None:
    assert len(follow(heading, copy)) <= most, "and the snapshot"
    python(copy, "tests.snapshot")
    asked = ["pytest", "-v", "-p", "no:cacheprovider", "tests/test_catalog.py", "tests/test_readme.py"]
    asked += ["tests/test_small_streams.py", "tests/test_streams.py", "-k", f"{stream} or every_stream or catalog"]
    assert f"field_by_field[{stream}] PASSED" in python(copy, *asked)


def test_the_steps_lead_to_a_setting_that_is_read(copy: Path) -> None:
    assert len(follow("Add a setting", copy)) <= 4
    python(copy, "pytest", "-q", "-p", "no:cacheprovider", "tests/test_readme.py", "-k", "setting or definition")
    read = "from tap_helpcrunch.settings import Settings; print(Settings.read({'api_key': 'key', 'bots': False}).bots)"
    (copy / "tried.py").write_text(read, encoding="utf-8")
    assert python(copy, "tried") == "False\n"


def test_every_guarantee_has_its_code_and_its_test() -> None:
    rows = table("Where each guarantee is implemented", CONTRIBUTING)
    guarantees = BEHAVIOR.split("## Guarantees\n")[1].split("\n## ")[0]
    assert [row[0].split()[0] for row in rows] == re.findall(r"^(\d+)\. \*\*", guarantees, re.MULTILINE)
    for _, kept, held in rows:
        assert all((ROOT / path).is_file() and "/test_" not in path for path in re.findall(r"`(.+?)`", kept))
        assert all((ROOT / path).is_file() and "/test_" in path for path in re.findall(r"`(.+?)`", held))


def test_every_file_that_the_architecture_names_is_there() -> None:
    known = {path.name for folder in ("tap_helpcrunch", "simulator") for path in (ROOT / folder).rglob("*.py")}
    assert set(re.findall(r"`(?:\w+/)*(\w+\.py)`", ARCHITECTURE)) <= known
    in_sync = {path.name for path in (TAP / "sync").glob("*.py")} - {"__init__.py"}
    assert in_sync <= set(re.findall(r"`(?:\w+/)*(\w+\.py)`", ARCHITECTURE))


def test_a_message_takes_the_way_that_the_page_describes() -> None:
    steps = {tuple(re.findall(r"`(.+?)`", row[1])) for row in table("The path of one message", ARCHITECTURE)}
    called: set[tuple[str, ...]] = set()

    def note(frame: FrameType, event: str, _: t.Any) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(TAP) and not frame.f_code.co_name.startswith("<"):
            called.add((str(path.relative_to(TAP)), frame.f_code.co_name))

    account = Account(now=NOW)
    chat = account.add_chat()
    for number in range(3):
        account.add_message(chat, f"message {number}")
    account.advance(DAY)
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        with Server(account) as server:
            assert len(sync(server, "chats", "messages").records("messages")) == 3
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    assert steps - called == set()
    assert len(called) <= 190
    assert len({path for path, _ in called}) <= 26
