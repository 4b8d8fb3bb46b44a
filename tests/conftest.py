"""What all tests share: a simulated account over real HTTP, and the tables of the repository's pages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import Account, Dialect, Server
from tap_helpcrunch import session
from tests.clocks import QuickClock

NOW = 1_790_000_000  # the simulated account's clock, epoch seconds
ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def account() -> Account:
    """Return an empty account."""
    return Account(now=NOW)


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let waits take no time."""
    monkeypatch.setattr(session, "Clock", QuickClock)


@pytest.fixture
def server(account: Account) -> Iterator[Server]:
    """Serve the account."""
    with Server(account, Dialect()) as running:
        yield running


def table(heading: str, page: str = README) -> list[list[str]]:
    """Return the cells of the table below a heading."""
    section = page.split(f"# {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def endpoints() -> set[str]:
    """Return the endpoints that the README names, like ``GET /chats/{id}``."""
    return set(re.findall(r"(?:GET|POST) /[a-z/{}]+", "".join(row[1] for row in table("Streams"))))
