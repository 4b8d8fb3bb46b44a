"""The simulated account: its records, generated and changed from a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator import generation, life
from simulator.records import NOW, Records

if TYPE_CHECKING:
    from simulator.model import Moment


class Account(Records):
    """Records that can be generated, and that change over time."""

    @classmethod
    def generate(
        cls, seed: int = 7, chats: int = 430, messages: int = 3000, customers: int | None = None, now: Moment = NOW
    ) -> Account:
        """Return an account with about two years of history; equal arguments give equal accounts."""
        account = cls(now)
        generation.fill(account, seed, chats, messages, customers)
        return account

    def live(self, seed: int, changes: int = 20) -> dict[str, Any]:
        """Advance a few hours, with this many changes; see `simulator.life`."""
        return life.live(self, seed, changes)
