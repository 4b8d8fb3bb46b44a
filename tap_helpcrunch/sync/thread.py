"""One chat's messages, page by page, with several requests in flight."""

from __future__ import annotations

import typing as t

from tap_helpcrunch.api.envelope import PAGE, Page
from tap_helpcrunch.api.errors import UnprovenError
from tap_helpcrunch.sync.any_order import in_any_order
from tap_helpcrunch.sync.descent import Descent
from tap_helpcrunch.sync.source import ByOffset

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.api.questions import Api, Question
    from tap_helpcrunch.sync.evidence import Evidence
    from tap_helpcrunch.sync.round import Round
    from tap_helpcrunch.sync.visit import Visit

KEY = "createdAt"
# A search engine that counts rows may stop at 10,000; no API counts only up to fewer than this.
LOWEST_CAP = 1000


class Thread:
    """The messages of one visit, the newest first.

    If a chat is read whole, the pages behind the first one are requested together and the distinct rows are counted: if
    there are as many as ``total`` says, none is missing. If a chat is not read whole, or does not add up, it is read
    page by page, each joined to the previous one.
    """

    def __init__(self, api: Api, evidence: Evidence, visit: Visit, now: Round | None, turn: int = 0) -> None:
        """Request nothing yet.

        Args:
            api: sends the requests.
            evidence: what the messages of chats have shown.
            visit: the chat, and how far back.
            now: the round.
            turn: the order of the visit among those that are requested ahead.
        """
        self.visit = visit
        self.counted: int | None = None  # messages as the API counts them, where more than it lists
        self.seen: set[int] = set()
        self.asked: dict[int, Question[Page]] = {}  # the pages requested and not used yet, by offset
        self._api = api
        self._evidence = evidence
        self._round = now
        self._turn = turn
        self._first: Page | None = None
        self._name = f"GET /chats/{visit.chat_id}/messages"

    @property
    def waits(self) -> bool:
        """Whether the first page has been requested and has not arrived yet."""
        return 0 in self.asked and self.asked[0].arrived() is None

    def ask(self, offset: int) -> None:
        """Request a page, unless it has been requested already."""
        if offset not in self.asked:
            self.asked[offset] = self._page(offset, self._turn)

    def first(self) -> Page:
        """Return the first page."""
        if self._first is None:
            self.ask(0)
            self._first = self.asked[0].answer()
        return self._first

    def ask_again(self) -> None:
        """Request the first page again."""
        self.asked[0], self._first = self.asked[0].again(), None

    def ask_on(self, limit: int) -> int:
        """Request up to ``limit`` later pages, if the first one has arrived and shows some; return how many."""
        before = len(self.asked)
        first = self.asked[0].arrived() if 0 in self.asked else None
        if first is not None and first.rows:
            for offset in list(self._later(first))[:limit]:
                self.ask(offset)
        return len(self.asked) - before

    def read(self, max_in_flight: int) -> Iterator[list[Row]]:
        """Yield the rows; some may come twice. At most ``max_in_flight`` requests for later pages are in flight.

        Raises:
            UnprovenError: if nothing shows whether all were listed.
        """
        first = self.first()
        question = self.asked.pop(0)
        try:
            yield from self._noted(self._rest(question, first, max_in_flight))
        finally:
            self.cancel()

    def cancel(self) -> None:
        """Forget what was requested and not used; what has not been sent is not."""
        for question in self.asked.values():
            question.cancel()
        self.asked.clear()

    def _rest(self, question: Question[Page], first: Page, max_in_flight: int) -> Iterator[list[Row]]:
        if not first.rows or (self._evidence.is_last(first) and not self._may_lag(first, first)):
            yield first.rows
            return
        later = self._later(first)
        if not later:
            yield from self._joined(question)
            return
        yield first.rows
        last = yield from self._at_offsets(later, max_in_flight)
        self._evidence.note_end(last, later[-1])
        counted = max(first.total or 0, self._evidence.total(last) or 0)
        if len(self.seen) < counted or self._may_lag(first, last) or self._goes_on(last, later[-1]):
            yield from self._once_more(first)

    def _may_lag(self, first: Page, last: Page) -> bool:
        """Return whether a message may be listed but not counted yet, and so have pushed one off a full last page."""
        if self._round is None or len(last.rows) < PAGE:
            return False
        return max(row.get(KEY) or "" for row in first.rows) >= self._round.moment

    def _goes_on(self, last: Page, offset: int) -> bool:
        """Return whether rows follow a full last page, where ``total`` may have stopped counting."""
        if len(last.rows) < PAGE or offset + PAGE < LOWEST_CAP:
            return False
        return bool(self._page(offset + PAGE).answer().rows)

    def _once_more(self, first: Page) -> Iterator[list[Row]]:
        """Read what did not add up again, page by page, and note what the count was worth."""
        yield from self._joined(self._page(0))
        if len(self.seen) < (self._evidence.total(first) or 0):
            self._evidence.counts_wrong()
        self.counted = first.total
        if first.repeats and len(self.seen) < (first.total or 0):
            raise UnprovenError(f"{self._name} lists a message twice and another not at all")

    def _later(self, first: Page) -> range:
        """Return the offsets of the pages behind the first one, if the chat is read whole."""
        if self.visit.until is not None:
            return range(0)
        return range(len(first.rows), self._evidence.total(first) or 0, len(first.rows))

    def _at_offsets(self, offsets: range, max_in_flight: int) -> t.Generator[list[Row], None, Page]:
        page = Page([])
        for number, offset in enumerate(offsets):
            for ahead in offsets[number : number + max_in_flight]:
                self.ask(ahead)
            page = self.asked.pop(offset).answer()
            yield page.rows
        return page

    def _joined(self, question: Question[Page]) -> Iterator[list[Row]]:
        source = ByOffset(self._name, KEY, self._evidence, self._page)
        source.is_odd = lambda row: not row.get(KEY)
        source.looks_behind = False  # it would cost one request per chat
        try:
            yield from Descent(source, stop=self.visit.until or "", question=question)
        except UnprovenError:
            yield from in_any_order(self._name, self._read)

    def _page(self, offset: int, turn: int = 0) -> Question[Page]:
        return self._api.messages(self.visit.chat_id, offset, turn, optional=self.visit.again)

    def _read(self, offset: int) -> tuple[Page, bool]:
        page = self._page(offset).answer()
        is_last = self._evidence.is_last(page, offset)
        return Page(page.rows, self._evidence.proven_total(page)), is_last

    def _noted(self, pages: Iterator[list[Row]]) -> Iterator[list[Row]]:
        for rows in pages:
            self.seen.update([row["id"] for row in rows])
            yield rows
