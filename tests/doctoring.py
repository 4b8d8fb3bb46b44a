"""Runs the doctor in a test."""

from __future__ import annotations

import json
import typing as t

from tap_helpcrunch.doctor import report
from tap_helpcrunch.session import Session
from tap_helpcrunch.settings import Settings
from tap_helpcrunch.tap import TapHelpCrunch
from tests.clocks import QuickClock
from tests.running import config

if t.TYPE_CHECKING:
    from simulator import Server

Report = dict[str, t.Any]


def examined(server: Server, **settings: t.Any) -> Report:
    """Run the doctor, with waits that take no time; return what it writes to stdout."""
    tap = TapHelpCrunch(config=config(server, **settings))
    tap.session = Session(Settings.read(tap.config), clock=QuickClock())
    try:
        found = report.examine(tap.session, "1")
    finally:
        tap.close()
    assert "\n".join(report.table(found))
    return t.cast("Report", json.loads(json.dumps(found)))
