"""A list sorted by a time, newest first: how to request its pages, and what shows that two of them join.

A search is read by key ("created at or before"), which neither additions nor deletions disturb; a listing by offset.
"""

import itertools
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from tap_helpcrunch.api.envelope import PAGE, Counts, Page, Row
from tap_helpcrunch.api.errors import RejectedError, UnprovenError
from tap_helpcrunch.api.questions import Question
from tap_helpcrunch.api.times import second, seconds, to_moment

# A place in a list that goes from the newest row to the oldest: a row's time and id; the id 0 is behind all rows of the
# second. Places compare as tuples do, so a walk can stop and resume inside a second that many rows share.
Place = tuple[str, int]
TOP: Place = ("~", 0)  # above every row
BOTTOM: Place = ("", 0)  # behind the last one


def of(row: Row, key: str) -> Place:
    """Return a row's place in a list sorted by this field; rows without it are at the bottom."""
    return row.get(key) or "", row["id"]


def newest_first(rows: Iterable[Row], key: str) -> list[Row]:
    """Return the rows in the order of their places."""
    return sorted(rows, key=lambda row: of(row, key), reverse=True)


class Window:
    """A page of a list that is sorted by a field: from an offset on, or of rows until a time ("" for all)."""

    def __init__(self, page: Page, key: str, *, offset: int = 0, until: str = "") -> None:
        self.page, self.offset, self.until = page, offset, until
        self.dated = [row for row in page.rows if row.get(key)]  # those that have it

    def shows_only(self, seen: set[int]) -> bool:
        """Return whether no row is new."""
        return seen.issuperset(row["id"] for row in self.page.rows)


class _Feed:
    """What both kinds have in common: ``counts`` is what the endpoint has shown, ``name`` is for error messages."""

    # Whether a short page counts as the last one only if the next request shows nothing more, where no total proves it.
    looks = True

    def __init__(
        self,
        name: str,
        key: str,
        counts: Counts,
        ask: Callable[..., Question[Page]],
        is_odd: Callable[[list[Row]], bool] | None = None,
    ) -> None:
        self.name, self.key, self.counts, self._ask = name, key, counts, ask
        # Whether rows lack what they must show; by default, all must have the time.
        self.is_odd = is_odd or (lambda rows: not all(row.get(key) for row in rows))
        self._hides: Callable[[list[Row]], set[int]] = lambda rows: {it["id"] for it in rows if is_odd and is_odd([it])}
        self._hidden: set[int] = set()  # rows that lack what they must show when they are requested again, too
        self.counted = 0  # the largest ``total`` so far

    def is_in_order(self, page: Page) -> bool:
        """Return whether the rows of a page that have the time are sorted by its second, newest first."""
        times = [self.bucket(row) for row in page.rows if row.get(self.key)]
        return times == sorted(times, reverse=True)

    def bucket(self, row: Row) -> str:
        """Return a row's second: filters take whole seconds, and within one, rows may come in any order."""
        return second(row[self.key])

    def ties(self, rows: list[Row]) -> int:
        """Return how many rows share the last one's second."""
        return sum(self.bucket(row) == self.bucket(rows[-1]) for row in rows)

    def asked_twice(self, ask: Callable[[], Page], offset: int) -> Page:
        """Return a page; one that is shorter than it should be, not in order or lacks times is requested twice."""
        page = ask()
        self.counted = max(self.counted, self.counts.total(page) or 0)
        is_long = self.counts.is_long(page, offset)
        hidden = self._hides(page.rows) - self._hidden
        if is_long and self.is_in_order(page) and not hidden:
            return page
        self._hidden |= hidden
        again = ask()
        ids = {row["id"] for row in page.rows}
        if is_long or len(again.rows) > len(page.rows) or any(row["id"] not in ids for row in again.rows):
            return again
        self.counts.short |= {len(page.rows)} - {0}
        return page


