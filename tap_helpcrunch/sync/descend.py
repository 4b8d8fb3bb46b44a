"""Reads any list from its newest row to its oldest: pages that join, or a count that proves the whole.

Each page repeats the last rows of the one before, down to where the rows of its last time begin, because those may
change places at every request. Where the overlap does not come back, rows may be missing between the two (some were
deleted, an offset was ignored, an answer was empty), so the walk looks again, further back.
"""

from collections.abc import Callable, Iterator

from tap_helpcrunch.api.envelope import Counts, Page, Row
from tap_helpcrunch.api.errors import UnprovenError
from tap_helpcrunch.sync.feeds import TOP, Feed, Place, Window, newest_first

# How many rows further back each try begins, times those that must come again. No loop has more tries than these.
TRIES = (1, 1, 4, 16, 64)
# If neither a count nor pages that join prove that all were seen, so many passes without a new row do: a pass through
# three pages that are shuffled at every request misses a given row one time in four.
QUIET_PASSES, MOST_PASSES = 12, 60
OVERLAP = 3  # rows that the next page of a pass must repeat, in the same order: one alone may be there by chance


def begin(feed: Feed, place: Place = TOP, guess: int = 0, known: Window | None = None) -> Window:
    """Return the first page behind a place; with the id 0, behind all rows of its time. It may be near an offset.

    If that page was read already, it is ``known``, and requested again only if something is wrong with it.
    """
    given = [known] if known else []
    return _checked(feed, lambda _further: given.pop() if given else feed.first(place, guess), None)


def descend(feed: Feed, window: Window, stop: str = "") -> Iterator[list[Row]]:
    """Yield the rows from a first page on (and some above its place): complete down to the last row yielded.

    The page with a row older than ``stop`` is the last one, and is yielded whole.

    Raises:
        UnprovenError: pages do not join, or are not in the requested order, however often they are requested.
    """
    edge = _Edge(feed)
    while True:
        lowest = min(map(feed.bucket, window.dated), default="")
        is_later, lacks = lowest < edge.time, edge.lacks(window)
        if (is_later or not lacks) and _ends(feed, window, stop, is_later=is_later):
            break
        if is_later:
            above = edge.move(window, lowest)
            if above:
                yield newest_first(above, feed.key)
        elif lacks or feed.counts.may_be_cut(window.page):
            crowd = _crowd(feed, window, edge.time)
            yield newest_first((edge.pool(window) | crowd).values(), feed.key)
            window = begin(feed, (edge.time, 0), window.offset + len(crowd) - 1)
            edge = _Edge(feed)
            continue
        else:
            feed.counts.wrong |= window.page.total is not None  # it counts rows that are not listed
            break
        last = window
        window = _checked(feed, lambda further: feed.follow(last, further), last)  # noqa: B023 - called at once
    rest = edge.pool(window)
    if rest:
        yield newest_first(rest.values(), feed.key)


class _Edge:
    """The last time of the pages so far; its rows are held, since the next page may show more of them."""

    def __init__(self, feed: Feed) -> None:
        self.time = TOP[0]
        self._feed = feed
        self._held: dict[int, Row] = {}

    def pool(self, window: Window) -> dict[int, Row]:
        """Return the rows that were held, and those of a page that were not yielded yet."""
        return self._held | {row["id"]: row for row in window.dated if self._feed.bucket(row) <= self.time}

    def lacks(self, window: Window) -> bool:
        """Return whether a page lacks rows that the one before showed of its last time."""
        return not self._held.keys() <= {row["id"] for row in window.dated}

    def move(self, window: Window, lowest: str) -> list[Row]:
        """Move down to the last time of a page; return the rows above it."""
        pool = self.pool(window)
        self.time = lowest
        self._held = {number: row for number, row in pool.items() if self._feed.bucket(row) == lowest}
        return [row for number, row in pool.items() if number not in self._held]


def _ends(feed: Feed, window: Window, stop: str, *, is_later: bool) -> bool:
    """Return whether a page is the last one that is needed."""
    rows, key = window.page.rows, feed.key
    if not window.dated or window.dated[-1][key] < stop:
        return True
    if not any(row.get(key) for row in rows[-OVERLAP:]):
        return True  # rows without the time follow; one alone may stand anywhere
    # A short page alone proves nothing: rows may be left out. Nor does a total if the page is full: it may be low.
    is_short = is_later and feed.counts.total(window.page) is None
    is_unsure = feed.looks and (is_short or feed.counts.may_be_cut(window.page))
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
    if not window.page.rows:
        # It was requested twice. It is no answer if a row that was seen before is requested.
        return "a page is empty" if last or window.until else None
    if feed.is_odd(window.page.rows):
        return f"rows lack {feed.key}"
    if not feed.is_in_order(window.page):
        return f"the rows are not in the requested order of {feed.key}"
    if window.until and any(row[feed.key] > window.until for row in window.dated[:1]):
        return f"the filter by {feed.key} is ignored"
    return _gap(feed, window, last) if last else None


