"""What the rules' tests share."""

from __future__ import annotations

import typing as t

import pytest

from tap_helpcrunch.api.clock import Clock
from tap_helpcrunch.session import Session
from tap_helpcrunch.settings import Settings
from tests.running import config

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator import Server
    from tap_helpcrunch.api import account as questions


@pytest.fixture
def api(server: Server) -> Iterator[questions.Account]:
    """The account as the sync layer asks it."""
    session = Session(Settings.read(config(server)), clock=Clock())
    yield session.account
    session.client.close()
