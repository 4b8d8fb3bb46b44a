"""The messages of many chats, in order, with several requests under way."""

from __future__ import annotations

import itertools
import math
import typing as t
from collections import deque

from tap_helpcrunch.sync.pages import Pages
from tap_helpcrunch.sync.visits import Visit

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_helpcrunch.api.account import Account
    from tap_helpcrunch.api.envelope import Row

# Questions asked ahead, times the requests under way: enough that no thread runs dry while one answer is waited for.
AHEAD = 3


class History:
    """Reads chats' messages; what is announced is asked for ahead, so that latency costs nothing.

    Memory holds the pages under way or waiting for their turn, at most ``AHEAD + 1`` times ``width``.
    """

    def __init__(self, account: Account, width: int) -> None:
        """Keep up to ``width`` requests under way."""
        self._account = account
        self._width = width
        self._announced: deque[Visit] = deque()
        self._ahead: dict[int, Pages] = {}  # in order of their turns
        self._unseen: deque[Pages] = deque()  # those of which it is not known yet how many pages there are
        self._turns = itertools.count(1)
        self.visited = 0
        self.without_messages = 0
        self.incomplete: list[tuple[int, int, int]] = []

    def announce(self, visits: Iterable[Visit]) -> None:
        """Say which chats will be read next, in this order."""
        self._announced.extend(visits)
        self._ask_ahead()

    def read(self, visit: Visit) -> Iterator[Row]:
        """Yield a chat's messages, newest first, back to the moment that the visit needs.

        Rows deleted or added meanwhile may come twice; none is left out.
        """
        self.visited += 1
        pages = self._ahead.pop(visit.chat_id, None) or Pages(self._account, visit)
        pages.ask(0)
        self._ask_ahead()
        read: set[int] = set()
        least, ended = math.inf, False
        for page, ended in pages.read(self._width):  # noqa: B007 - the last value counts
            least = min(least, page.total if page.total is not None else 0)
            read.update(row["id"] for row in page.rows)
            yield from page.rows
            self._ask_ahead()
        if ended and not read:
            self.without_messages += 1
        if ended and len(read) < least:
            # Pages that were asked for at once show moments in any order: rows may have moved in a way that `total` did
            # not show. Or the API counts what it does not list. Look once more, one page after the other.
            total = 0
            for page, _ in Pages(self._account, Visit(visit.chat_id, None)).read(0):
                total = page.total or 0
                read.update(row["id"] for row in page.rows)
                yield from page.rows
            if len(read) < total:
                self.incomplete.append((visit.chat_id, len(read), total))

    def _ask_ahead(self) -> None:
        room = AHEAD * self._width - sum(pages.under_way for pages in self._ahead.values())
        while self._unseen and room > 0 and not self._unseen[0].waits:
            room -= self._unseen.popleft().ask_on(min(room, self._width))
        while self._announced and room > 0:
            visit = self._announced.popleft()
            if visit.chat_id not in self._ahead:
                self._ahead[visit.chat_id] = pages = Pages(self._account, visit, next(self._turns))
                self._unseen.append(pages)
                pages.ask(0)
                room -= 1
