"""How many chats or customers there are: the two endpoints that count them may disagree."""

from __future__ import annotations

import typing as t

from tap_helpcrunch.api.errors import HelpCrunchError, KeyRefusedError
from tap_helpcrunch.api.questions import condition
from tap_helpcrunch.sync.source import EVER

if t.TYPE_CHECKING:
    from tap_helpcrunch.api.questions import Api


class Counts:
    """Counts "chats" or "customers" by one of their times; None if the API does not count."""

    def __init__(self, api: Api, what: str, key: str) -> None:
        """Count the rows that have the field ``key``."""
        self._api = api
        self._what = what
        self._time = f"{what}.{key}"

    def searched(self, until: int | None = None) -> int | None:
        """Return how many the search counts, in all or up to a second."""
        only = condition(self._time, ">=", EVER) if until is None else condition(self._time, "<=", max(EVER, until))
        page = self._api.search(self._what, [only], sort=self._time, order="desc", limit=1).answer()
        return None if page.total is None or page.total < len(page.rows) else page.total

    def listed(self) -> int | None:
        """Return how many the listing counts, including those without the field."""
        return self._api.count(self._what)

    def listed_if_possible(self) -> int | None:
        """Return how many the listing counts; None also if it cannot be read."""
        try:
            return self.listed()
        except KeyRefusedError:
            raise
        except HelpCrunchError:
            return None

    def hidden(self, every: int, shown: int) -> int:
        """Return how many more rows the listing counts than the search, which is asked last: it counts new rows too.

        Args:
            every: how many the listing counts.
            shown: how many the search showed or counted; if the listing counts no more, it is not asked again.
        """
        found = self.searched() if every > shown else None
        return 0 if found is None else max(0, every - found)