class KeyFeed(_Feed):
    """A search, read by key with ``ask(offset, *conditions)``, each condition an operator and epoch seconds."""

    def first(self, place: Place, guess: int) -> Window:  # noqa: ARG002 - a place needs no offset here
        """Request the rows behind a place."""
        if place != TOP:
            return self._window(place[0]) if place[1] else self._window("", ("<", seconds(place[0])))
        window = self._window()
        if not window.dated or not self.counts.may_be_cut(window.page) or self.ties(window.dated) < len(window.dated):
            return window
        # All rows have the same second, so newer ones are requested: any make it a page that is not in order.
        edge = self.bucket(window.dated[0])
        above = self._ask(0, (">", seconds(edge))).answer().rows
        newer = [row for row in above if row.get(self.key) and self.bucket(row) > edge]
        return Window(Page([*window.page.rows, *newer], window.page.total), self.key)

    def follow(self, last: Window, further: int) -> Window:
        """Request the rows of the last second and before."""
        return self._window(last.dated[max(0, len(last.dated) - self.ties(last.dated) * further)][self.key])

    def joins(self, window: Window, last: Window) -> bool:
        """Return whether it shows a row of the last page."""
        return not {row["id"] for row in window.page.rows}.isdisjoint(row["id"] for row in last.page.rows)

    def is_crowd(self, window: Window, edge: str) -> bool:  # noqa: ARG002
        """Return True: it began with the last second."""
        return True

    def crowd(self, window: Window, edge: str) -> Callable[[int], tuple[Page, bool]]:  # noqa: ARG002
        """Return what reads the rows of one second, which ``passes`` calls with offsets."""

        def read(offset: int) -> tuple[Page, bool]:
            page = self._ask(offset, (">=", seconds(edge)), ("<=", seconds(edge) + 1)).answer()
            # A row without its time counts as not seen yet.
            rows = [row for row in page.rows if row.get(self.key)]
            return Page(rows, page.total), self.counts.is_last(page, offset)

        return read

    def _window(self, until: str = "", *conditions: tuple[str, int]) -> Window:
        # A second more than shown: what is stored may have fractions that are not shown.
        asked = (("<=", seconds(until) + 1),) if until else conditions
        page = self.asked_twice(lambda: self._ask(0, *asked).answer(), 0)
        bound = to_moment(datetime.fromisoformat(second(until)) + timedelta(seconds=2)) if until else ""
        return Window(page, self.key, until=bound)


