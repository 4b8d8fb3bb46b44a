"""One chat's messages, page by page, several of them under way at once."""

from __future__ import annotations

import typing as t

from tap_helpcrunch.api.envelope import PAGE, Page
from tap_helpcrunch.sync.offsets import Offsets

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.account import Account, Question
    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.sync.visits import Visit


class Pages:
    """The pages of one visit, the newest messages first."""

    def __init__(self, account: Account, visit: Visit, turn: int = 0) -> None:
        """Ask nothing yet; the turn is the visit's among those that are asked ahead."""
        self.visit = visit
        self._account = account
        self._turn = turn
        self._asked: dict[int, Question[Page | None]] = {}

    @property
    def under_way(self) -> int:
        """How many questions are asked and not taken."""
        return len(self._asked)

    @property
    def waits(self) -> bool:
        """Whether the first page is asked for and not there yet."""
        return 0 in self._asked and self._asked[0].arrived() is None

    def ask(self, offset: int) -> None:
        """Ask for a page, if it is not asked for already."""
        if offset not in self._asked:
            self._asked[offset] = self._account.messages(self.visit.chat_id, offset, self._turn)

    def ask_on(self, most: int) -> int:
        """Ask for up to so many more pages, if the first one is there and tells that there are; return how many."""
        before = len(self._asked)
        first = self._asked[0].arrived() if 0 in self._asked else None
        if first is not None and first.goes_on():
            self._ask_later(first, len(first.rows), most)
        return len(self._asked) - before

    def read(self, width: int) -> Iterator[tuple[Page, bool]]:
        """Yield the pages, each with whether it is the list's last.

        The first one comes when all is asked for that is known to be needed; ``width`` later pages are under way at
        most.
        """
        offsets = Offsets(f"messages of chat {self.visit.chat_id}")
        total: int | None = None
        try:
            while (offset := offsets.offset) is not None:
                self.ask(offset)
                page = self._asked.pop(offset).answer()
                if page is None:
                    # 404 at the start: no chat or no messages. Later: there are no more than `offset`.
                    page = Page([], min(offset, total) if total is not None else None)
                following = offsets.advance(page)
                total = page.total
                if following is not None and not offsets.stepped_back:
                    if self._reaches_back(page.rows):
                        yield page, False
                        return
                    self._ask_later(page, following, width)
                yield page, following is None
        finally:
            for question in self._asked.values():
                question.cancel()
            self._asked.clear()

    def _ask_later(self, page: Page, start: int, most: int) -> None:
        if self.visit.until is None and page.total is not None:
            for offset in range(start, min(page.total, start + most * PAGE), PAGE):
                self.ask(offset)

    def _reaches_back(self, rows: list[Row]) -> bool:
        """Tell whether the page reaches back before the moment that the visit needs.

        Only an order that is truly newest first allows to stop there.
        """
        created = [row.get("createdAt") or "" for row in rows]
        return (
            self.visit.until is not None
            and bool(created)
            and "" not in created
            and created[-1] < self.visit.until
            and created == sorted(created, reverse=True)
        )
