"""The tap as its streams see it: an SDK tap with the session of a run."""

from __future__ import annotations

from functools import cached_property

from singer_sdk import Tap

from tap_helpcrunch.interrupt import Interrupt
from tap_helpcrunch.session import Session
from tap_helpcrunch.settings import Settings


class SessionTap(Tap):
    """A tap whose session is opened when first used, so that discovery needs no key."""

    @cached_property
    def interrupt(self) -> Interrupt:
        """Defers signals while a line is written."""
        return Interrupt()

    @cached_property
    def session(self) -> Session:
        """What the streams of a run share."""
        return Session(Settings.read(self.config), self.interrupt)
