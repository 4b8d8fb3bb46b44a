"""The structure of the code: layers, no circular imports, short files, few dependencies, and its size."""

import ast
import re
import sys
from graphlib import TopologicalSorter

import pytest
from radon.complexity import cc_visit

from tests.conftest import ROOT

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
# From the top, as in the diagram: each layer with its modules.
LAYERS = [set(rooms.split(", ")) for rooms in re.findall(r'(?m)^    \w+\["(.+)"\]$', ARCHITECTURE)]
FOLDERS = ("tap_helpcrunch", "helpcrunch_target_duckdb", "simulator", "demo", "benchmarks", "tests")
PATHS = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*.py"))
}


def imported(module: str) -> set[str]:
    """Return the modules that one imports, for types only or at all."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(PATHS[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= whole & PATHS.keys() or {node.module}
    return found


def layer(module: str) -> int:
    """Return on which layer a module is; each is on one."""
    room = module.split(".")[1]
    (height,) = [height for height, rooms in enumerate(LAYERS) if room in rooms]
    return height


def inside(folder: str) -> list[str]:
    return [module for module in PATHS if module.split(".")[0] == folder]


@pytest.mark.parametrize("folder", FOLDERS)
def test_there_are_no_circular_imports(folder: str) -> None:
    own = inside(folder)
    assert own
    TopologicalSorter({module: imported(module) & set(own) for module in own}).prepare()


@pytest.mark.parametrize("module", inside("tap_helpcrunch")[1:])
def test_no_layer_imports_one_above_it(module: str) -> None:
    own = [other for other in imported(module) if other.startswith("tap_helpcrunch.")]
    assert [other for other in own if layer(other) < layer(module)] == []


def test_sync_knows_nothing_of_singer() -> None:
    for module in inside("tap_helpcrunch"):
        if module.startswith("tap_helpcrunch.sync"):
            foreign = {other.split(".")[0] for other in imported(module)} - sys.stdlib_module_names
            assert foreign <= {"tap_helpcrunch", "__future__", "typing_extensions", "msgspec"}, module


def test_the_tap_and_the_account_know_nothing_of_each_other() -> None:
    for folder, other in (("tap_helpcrunch", "simulator"), ("simulator", "tap_helpcrunch")):
        assert not [module for module in inside(folder) if other in {name.split(".")[0] for name in imported(module)}]


def test_tests_know_nothing_of_the_inside_of_sync() -> None:
    for module in inside("tests"):
        assert not [name for name in imported(module) if name.startswith("tap_helpcrunch.sync")], module


def test_the_account_needs_only_the_standard_library() -> None:
    for module in inside("simulator"):
        assert {name.split(".")[0] for name in imported(module)} - sys.stdlib_module_names <= {"simulator"}, module


def test_few_private_hooks_of_the_sdk_are_overridden() -> None:
    """mypy's explicit-override notices if the SDK renames one; each is one more reason to pin the SDK's version."""
    found = {
        name
        for module in inside("tap_helpcrunch")
        for name in re.findall(r"@override\n    def (_[a-z]\w+)", PATHS[module].read_text(encoding="utf-8"))
    }
    assert len(found) <= 4, found


# Decisions are separate from requests, so that a function is understood at first reading.
MOST_COMPLEX = 10


@pytest.mark.parametrize("module", inside("tap_helpcrunch"))
def test_no_function_is_complex(module: str) -> None:
    blocks = cc_visit(PATHS[module].read_text(encoding="utf-8"))
    functions = [block for block in blocks if block.letter in "FM"]
    assert {one.fullname: one.complexity for one in functions if one.complexity > MOST_COMPLEX} == {}


def lines(module: str) -> int:
    return len(PATHS[module].read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(
    ("folder", "most", "files"),
    [("tap_helpcrunch", 5300, 45), ("tap_helpcrunch.sync", 2100, 11), ("simulator", 3200, 25), ("tests", 12_100, 105)],
)
def test_nobody_has_to_read_more_than_this(folder: str, most: int, files: int) -> None:
    modules = [module for module in PATHS if f"{module}.".startswith(f"{folder}.")]
    assert sum(map(lines, modules)) <= most
    assert len(modules) <= files


@pytest.mark.parametrize("module", [*inside("tap_helpcrunch"), *inside("helpcrunch_target_duckdb")])
def test_no_file_of_the_tap_is_long(module: str) -> None:
    assert lines(module) <= 300


@pytest.mark.parametrize("module", inside("tests"))
def test_tests_are_short_and_so_are_their_names(module: str) -> None:
    text = PATHS[module].read_text(encoding="utf-8")
    assert lines(module) <= 300
    assert [name for name in re.findall(r"def (test_\w+)", text) if len(name) > 60] == []
