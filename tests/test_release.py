"""The workflows: what a tag starts, with which permissions, and that nothing untested is published."""

from __future__ import annotations

import re
import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = ROOT / ".github" / "workflows"
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
(VERSION,) = re.findall(r'(?m)^version = "(.+)"$', PROJECT)
NAMES = sorted(path.stem for path in WORKFLOWS.glob("*.yml"))


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


@pytest.mark.parametrize("name", NAMES)
def test_only_the_job_that_publishes_may_do_more_than_read(name: str) -> None:
    found = workflow(name)
    assert found["permissions"] == {}
    for job_name, job in found["jobs"].items():
        right = {"id-token": "write"} if job_name == "publish" else {"contents": "read"}
        assert job["permissions"] == right
    text = (WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8")
    assert "secrets" not in text
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")


@pytest.mark.parametrize("name", NAMES)
def test_actions_are_pinned_by_hash_with_the_version_beside_it(name: str) -> None:
    text = (WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8")
    used = [line for line in re.findall(r"uses: (\S+.*)", text) if not line.startswith("$/")]
    assert used
    for line in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


_DAY = f"## {VERSION} - 2026-11-23"


@pytest.mark.parametrize(
    ("tag", "changelog", "readme", "owner", "said"),
    [
        (f"v{VERSION}", _DAY, "", "acme", ""),
        (VERSION, _DAY, "", "acme", f"the version in pyproject.toml is {VERSION}"),
        (f"v{VERSION}.1", _DAY, "", "acme", f"the version in pyproject.toml is {VERSION}"),
        ("", _DAY, "", "acme", "the tag is missing"),
        (f"v{VERSION}", f"## {VERSION} - unreleased", "", "acme", "CHANGELOG.md has no line"),
        (f"v{VERSION}", "## 99.0.0 - 2026-11-23", "", "acme", "CHANGELOG.md has no line"),
        (f"v{VERSION}", _DAY, "from OWNER", "acme", "OWNER must go"),
        (f"v{VERSION}", _DAY, "", "OWNER", "OWNER must go"),
    ],
)
def test_a_tag_must_name_the_version_and_the_pages_must_be_ready(
    tmp_path: Path, tag: str, changelog: str, readme: str, owner: str, said: str
) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "tag", tmp_path / ".ci")
    project = re.sub(r"github\.com/\w+/", f"github.com/{owner}/", PROJECT)
    (tmp_path / "pyproject.toml").write_text(project.replace("OWNER in it", ""))
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n{changelog}\n")
    (tmp_path / "README.md").write_text(readme)
    done = subprocess.run(
        [tmp_path / ".ci" / "tag", tag], capture_output=True, encoding="utf-8", timeout=30, check=False
    )
    assert (done.returncode == 0) == (said == ""), done.stderr
    assert said in done.stderr
