"""Offset paging through rows that come and go: which page next, and when to stop."""

from __future__ import annotations

import typing as t

from tap_helpcrunch.api.errors import BadAnswerError

if t.TYPE_CHECKING:
    from tap_helpcrunch.api.envelope import Page


class Offsets:
    """The offsets of a list whose newest rows stand first.

    New rows push the others to the right: the next page repeats some, which does no harm. Deleted rows pull them to the
    left, and some would fall between two pages: never more than ``total`` fell since the page before, so the next page
    starts that much earlier.

    ``total`` ends the walk without an extra empty page. Where there is none, or one that cannot be true (it is smaller
    than what has been read: a documented sample says 0 with one row), a short page ends it.
    """

    def __init__(self, what: str) -> None:
        """Begin at the newest row; ``what`` names the list in errors."""
        self.offset: int | None = 0
        self.stepped_back = False
        self._what = what
        self._total: int | None = None
        self._ids: list[t.Any] = []

    def advance(self, page: Page) -> int | None:
        """Take the page at ``offset``; return (and keep in ``offset``) the next offset, None at the end.

        Raises:
            BadAnswerError: the page equals the one before, so the offset is ignored and rows would be missing.
        """
        if self.offset is None:
            return None
        ids = [row["id"] for row in page.rows]
        fell = max(0, self._total - page.total) if self._total is not None and page.total is not None else 0
        if ids and ids == self._ids and page.total == self._total and not self.stepped_back:
            raise BadAnswerError(
                f"{self._what}: the page at offset {self.offset} equals the one before, offsets are ignored"
            )
        reached = self.offset + len(ids)
        self._ids = ids
        self.stepped_back = bool(fell and self.offset)
        if self.stepped_back:
            following: int | None = max(0, self.offset - fell)
        else:
            following = reached if page.goes_on(self.offset) else None
        self._total = page.total if page.total is not None else self._total
        self.offset = following
        return following
