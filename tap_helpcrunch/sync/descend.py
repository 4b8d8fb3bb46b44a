"""Reads any list from its newest row to its oldest: pages that join, or a count that proves the whole.

Each page repeats the last rows of the one before, down to where the rows of its last time begin, because those may
change places at every request. Where the overlap does not come back, rows may be missing between the two (some were
deleted, an offset was ignored, an answer was empty), so the walk looks again, further back.
"""

from __future__ import annotations

import typing as t

from tap_helpcrunch.api.errors import UnprovenError
from tap_helpcrunch.sync.feeds import TOP, newest_first

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_helpcrunch.api.envelope import Counts, Page, Row
    from tap_helpcrunch.sync.feeds import Feed, Place, Window

# How many rows further back each try begins, times those that must come again. Each loop ends: no more tries than this.
TRIES = (1, 1, 4, 16, 64)
# If neither a count nor pages that join prove that all were seen, so many passes without a new row do: a pass through
# three pages that are shuffled at every request misses a given row one time in four.
QUIET_PASSES, MOST_PASSES = 12, 60
OVERLAP = 3  # rows that the next page of a pass must repeat, in the same order: one alone may be there by chance


def begin(feed: Feed, place: Place = TOP, guess: int = 0, known: Window | None = None) -> Window:
    """Return the first page behind a place.

    Args:
        feed: the list.
        place: where to begin; with the id 0, behind all rows of its time.
        guess: the offset where the place may be.
        known: the page, if it was read already; requested again if something is wrong with it.

    Raises:
        UnprovenError: the page is not in the requested order, however often it is requested.
    """
    given = [known] if known else []
    return _checked(feed, lambda _further: given.pop() if given else feed.first(place, guess), None)


def descend(feed: Feed, window: Window, stop: str = "") -> Iterator[list[Row]]:
    """Yield the rows from a first page on (and some above its place): complete down to the last row yielded.

    Args:
        feed: the list.
        window: its first page, from ``begin``.
        stop: a time; the page with an older row is the last one, and is yielded whole.

    Raises:
        UnprovenError: pages do not join, or are not in the requested order, however often they are requested.
    """
    edge = TOP[0]  # the last time of the pages so far; its rows are held, since the next page may show more of them
    held: dict[int, Row] = {}
    while True:
        pool = held | {row["id"]: row for row in window.dated if feed.bucket(row) <= edge}
        lowest = min(map(feed.bucket, window.dated), default="")
        is_later = lowest < edge
        lacks = not held.keys() <= {row["id"] for row in window.dated}  # what the page before showed of its last time
        if (is_later or not lacks) and _ends(feed, window, stop, is_later=is_later):
            break
        if is_later:
            edge = lowest
            held = {number: row for number, row in pool.items() if feed.bucket(row) == edge}
            if len(held) < len(pool):
                yield newest_first((row for number, row in pool.items() if number not in held), feed.key)
        elif lacks or feed.counts.may_be_cut(window.page):
            crowd = _crowd(feed, window, edge)
            yield newest_first((pool | crowd).values(), feed.key)
            window = begin(feed, (edge, 0), window.offset + len(crowd) - 1)
            held, edge = {}, TOP[0]
            continue
        else:
            feed.counts.wrong |= window.page.total is not None  # it counts rows that are not listed
            break
        last = window
        window = _checked(feed, lambda further: feed.follow(last, further), last)  # noqa: B023 - called at once
    if pool:
        yield newest_first(pool.values(), feed.key)


def _ends(feed: Feed, window: Window, stop: str, *, is_later: bool) -> bool:
    """Return whether a page is the last one that is needed."""
    rows, key = window.page.rows, feed.key
    if not window.dated or window.dated[-1][key] < stop:
        return True
    if not any(row.get(key) for row in rows[-OVERLAP:]):
        return True  # rows without the time follow; one alone may stand anywhere
    # If only its length makes it the last one: one that rows were left out of is as short.
    is_unsure = feed.looks and is_later and feed.counts.total(window.page) is None
    return feed.counts.is_last(window.page, window.offset) and not is_unsure


def _checked(feed: Feed, ask: Callable[[int], Window], last: Window | None) -> Window:
    """Return a page that is in order and joins the last one."""
    wrong: str | None = None
    for further in TRIES:
        window = ask(further)
        wrong = _fault(feed, window, last)
        if wrong is None:
            return window
    raise UnprovenError(f"{feed.name}: {wrong}")


