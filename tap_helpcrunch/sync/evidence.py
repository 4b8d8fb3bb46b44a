"""What the answers of a run have shown about one kind of list: how long its pages are, and what its ``total`` counts.

``total`` may be absent, off by one, the number of rows of the page, or that of all rows in spite of a filter. It ends a
list without a further request only if an answer has shown that it counts more than its own page; and a list that is one
full page, only if a longer list has ended where its ``total`` said.
"""

from __future__ import annotations

from tap_helpcrunch.api.envelope import PAGE, Page

# No API has a lower limit than this.
SHORTEST_LIMIT = 10
# A page with this share of the limit may be a full one that a few rows were left out of.
NEARLY = 0.9


class Limit:
    """The longest page of the run, over all kinds of lists: a shorter one was not cut off by a limit."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.longest = SHORTEST_LIMIT
        self._twice: int | None = None

    def explains(self, rows: int) -> bool:
        """Return whether a limit explains a page of ``rows`` rows: the one requested, or one seen twice."""
        return rows >= PAGE or rows == self._twice

    def note_twice(self, rows: int) -> None:
        """Note the length of a page that was as short when it was requested again."""
        self._twice = rows

    def cuts(self, rows: int) -> bool:
        """Return whether a page of ``rows`` rows may have been cut off."""
        return rows >= min(self.longest, PAGE)

    def nearly_cuts(self, rows: int) -> bool:
        """Return whether a page of ``rows`` rows and a few that were left out may have been cut off."""
        return rows >= NEARLY * min(self.longest, PAGE)


class Evidence:
    """One kind of list, like ``GET /chats`` or the messages of a chat."""

    def __init__(self, limit: Limit) -> None:
        """Share the limit with the other kinds."""
        self.limit = limit
        self.has_rows = False
        self._counts: bool | None = None  # whether `total` counts the list's rows; None: not shown yet
        self._ended_at_total = False  # whether a list of several pages had as many rows as its `total`

    def total(self, page: Page) -> int | None:
        """Return a page's ``total``, unless it has been shown to be wrong."""
        return None if self._counts is False else page.total

    def proven_total(self, page: Page) -> int | None:
        """Return a page's ``total`` if it has been shown to count the list's rows."""
        return page.total if self._counts else None

    def is_last(self, page: Page, offset: int = 0) -> bool:
        """Return whether no row follows the page, which began at this offset.

        If the limit may have cut the page off, only a ``total`` that was shown to count proves that it is the last;
        otherwise only the next page does.
        """
        count = len(page.rows)
        cut, nearly_cut = self.limit.cuts(count + page.repeats), self.limit.nearly_cuts(count + page.repeats)
        self._note(page, offset)
        self.note_end(page, offset)
        total = self.total(page)
        if total is None or total < offset + count:
            return not nearly_cut
        if total != offset + count or not cut:
            return total == offset + count
        return self._ended_at_total or (self._counts is True and count + page.repeats < PAGE)

    def _note(self, page: Page, offset: int) -> None:
        """Note what a page shows about the limit and ``total``."""
        count = len(page.rows)
        # A row shown twice takes up two places on the page, so the limit may have cut it off at fewer distinct rows.
        self.limit.longest = max(self.limit.longest, count + page.repeats)
        self.has_rows = self.has_rows or count > 0
        if page.total is not None and count:
            if page.total < offset + count:
                self._counts = False
            elif page.total > count and self._counts is None:
                self._counts = True

    def note_end(self, page: Page, offset: int) -> None:
        """Note whether a page that is not the first ends where ``total`` says: it does not count the rows of a page."""
        self._ended_at_total |= offset > 0 and page.total == offset + len(page.rows)

    def counts_wrong(self) -> None:
        """Note that a list ended before its ``total``: from now on, this kind is read without it."""
        self._counts = False
