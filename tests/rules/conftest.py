"""Fixtures for the tests of rules."""

from __future__ import annotations

import typing as t

import pytest

from tests.rules.helpers import Known

if t.TYPE_CHECKING:
    from simulator import Account, Server


@pytest.fixture
def known(account: Account, server: Server) -> Known:
    """Return an account of 300 chats that a target has."""
    return Known(account, server)