def _fault(feed: Feed, window: Window, last: Window | None) -> str | None:
    """Return what is wrong with a page, if anything."""
    rows = window.page.rows
    if not rows:
        # It was requested twice. It is no answer if a row that was seen before is requested.
        return "a page is empty" if last or window.until else None
    dated_before = {row["id"] for row in last.dated} if last else set()
    if feed.is_odd(rows) or any(row["id"] in dated_before and not row.get(feed.key) for row in rows):
        return f"rows lack {feed.key}"
    if not feed.is_in_order(window.page):
        return f"the rows are not in the requested order of {feed.key}"
    if window.until and any(row[feed.key] > window.until for row in window.dated[:1]):
        return f"the filter by {feed.key} is ignored"
    return _gap(feed, window, last) if last else None


def _gap(feed: Feed, window: Window, last: Window) -> str | None:
    """Return why rows may be missing between two pages, if they may."""
    if not feed.joins(window, last):
        return "pages do not join"
    edge = feed.bucket(last.dated[-1])
    is_later = not window.dated or feed.bucket(window.dated[-1]) < edge
    is_crowd = feed.is_crowd(window, edge)
    return None if is_later or is_crowd or not feed.counts.may_be_cut(window.page) else "pages repeat"


def _crowd(feed: Feed, window: Window, edge: str) -> dict[int, Row]:
    """Return the rows of a time that fills more than a page, read in passes."""
    known = {row["id"] for row in window.dated if feed.bucket(row) == edge}
    crowd: dict[int, Row] = {}
    for rows in passes(feed.name, feed.crowd(window, edge), feed.counts):
        crowd |= {row["id"]: row for row in rows if row.get(feed.key) and feed.bucket(row) == edge}
    if not known & crowd.keys():
        raise UnprovenError(f"{feed.name}: rows with the same time were not found again")
    return crowd


class _Pass:
    """One reading of a list by offset.

    Attributes:
        joined: whether each page began with the last rows of the one before.
        is_cut: whether it ended at a page that repeats the one before, or at an empty one.
        total: how many rows there are, as far as a page has said.
    """

    def __init__(self, cursor: list[int]) -> None:
        """Begin where an earlier reading ended, if the cursor says so."""
        self.skipped = max(0, cursor[0] - OVERLAP) if cursor else 0
        self._tail = cursor[1:] if self.skipped else []
        self.joined, self.is_cut, self.total = True, False, 0

    def pages(self, read: Callable[[int], tuple[Page, bool]], counts: Counts) -> Iterator[list[Row]]:
        """Yield the rows of each page."""
        offset, before = self.skipped, list[int]()
        while True:
            page, is_last = read(offset)
            ids = [row["id"] for row in page.rows]
            self.joined &= bool(ids) and ids[: len(self._tail)] == self._tail
            self.total = max(self.total, (counts.total(page) if counts.proven else None) or 0)
            self.is_cut = not is_last and len(before) > OVERLAP and ids in ([], before)
            yield page.rows
            if is_last or self.is_cut or not ids or ids == self._tail[-len(ids) :]:
                return
            offset, before, self._tail = offset + max(1, len(ids) - OVERLAP), ids, ids[-OVERLAP:]


def passes(
    name: str, read: Callable[[int], tuple[Page, bool]], counts: Counts, cursor: list[int] | None = None
) -> Iterator[list[Row]]:
    """Yield every row of a list without a reliable order once: it is read by offset until nothing new comes.

    Args:
        name: the name of the list, for error messages.
        read: returns the page at an offset, with a ``total`` if it counts what is read, and whether it is the last.
        counts: what the list's ``total`` has shown.
        cursor: how many rows were read before, and the ids of the last of them, with which the first pass has to join;
            emptied if it does not.

    Raises:
        UnprovenError: pages repeat, or are empty, before all rows were seen.
    """
    seen: set[int] = set()
    cursor = [] if cursor is None else cursor
    quiet = 0
    for _ in range(MOST_PASSES):
        this, before = _Pass(cursor), len(seen)
        for rows in this.pages(read, counts):
            fresh = [row for row in rows if row["id"] not in seen]
            seen.update(row["id"] for row in fresh)
            if fresh:
                yield fresh
        if this.skipped and not this.joined:
            cursor.clear()
            continue
        quiet = quiet + 1 if len(seen) == before else 0
        if _is_whole(this, len(seen), quiet):
            return
        if this.is_cut and quiet:
            raise UnprovenError(f"{name}: pages repeat or are empty after {len(seen)} rows")
    raise UnprovenError(f"{name}: every reading shows other rows")


def _is_whole(this: _Pass, seen: int, quiet: int) -> bool:
    """Return whether nothing is missing after this many passes in a row without a new row."""
    if this.total and this.skipped + seen >= this.total:
        return True
    if this.joined and not this.is_cut and (quiet or not this.total):
        return True
    return quiet >= QUIET_PASSES or (quiet > 1 and not seen)
