"""Fixtures for all tests: a simulated account over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator import Account, Dialect, Server

NOW = 1_790_000_000  # the simulated account's clock, epoch seconds


@pytest.fixture
def account() -> Account:
    """Return an empty account."""
    return Account(now=NOW)


@pytest.fixture
def server(account: Account) -> Iterator[Server]:
    """Serve the account."""
    with Server(account, Dialect()) as running:
        yield running
