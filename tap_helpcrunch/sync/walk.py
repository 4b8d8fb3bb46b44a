"""Walks by key: every row, however many come and go meanwhile.

An offset is a place in a list that shifts under it. A key is a value: asked for "created at or after the last one
seen", no deletion and no addition can hide a row. Offsets are left only inside the seconds that more than a page of
rows share.
"""

from __future__ import annotations

import logging
import typing as t

from tap_helpcrunch.api.account import condition
from tap_helpcrunch.api.errors import BadAnswerError
from tap_helpcrunch.api.values import seconds

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.account import Account, Filter, Question
    from tap_helpcrunch.api.envelope import Page, Row

# Rows that share a second may come in another order at every request; so many passes are made until all have been seen.
MOST_PASSES = 30
# Without a total, so many passes in a row that show nothing new end it.
QUIET_PASSES = 6

logger = logging.getLogger("tap-helpcrunch")


class Walk:
    """All rows of "chats" or "customers" in ascending order of a time that search filters and sorts by."""

    def __init__(self, account: Account, what: str, name: str, extra: list[Filter] | None = None) -> None:
        """Walk by the field ``name`` ("createdAt", "lastSeen"), among the rows that the extra filters let through."""
        self._account = account
        self._what = what
        self._name = name
        self._field = f"{what}.{name}"
        self._extra = extra or []
        self.total: int | None = None  # rows from the start on, as the first answer counts them

    def pages(self, start: str, end: str | None = None) -> Iterator[list[Row]]:
        """Yield the rows whose key is ``start`` or later, a page at a time, each row once, in order of the key.

        Args:
            start: the first moment.
            end: the last page is the one that reaches this moment (it may go on behind it); None: all of them.

        Raises:
            BadAnswerError: the answer is not in the order asked for, so rows could be missing.
        """
        lower = seconds(start)
        seen: set[int] = set()
        question = self._question(lower)
        while True:
            page = question.answer()
            self.total = page.total if self.total is None else self.total
            self._check_order(page, lower)
            keys = [row[self._name] for row in page.rows if row.get(self._name)]
            rows = page.rows
            more = page.goes_on()
            # A second of overlap: shown times may be rounded up from what is stored and compared.
            following = seconds(keys[-1]) - 1 if keys else lower
            if more and not keys:
                raise BadAnswerError(
                    f"POST /{self._what}/search answers rows without the {self._field} that was asked for"
                )
            if more and following <= lower:
                following = seconds(keys[-1]) + 1
                rows = sorted(self._crowd(lower, following), key=self._key)
            more = more and (end is None or keys[-1] < end)
            if more:
                # Asked before this page is worked on: a listing may take longer than what it gives to do.
                question = self._question(following)
            yield [row for row in rows if row["id"] not in seen]
            if not more:
                return
            lower = following
            # Only rows of the overlap can come again.
            seen = {row["id"] for row in rows if row.get(self._name) and seconds(row[self._name]) >= lower}

    def _question(self, lower: int, *more: Filter, order: str = "asc", offset: int = 0) -> Question[Page]:
        filters = [condition(self._field, ">=", lower), *more, *self._extra]
        return self._account.search(self._what, filters, sort=self._field, order=order, offset=offset)

    def _crowd(self, lower: int, end: int) -> list[Row]:
        """Return all rows from a second until before another: more than a page of them, in no dependable order."""
        found: dict[int, Row] = {}
        counted: set[int] = set()
        expected: int | None = None
        quiet = 0
        for attempt in range(MOST_PASSES):
            offset, before = 0, len(found)
            while True:
                page = self._question(
                    lower, condition(self._field, "<", end), order="desc" if attempt % 2 else "asc", offset=offset
                ).answer()
                if page.total != expected:
                    # Rows were added or deleted: what has been counted so far proves nothing any more.
                    expected = page.total
                    counted.clear()
                found.update((row["id"], row) for row in page.rows)
                counted.update(row["id"] for row in page.rows)
                if not page.goes_on(offset):
                    break
                offset += len(page.rows)
            quiet = 0 if len(found) > before else quiet + 1
            if len(counted) >= expected if expected is not None else quiet == QUIET_PASSES:
                return list(found.values())
        logger.warning(
            "%s: %d of %s rows between the epoch seconds %d and %d could be listed",
            self._what,
            len(counted),
            expected,
            lower,
            end,
        )
        return list(found.values())

    def _key(self, row: Row) -> str:
        return row.get(self._name) or ""

    def _check_order(self, page: Page, lower: int) -> None:
        keys = [self._key(row) for row in page.rows if self._key(row)]
        if keys != sorted(keys):
            raise BadAnswerError(
                f"POST /{self._what}/search does not answer in the order of {self._field} that was asked for"
            )
        if keys and seconds(keys[0]) < lower - 1:
            raise BadAnswerError(f"POST /{self._what}/search ignores the filter {self._field} >= {lower}")
