"""The messages of many chats, in order, with several requests under way."""

from __future__ import annotations

import math
import typing as t
from collections import deque

from tap_helpcrunch.api.envelope import PAGE, Page
from tap_helpcrunch.sync.offsets import Offsets

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_helpcrunch.api.account import Account, Question
    from tap_helpcrunch.api.envelope import Row


class History:
    """Reads chats' messages; what is announced is asked for ahead, so that latency costs nothing.

    Memory holds the pages under way or waiting for their turn, at most three times ``width``.
    """

    def __init__(self, account: Account, width: int) -> None:
        """Keep up to ``width`` requests under way."""
        self._account = account
        self._width = width
        self._announced: deque[int] = deque()
        self._first: dict[int, Question[Page | None]] = {}
        self.visited = 0
        self.without_messages = 0
        self.incomplete: list[tuple[int, int, int]] = []

    def announce(self, chat_ids: Iterable[int]) -> None:
        """Say which chats will be read next, in this order."""
        self._announced.extend(chat_ids)
        self._ask_ahead()

    def read(self, chat_id: int, until: str | None) -> Iterator[Row]:
        """Yield a chat's messages, newest first, as far as needed.

        Args:
            chat_id: the chat.
            until: stop after the page whose oldest message was created before this moment; None: read to the end.

        Rows deleted or added meanwhile may come twice; none is left out.
        """
        self.visited += 1
        read: set[int] = set()
        least, ended = math.inf, False
        for page, ended in self._pages(chat_id, until):  # noqa: B007 - the last value counts
            least = min(least, page.total if page.total is not None else 0)
            read.update(row["id"] for row in page.rows)
            yield from page.rows
        if ended and not read:
            self.without_messages += 1
        if ended and len(read) < least:
            # Pages that were asked for at once show moments in any order: rows may have moved in a way that `total` did
            # not show. Or the API counts what it does not list. Look once more, one page after the other.
            total = 0
            for page, _ in self._pages(chat_id, None, ahead=False):
                total = page.total or 0
                read.update(row["id"] for row in page.rows)
                yield from page.rows
            if len(read) < total:
                self.incomplete.append((chat_id, len(read), total))

    def _ask_ahead(self) -> None:
        while self._announced and len(self._first) < 2 * self._width:
            chat_id = self._announced.popleft()
            if chat_id not in self._first:
                self._first[chat_id] = self._account.messages(chat_id, 0)

    def _pages(self, chat_id: int, until: str | None, *, ahead: bool = True) -> Iterator[tuple[Page, bool]]:
        """Yield the pages, each with whether it is the list's last."""
        offsets = Offsets(f"messages of chat {chat_id}")
        asked: dict[int, Question[Page | None]] = {}
        total: int | None = None
        if ahead and chat_id in self._first:
            asked[0] = self._first.pop(chat_id)
            self._ask_ahead()
        try:
            while (offset := offsets.offset) is not None:
                question = asked.pop(offset, None)
                page = (question or self._account.messages(chat_id, offset)).answer()
                if page is None:
                    # 404 at the start: no chat or no messages. Later: there are no more than `offset`.
                    page = Page([], min(offset, total) if total is not None else None)
                following = offsets.advance(page)
                total = page.total
                if until and following is not None and not offsets.stepped_back and _older(page.rows, until):
                    yield page, False
                    return
                if ahead and until is None and following is not None and total is not None and not offsets.stepped_back:
                    for later in range(following, min(total, following + self._width * PAGE), PAGE):
                        if later not in asked:
                            asked[later] = self._account.messages(chat_id, later)
                yield page, following is None
        finally:
            _cancel(asked)


def _cancel(asked: dict[int, Question[Page | None]]) -> None:
    for question in asked.values():
        question.cancel()
    asked.clear()


def _older(rows: list[Row], until: str) -> bool:
    """Tell whether the page reaches back before a moment.

    Only an order that is truly newest first allows to stop there.
    """
    created = [row.get("createdAt") or "" for row in rows]
    return bool(created) and "" not in created and created[-1] < until and created == sorted(created, reverse=True)
