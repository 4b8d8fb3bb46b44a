"""What a release publishes: built and checked by `make package`, installed and run; and what a tag starts."""

import json
import os
import re
import shutil
import subprocess
import sys
import typing as t
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import duckdb
import pytest
import yaml

from simulator import Account, Server
from tests.conftest import NOW, ROOT
from tests.running import Output, config

BIN = Path(sys.executable).parent
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
(VERSION,) = re.findall(r'(?m)^version = "(.+)"$', PROJECT)
NAME = f"tap_helpcrunch-{VERSION}"
CODE = {
    str(path.relative_to(ROOT))
    for package in ("helpcrunch_target_duckdb", "tap_helpcrunch")
    for path in (ROOT / package).rglob("*")
    if path.suffix == ".py" or path.name == "py.typed"
}
# uv, as the Makefile has it.
SYSTEM = {"UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never"}


def call(*command: str | Path, **where: t.Any) -> str:
    """Run a command, which must succeed, and return what it printed."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, capture_output=True, encoding="utf-8", timeout=180, check=False, **where
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the wheel and the source archive."""
    folder = tmp_path_factory.mktemp("dist")
    # Not venv: this very environment would be made anew under the tests, when a requirement has changed.
    call("make", "-o", "venv", "package", f"DIST={folder}", cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.Path:
    return zipfile.Path(built / f"{NAME}-py3-none-any.whl")


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.Path) -> Message:
    return message_from_bytes((wheel / f"{NAME}.dist-info" / "METADATA").read_bytes())


def test_the_wheel_holds_the_package_and_nothing_else(wheel: zipfile.Path) -> None:
    about = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}
    names = {name for name in wheel.root.namelist() if not name.endswith("/")}
    assert names == CODE | {f"{NAME}.dist-info/{name}" for name in about}


def test_every_package_that_the_code_always_imports_is_required(metadata: Message) -> None:
    lines = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    required = {re.split(r"[^\w-]", line)[0] for line in lines}
    imported = {
        name
        for path in CODE
        for name in re.findall(r"(?m)^(?:from|import) (\w+)", (ROOT / path).read_text(encoding="utf-8"))
    }
    # Where a package is not called like its module.
    called = {"singer_sdk": "singer-sdk", "dotenv": "python-dotenv", "typing_extensions": "typing-extensions"}
    # They come with the SDK, of which one minor version is required.
    assert "singer-sdk[msgspec]~=" in " ".join(lines)
    required |= {"fsspec", "jsonschema", "msgspec"}
    foreign = imported - set(sys.stdlib_module_names) - {"helpcrunch_target_duckdb", "tap_helpcrunch"}
    assert {called.get(name, name) for name in foreign} == required


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the programs of an environment with the wheel, and what it requires in the pinned versions."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    environment = {**os.environ, **SYSTEM}
    call(BIN / "uv", "venv", "--quiet", "--python", sys.executable, folder, env=environment, cwd=folder.parent)
    install: list[str | Path] = [BIN / "uv", "pip", "install", "--quiet", "--python", folder / "bin" / "python"]
    pins: list[str | Path] = [
        "--constraint",
        ROOT / ".ci" / "requirements" / "dev.txt",
        built / f"{NAME}-py3-none-any.whl",
    ]
    call(*install, *pins, env=environment, cwd=folder.parent)
    call(BIN / "uv", "pip", "check", "--quiet", "--python", folder / "bin" / "python", env=environment)
    return folder / "bin"


def bare(installed: Path, folder: Path, *arguments: str | Path) -> str:
    """Run the installed tap from a folder outside the repository, with nothing of this one's environment."""
    nothing = {"PATH": str(installed), "HOME": str(folder)}
    return call(installed / "tap-helpcrunch", *arguments, cwd=folder, env=nothing)


def test_the_installed_tap_brings_an_account(installed: Path, tmp_path: Path) -> None:
    account = Account.generate(seed=1, chats=20, messages=60, now=NOW)
    with Server(account) as server:
        (tmp_path / "config.json").write_text(json.dumps(config(server)))
        output = Output(bare(installed, tmp_path, "--config", "config.json").split("\n")[:-1])
    assert sorted(output.ids("messages")) == sorted(account.messages)
    assert sorted(output.ids("chats")) == sorted(account.chats)


def test_the_loader_for_duckdb_says_that_its_extra_is_missing(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed / "helpcrunch-target-duckdb"], capture_output=True, encoding="utf-8", timeout=60, check=False,
        cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "target-duckdb is missing: install tap-helpcrunch[duckdb]\n")


