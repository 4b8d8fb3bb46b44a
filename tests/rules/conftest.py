"""Fixtures for the tests of rules."""

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
    from tap_helpcrunch.api.questions import Api


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    """The API as the sync layer asks it."""
    session = Session(Settings.read(config(server)), clock=Clock())
    yield session.api
    session.client.close()