def _gap(feed: Feed, window: Window, last: Window) -> str | None:
    """Return why rows may be missing between two pages, if they may."""
    undated = {row["id"] for row in window.page.rows if not row.get(feed.key)}
    if not undated.isdisjoint(row["id"] for row in last.dated):
        return f"rows lack the {feed.key} that they had"
    if not feed.joins(window, last):
        return "pages do not join"
    edge = feed.bucket(last.dated[-1])
    if not feed.counts.may_be_cut(window.page) or feed.is_crowd(window, edge):
        return None
    return None if not window.dated or feed.bucket(window.dated[-1]) < edge else "pages repeat"


def _crowd(feed: Feed, window: Window, edge: str) -> dict[int, Row]:
    """Return the rows of a time that fills more than a page, read in passes."""
    crowd: dict[int, Row] = {}
    for rows in passes(feed.name, feed.crowd(window, edge), feed.counts):
        crowd |= {row["id"]: row for row in rows if not window.until or feed.bucket(row) == edge}
    if crowd.keys().isdisjoint(row["id"] for row in window.dated):
        raise UnprovenError(f"{feed.name}: rows with the same time were not found again")
    return crowd


class _Pass:
    """One reading of a list by offset; the ids in ``seen`` are known, and it adds those that it finds."""

    def __init__(self, seen: set[int]) -> None:
        self._seen, self._before = seen, list[int]()
        self.joined = True  # whether each page began with the last rows of the one before
        self.is_cut = False  # whether it ended at a page that repeats the one before, or at an empty one
        self.totals: list[int] = []  # how many rows there are, as each page has said; none if pages do not say

    def pages(self, read: Callable[[int], tuple[Page, bool]], counts: Counts, offset: int) -> Iterator[list[Row]]:
        """Yield the rows of each page that are new, from an offset on."""
        is_over = False
        while not is_over:
            page, is_last = read(offset)
            total, ids = counts.total(page), [row["id"] for row in page.rows]
            self.totals += [total] if counts.proven and total else []
            if fresh := [row for row in page.rows if row["id"] not in self._seen]:
                self._seen.update(ids)
                yield fresh
            is_over = self._is_over(ids, is_last=is_last)
            offset += max(1, len(ids) - OVERLAP)

    def _is_over(self, ids: list[int], *, is_last: bool) -> bool:
        """Return whether a page ends the reading; note whether it joins the one before."""
        tail, expected = self._before[-OVERLAP:], self._before[max(1, len(self._before) - OVERLAP) :]
        self.joined &= bool(ids or tail) and ids[: len(expected)] == expected
        self.is_cut = not is_last and len(self._before) > OVERLAP and ids in ([], self._before)
        self._before = ids
        return is_last or self.is_cut or not ids or ids == tail[-len(ids) :]


def passes(name: str, read: Callable[[int], tuple[Page, bool]], counts: Counts, start: int = 0) -> Iterator[list[Row]]:
    """Yield every row of a list without a reliable order once: it is read by offset until nothing new comes.

    ``read`` returns the page at an offset, with a ``total`` if it counts what is read, and whether it is the last. The
    rows before the offset ``start`` are known.
    """
    seen: set[int] = set()
    quiet, totals = 0, list[int]()
    for _ in range(MOST_PASSES):
        this, before = _Pass(seen), len(seen)
        yield from this.pages(read, counts, start)
        quiet = quiet + 1 if len(seen) == before else 0
        totals += this.totals
        if _is_whole(this, totals, start, len(seen), quiet):
            return
        if this.is_cut and quiet:
            break
    raise UnprovenError(f"{name}: pages repeat, are empty or differ in every reading, after {len(seen)} rows")


def _is_whole(this: _Pass, totals: list[int], start: int, seen: int, quiet: int) -> bool:
    """Return whether nothing is missing after this many passes in a row without a new row."""
    # Where rows were deleted meanwhile, those that were seen before that say nothing about those that are left.
    is_counted = bool(totals) and totals == sorted(totals)
    if is_counted and start + seen >= totals[-1]:
        return True
    if this.joined and not this.is_cut and (quiet or not totals):
        return True
    return quiet >= QUIET_PASSES or (quiet > 1 and not seen)