def test_the_quick_start_fills_a_duckdb_file(tmp_path: Path) -> None:
    """As printed, with the versions that are pinned here."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (start,) = re.findall(r"```sh\n(uv tool install .*?)```", readme, re.DOTALL)
    pins = re.findall(
        r"(?m)^[a-z].*==.*?(?= *\\\\$)", (ROOT / ".ci" / "requirements" / "dev.txt").read_text(encoding="utf-8")
    )
    (tmp_path / "pins.txt").write_text("\n".join(pins), encoding="utf-8")
    (tmp_path / "tap-helpcrunch").symlink_to(ROOT)
    account = Account.generate(seed=1, chats=20, messages=60, now=NOW)
    with Server(account) as server:
        environment = os.environ | SYSTEM | {
            "PATH": f"{tmp_path / 'bin'}:{BIN}:/usr/bin:/bin",
            "UV_PYTHON": sys.executable,
            "UV_TOOL_DIR": str(tmp_path / "tools"),
            "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
            "UV_CONSTRAINT": str(tmp_path / "pins.txt"),
            "TAP_HELPCRUNCH_API_URL": server.url,
            "TAP_HELPCRUNCH_REQUESTS_PER_MINUTE": "100000",
        }  # fmt: skip
        told = start.replace("=... ", f"={server.key} ")
        call("/bin/sh", "-euc", told, cwd=tmp_path, env=environment)
        again = told[told.index("tap-helpcrunch --config ENV --state") :]
        account.add_message(next(iter(account.chats)), "one more")
        call("/bin/sh", "-euc", f"export TAP_HELPCRUNCH_API_KEY={server.key}; {again}", cwd=tmp_path, env=environment)
    with duckdb.connect(tmp_path / "warehouse.duckdb", read_only=True) as connection:
        found = connection.execute("select id, text from helpcrunch.messages").fetchall()
    assert dict(found) == {number: said.text or None for number, said in account.messages.items()}


WORKFLOWS = ROOT / ".github" / "workflows"


def workflow(name: str) -> dict[t.Any, t.Any]:
    read: dict[t.Any, t.Any] = yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8"))
    return read


def steps(job: dict[str, t.Any]) -> list[str]:
    return [step.get("run") or step["uses"].split("@")[0] for step in job["steps"]]


def test_a_release_checks_tests_builds_and_publishes_in_order() -> None:
    release = workflow("release")
    # YAML 1.1 reads the word "on" as true.
    assert release[True] == {"push": {"tags": ["v*"]}}
    jobs = release["jobs"]
    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "tag": None,
        "test": "tag",
        "build": "test",
        "publish": "build",
    }
    assert '.ci/tag "$GITHUB_REF_NAME"' in steps(jobs["tag"])
    assert jobs["test"]["uses"] == "$/.github/workflows/test.yml"
    assert "make package" in steps(jobs["build"])
    assert steps(jobs["publish"]) == ["actions/download-artifact", "pypa/gh-action-pypi-publish"]


def test_the_tests_run_on_every_python_that_the_package_is_for() -> None:
    tests = workflow("test")
    assert set(tests[True]) == {"push", "pull_request", "workflow_call"}
    classifiers = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', PROJECT)
    assert tests["jobs"]["test"]["strategy"]["matrix"]["python"] == classifiers
    assert f'requires-python = ">={classifiers[0]}"' in PROJECT
    assert "make lint" in steps(tests["jobs"]["lint"])
    assert ".ci/run" in steps(tests["jobs"]["test"])
    assert [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line.startswith("make")] == [
        "make test",
        "make demo",
    ]


_DAY = f"## {VERSION} - 2026-11-23"
_URL = 'Repository = "https://example.com/acme/tap-helpcrunch"'


@pytest.mark.parametrize(
    ("tag", "changelog", "address", "pip_url", "said"),
    [
        (f"v{VERSION}", _DAY, _URL, "tap-helpcrunch", ""),
        (VERSION, _DAY, _URL, "tap-helpcrunch", f"the version in pyproject.toml is {VERSION}"),
        (f"v{VERSION}.1", _DAY, _URL, "tap-helpcrunch", f"the version in pyproject.toml is {VERSION}"),
        ("", _DAY, _URL, "tap-helpcrunch", "the tag is missing"),
        (f"v{VERSION}", f"## {VERSION} - unreleased", _URL, "tap-helpcrunch", "CHANGELOG.md has no line"),
        (f"v{VERSION}", "## 99.0.0 - 2026-11-23", _URL, "tap-helpcrunch", "CHANGELOG.md has no line"),
        (f"v{VERSION}", _DAY, "", "tap-helpcrunch", "pyproject.toml has no Repository"),
        (f"v{VERSION}", _DAY, _URL, "../tap-helpcrunch", "pip_url in tap-helpcrunch.yml"),
    ],
)
def test_a_tag_must_name_the_version_and_the_pages_must_be_ready(
    tmp_path: Path, tag: str, changelog: str, address: str, pip_url: str, said: str
) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "tag", tmp_path / ".ci")
    (tmp_path / "pyproject.toml").write_text(f"{PROJECT}\n[project.urls]\n{address}\n")
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n{changelog}\n")
    (tmp_path / "tap-helpcrunch.yml").write_text(f"pip_url: {pip_url}\n")
    done = subprocess.run(
        [tmp_path / ".ci" / "tag", tag], capture_output=True, encoding="utf-8", timeout=30, check=False
    )
    assert (done.returncode == 0) == (said == ""), done.stderr
    assert said in done.stderr