class OffsetFeed(_Feed):
    """A listing, read by ``ask(offset=...)``."""

    nulls = 0  # how many rows without the time come before the newest: a guess, then the number

    def first(self, place: Place, guess: int) -> Window:
        """Request the page that begins with the last row before a place, and shows those behind."""
        window = self.seek(place, guess or self.nulls - 1)
        if place == TOP:
            return self._newest(window)
        if not window.dated and not self._hides_times(window):
            raise UnprovenError(f"{self.name} shows none of the known rows")
        if not place[1] and self._is_above(window, place):  # the list ends here, if the same answer comes twice
            window = self.at(window.offset)
            if self._is_above(window, place):
                return Window(Page([]), self.key)
        return window

    def _is_above(self, window: Window, place: Place) -> bool:
        return all(of(row, self.key) >= place for row in window.dated)

    def _newest(self, window: Window) -> Window:
        """Return the page with the newest row; note how many rows without the time come before it."""
        if not window.dated and self.counts.may_be_cut(window.page) and not self._ends_at(window):
            raise UnprovenError(f"{self.name}: a page is empty")
        leading = sum(1 for _ in itertools.takewhile(lambda row: not row.get(self.key), window.page.rows))
        self.nulls = window.offset + leading if leading else 0
        return window

    def follow(self, last: Window, further: int) -> Window:
        """Request the rows from the one before those of the last time on."""
        size, ties = last.page.rows.index(last.dated[-1]) + 1, self.ties(last.dated)
        back = min((ties + 1) * further, max(ties + 1, size - 1))
        return self.at(max(0, last.offset + size - back))

    def joins(self, window: Window, last: Window) -> bool:
        """Return whether it begins above the rows of the last page's last time."""
        if window.offset == 0 or not window.dated:
            return window.offset == 0
        # Where rows without the time come first, the newest row follows them.
        is_after_nulls = window.offset < self.nulls and not window.page.rows[0].get(self.key)
        return is_after_nulls or self.bucket(window.dated[0]) > self.bucket(last.dated[-1])

    def is_crowd(self, window: Window, edge: str) -> bool:
        """Return whether half of the page or more has this time."""
        return sum(self.bucket(row) == edge for row in window.dated) >= len(window.dated) // 2

    def crowd(self, window: Window, edge: str) -> Callable[[int], tuple[Page, bool]]:
        """Return what reads the rows of one time, which ``passes`` calls with offsets."""
        begin = window.offset + sum(1 for row in window.dated if self.bucket(row) > edge)

        def read(offset: int) -> tuple[Page, bool]:
            at = self.at(begin + offset, twice=False)
            is_over = bool(at.dated) and self.bucket(at.dated[-1]) < edge
            rows = [row for row in at.dated if self.bucket(row) >= edge]  # newer ones, too: an odd page may hide them
            return Page(rows), is_over or self.counts.is_last(at.page, at.offset)

        return read

    def at(self, offset: int, *, twice: bool = True) -> Window:
        """Request the page at an offset."""
        question = partial(self._ask, offset=offset)
        page = self.asked_twice(lambda: question().answer(), offset) if twice else question().answer()
        return Window(page, self.key, offset=offset)

    def seek(self, place: Place, guess: int) -> Window:
        """Return a page that begins above a place and shows rows behind it, or the last page."""
        try:
            return self._sought(place, guess)
        except UnprovenError:  # perhaps because of one odd answer
            return self._sought(place, guess)

    def _sought(self, place: Place, guess: int) -> Window:
        """Seek a place from a guess: further and further up, then down."""
        window = None
        with suppress(RejectedError):  # an offset that far may be refused
            window = self.at(guess) if guess > 0 else None
        window = window or self.at(0)
        top = window if window.offset == 0 else self.at(0)
        nulls_first = self.nulls_come_first(top)
        window, edge = top if self._hides_times(window) else window, second(place[0])

        def is_above(row: Row) -> bool:
            if not row.get(self.key):
                return nulls_first
            # Rows of the place's second may come in any order, so all of them must follow; with the id 0, none.
            return self.bucket(row) > edge or (self.bucket(row) == edge and not place[1])

        back = window.offset if place == TOP else PAGE
        while window.offset and not any(map(is_above, window.page.rows[:1])):
            window, back = self.at(window.offset - back) if window.offset > back else top, back * 4
        return self._down(window, is_above)

    def _down(self, window: Window, is_above: Callable[[Row], bool]) -> Window:
        """Return the first page from this one on that does not end above the place, or the last one."""
        seen: set[int] = set()
        while not self._ends_at(window) and is_above((rows := window.page.rows)[-1]):
            seen.update(row["id"] for row in rows)
            further = window.offset + max(1, len(rows) - 1)
            below = self.at(further)
            if below.shows_only(seen) and (below := self.at(further)).shows_only(seen):
                if len(rows) == 1 or len(below.page.rows) == 1:
                    break
                raise UnprovenError(f"{self.name}: pages repeat or are empty")
            if below.dated[:1] == below.page.rows[:1] and not is_above(below.dated[0]):
                break  # rows were deleted meanwhile, and what follows this page has to join it
            window = below
        return window

    def _ends_at(self, window: Window) -> bool:
        """Return whether nothing is to be sought behind a page: it is the last one, or hides the times."""
        return self._hides_times(window) or self.counts.is_last(window.page, window.offset) or not window.page.rows

    def _hides_times(self, window: Window) -> bool:
        """Return whether an answer lacks times, and so does not tell whether they come first or last."""
        return bool(window.page.rows) and self.is_odd(window.page.rows)

    def nulls_come_first(self, top: Window) -> bool:
        """Return whether rows without the time come before the others, by the first page."""
        top = self.at(0) if self._hides_times(top) else top
        return bool(top.page.rows) and not top.page.rows[0].get(self.key)


Feed = KeyFeed | OffsetFeed
