"""Each floor of the package imports only floors below it, and the simulated account imports nothing of it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# What every floor may use: how a line is written, and how a fault is told.
SHARED = {"tap_helpcrunch.output", "tap_helpcrunch.command", "tap_helpcrunch.progress"}
# From the top; what is not named belongs to the top floor.
FLOORS = ["tap", "streams", "session", "sync", "settings", "api"]


def imported(path: Path, *, typing_too: bool = True) -> set[str]:
    """Return the modules that a file imports."""
    tree = ast.parse(path.read_text())
    hidden = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.unparse(branch.test)
        for node in ast.walk(branch)
    }
    nodes = [node for node in ast.walk(tree) if typing_too or id(node) not in hidden]
    names = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return names | {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}


def floor(module: str) -> int:
    part = module.split(".")[1] if "." in module else "tap"
    return FLOORS.index(part) if part in FLOORS else 0


MODULES = sorted((ROOT / "tap_helpcrunch").rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_floor_imports_one_above_it(path: Path) -> None:
    own = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    above = [
        module
        for module in imported(path, typing_too=False)
        if module.startswith("tap_helpcrunch") and floor(module) < floor(own) and module not in SHARED
    ]
    assert above == []


def test_sync_knows_nothing_of_singer() -> None:
    for path in (ROOT / "tap_helpcrunch" / "sync").glob("*.py"):
        assert not [module for module in imported(path) if "singer" in module], path.name


@pytest.mark.parametrize(("folder", "more"), [("simulator", set()), ("report", {"altair", "duckdb", "jinja2"})])
def test_the_account_and_the_report_need_hardly_anything(folder: str, more: set[str]) -> None:
    for path in (ROOT / folder).glob("*.py"):
        foreign = (
            {name.split(".")[0] for name in imported(path, typing_too=False)}
            - sys.stdlib_module_names
            - {folder, "__future__", *more}
        )
        assert foreign == set(), path.name
