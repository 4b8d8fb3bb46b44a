"""All chats or all customers, the newest first, by the best way that this account honours."""

from __future__ import annotations

import logging
import typing as t
from dataclasses import dataclass, field

from tap_helpcrunch.api.envelope import Page
from tap_helpcrunch.api.errors import HelpCrunchError, KeyRefusedError
from tap_helpcrunch.api.questions import condition
from tap_helpcrunch.api.values import seconds
from tap_helpcrunch.sync.any_order import in_any_order
from tap_helpcrunch.sync.descent import Descent
from tap_helpcrunch.sync.evidence import Evidence, Limit
from tap_helpcrunch.sync.position import TOP, Position, newest_first, of
from tap_helpcrunch.sync.source import EVER, ByKey, ByOffset

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.api.questions import Api, Filter, Question

logger = logging.getLogger("tap-helpcrunch")


@dataclass(slots=True)
class _Reading:
    """How far a reading came, by one way or by several.

    Attributes:
        place: the rows behind it are still to be yielded.
        top: the first place that the present way showed, None before.
        seen: the ids of all rows that were shown.
    """

    place: Position
    top: Position | None = None
    seen: set[int] = field(default_factory=set)

    def note(self, rows: list[Row], key: str) -> None:
        if rows and self.top is None:
            self.top = of(rows[0], key)
        self.seen.update(row["id"] for row in rows)


class Listing:
    """The rows of "chats" or "customers" in the order of one of their times.

    The search by key first; where it does not answer as documented, the listing by offset; where that has no order
    either, the whole listing as it comes.

    Attributes:
        key: the time.
        searched, listed: what the two endpoints have shown.
        total: rows from where the last reading began, as its first answer counts them.
        has_order: whether rows come in the order of the time, so that a reading can be left and gone on with.
    """

    def __init__(self, account: Api, limit: Limit, what: str, key: str) -> None:
        """Read by the field ``key`` ("createdAt", "lastSeen")."""
        self.key = key
        self.searched = Evidence(limit)
        self.listed = Evidence(limit)
        self.total: int | None = None
        self.has_order = True
        self._is_compared = False
        self._account = account
        self._what = what
        self._ways: list[Callable[[Position, str], Iterator[list[Row]]]] = [
            self._by_key,
            self._by_offset,
            self._as_it_comes,
        ]

    def by_offset(self, key: str | None = None) -> ByOffset:
        """Return the listing, sorted by this time or the usual one."""
        sort = key or self.key

        def ask(offset: int) -> Question[Page]:
            return self._account.listing(self._what, sort=f"{self._what}.{sort}", order="desc", offset=offset)

        return ByOffset(f"GET /{self._what} by {sort}", sort, self.listed, ask)

    def newest_first(self, start: Position = TOP, stop: str = "") -> Iterator[list[Row]]:
        """Yield the rows behind a place; the list that reaches before the time ``stop`` is the last.

        Raises:
            HelpCrunchError: no way to the rows can be gone to its end.
        """
        self.total = None
        reading = _Reading(start)
        while True:
            try:
                if (yield from self._reaches(reading, stop)):
                    return
            except HelpCrunchError as fault:
                if len(self._ways) == 1 or isinstance(fault, KeyRefusedError):
                    raise
                self._take_next_way(str(fault))
                continue
            if reading.top is not None:
                yield from self._left_out(reading.top if start == TOP else start, reading.seen)
                return
            if not self._another_way_has_rows(reading.place):
                return
            self._take_next_way(f"POST /{self._what}/search returns no rows")

    def _reaches(self, reading: _Reading, stop: str) -> t.Generator[list[Row], None, bool]:
        """Yield the rows by the first way that is left; return whether they reach before the time ``stop``."""
        reading.top = None
        for rows in self._ways[0](reading.place, stop):
            reading.note(rows, self.key)
            behind = [row for row in rows if of(row, self.key) < reading.place]
            if behind:
                yield behind
                reading.place = of(behind[-1], self.key) if self.has_order else reading.place
            if self.has_order and of(rows[-1], self.key)[0] < stop:
                return True
        return False

    def _take_next_way(self, reason: str) -> None:
        logger.warning("%s: %s are read in another way", reason, self._what)
        del self._ways[0]
        self.has_order = len(self._ways) > 1

    def _left_out(self, top: Position, seen: set[int]) -> Iterator[list[Row]]:
        """Yield the rows that the listing shows and the search left out, where either counts more than was shown.

        Asked once a run: a search that always counts differently is not at fault.
        """
        if self._ways[0] != self._by_key or self._is_compared:
            return
        self._is_compared = True
        if not self._counts_more(top, seen) and not self._lists_more(seen):
            return
        for rows in Descent(self.by_offset(), top):
            missing = [row for row in rows if row["id"] not in seen and of(row, self.key) < top]
            if missing:
                logger.warning(
                    "POST /%s/search left out %d rows that GET /%s lists", self._what, len(missing), self._what
                )
                yield missing

    def _counts_more(self, top: Position, seen: set[int]) -> bool:
        """Tell whether the search counts more rows than it showed."""
        until = condition(f"{self._what}.{self.key}", "<=", seconds(top[0]) + 1)
        # Rows that were deleted meanwhile are not counted any more.
        return _more(self.total, seen) and _more(self._count(until), seen)

    def _lists_more(self, seen: set[int]) -> bool:
        """Tell whether the listing counts chats that the search does not even count; of customers, those never seen."""
        try:
            every = self._account.count(self._what) if self._what == "chats" else None
        except KeyRefusedError:
            raise
        except HelpCrunchError:
            return False  # there is no other list to compare with
        if every is None or not _more(every, seen):
            return False
        # Asked after the listing: who came meanwhile is counted by the search.
        found = self._count(condition(f"{self._what}.{self.key}", ">=", EVER))
        return found is not None and found < every

    def _count(self, only: Filter) -> int | None:
        """Ask the search how many rows it counts."""
        time = f"{self._what}.{self.key}"
        return self._account.search(self._what, [only], sort=time, order="desc", limit=1).answer().total

    def _another_way_has_rows(self, place: Position) -> bool:
        """Ask the listing whether an empty search can be right; where the search is not used, there is no other way."""
        if self._ways[0] != self._by_key:
            return False
        rows = next(iter(Descent(self.by_offset(), place)), [])
        return any(of(row, self.key) < place for row in rows)

    def _by_key(self, place: Position, stop: str) -> Iterator[list[Row]]:
        source = ByKey(self._account, self.searched, self._what, self.key)
        question = source.first(place)
        self.total = self.total or question.answer().total
        yield from Descent(source, place, stop, question)

    def _by_offset(self, place: Position, stop: str) -> Iterator[list[Row]]:
        yield from Descent(self.by_offset(), place, stop)

    def _as_it_comes(self, place: Position, _stop: str) -> Iterator[list[Row]]:
        source = self.by_offset()

        def read(offset: int) -> tuple[Page, bool]:
            page = source.ask(offset).answer()
            is_last = self.listed.is_last(page, offset)
            return Page(page.rows, self.listed.proven_total(page)), is_last

        for rows in in_any_order(source.name, read):
            behind = [row for row in rows if of(row, self.key) < place]
            yield newest_first(behind, self.key) if behind else rows[:0]


def _more(total: int | None, seen: set[int]) -> bool:
    return (total or 0) > len(seen)
