"""Which chats changed since a moment: those with a newer message, and those that were created, closed or edited.

No chat has an ``updatedAt``: the listing by last message shows most changes, a search the others that the API tells.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from tap_helpcrunch import logger
from tap_helpcrunch.api import errors
from tap_helpcrunch.api.envelope import Counts, Page, Row
from tap_helpcrunch.api.questions import Api, condition
from tap_helpcrunch.api.times import DAWN, earlier, second, seconds
from tap_helpcrunch.sync.descend import begin, descend
from tap_helpcrunch.sync.feeds import OffsetFeed, Window
from tap_helpcrunch.sync.lists import EVER, Lists, settled
from tap_helpcrunch.sync.rounds import Round

CREATED, MOVED = "createdAt", "lastMessageAt"
# The times by which to search for what was created, closed or edited; each later way relies on less of the search.
WAYS = ((CREATED, "closedAt", "updatedAt"), (CREATED, "closedAt"), ("closedAt",), ())
BY_ANY, BY_TWO, BY_CLOSING, BY_LISTING = range(4)
NO_SEARCH = "%s: chats that were closed arrive with the next refresh"
MOST_MISSING = 3  # chats to look for one by one: they may be deleted
FAR_FUTURE = 2_000_000_000  # epoch seconds; in the year 2033, and within 32 bits


def activity(row: Row) -> str:
    """Return the newest moment that a chat's row shows."""
    names = (CREATED, MOVED, "lastCustomerMessageAt", "closedAt", "updatedAt")
    return max(row.get(name) or DAWN for name in names)


def shown(row: Row) -> str | None:
    """Return when a chat's last message came, by its row: "" if there is none, None if the row does not say."""
    is_hidden = MOVED not in row or row.get("lastCustomerMessageAt") or row.get("lastMessageId")  # as after a note
    return row.get(MOVED) or (None if is_hidden else "")


def happened(row: Row, moment: str) -> bool:
    """Return whether something happened in a chat at the moment or later, or its row does not show it."""
    return MOVED not in row or activity(row) == DAWN or activity(row) >= moment


def _hide_times(rows: list[Row]) -> bool:
    """Return whether no row shows when its last message came, although there are messages."""
    return not any(row.get(MOVED) for row in rows) and sum(shown(row) is None for row in rows) > len(rows) / 2


@dataclass(frozen=True, slots=True)
class Bounds:
    """The two settings that limit what is read."""

    start_date: str | None
    lookback_hours: float

    def back(self, since: str | None) -> str | None:
        """Return how far back to read what is complete as of ``since``: None for everything; whole seconds."""
        if since is None:
            return self.start_date and second(self.start_date)
        return second(max(earlier(since, self.lookback_hours), self.start_date or DAWN))


@dataclass(slots=True)
class Choice:
    """Which chats are brought."""

    bounds: Bounds
    wanted: Callable[[Row], bool]  # returns whether a filter lets a chat through
    size: int  # how many chats are visited between two STATE messages
    is_filtered: bool = False  # whether there is a filter: a chat that passes it now may not have passed it before
    skipped: int = 0  # chats without activity since ``start_date``

    def of(self, rows: list[Row]) -> list[Row]:
        """Return the rows of the chats that are brought."""
        start = self.bounds.start_date and second(self.bounds.start_date)
        active = [row for row in rows if start is None or happened(row, start)]
        self.skipped += len(rows) - len(active)
        return [row for row in active if self.wanted(row)]


class Changes:
    """Lists what changed in a round; for the hints, see ``Mark``."""

    def __init__(self, api: Api, lists: Lists, now: Round, *, nulls: int, way: int) -> None:
        self._api, self._lists, self._now = api, lists, now
        ask = partial(api.listing, "chats", sort=f"chats.{MOVED}", order="desc")
        self.feed = OffsetFeed(f"GET /chats by {MOVED}", MOVED, lists.listed, ask, _hide_times)
        self.feed.nulls = nulls
        self._first: Window | None = None
        self._is_honoured: bool | None = None  # the filter by updatedAt, once that was tried
        self.way = way
        lists.search_works &= way < BY_LISTING
        self.newest: list[int] = []  # chats whose rows show the newest messages
        self.fault: errors.HelpCrunchError | None = None  # why some changes may be missing; the rest was listed

    def are_there_any_chats(self) -> bool:
        """Read the first page; return whether it shows any chats. What is wrong with it is noted as ``fault``."""
        return any(self._guarded(self._begun()))

    def _begun(self) -> Iterator[list[Row]]:
        self._first = begin(self.feed)
        if not self._first.dated:  # perhaps only in this answer
            self._first = begin(self.feed)
        self.newest = [row["id"] for row in self._first.dated]
        if not self._first.page.rows and next(self._lists.walk(), None):
            raise errors.UnprovenError(f"{self.feed.name} shows no chats, but the search does")
        if not self._first.dated and _hide_times(self.feed.at(0).page.rows):
            raise errors.UnprovenError(f"{self.feed.name}: no chat shows {MOVED}")
        yield self._first.page.rows

    def since(self, floor: str) -> Iterator[list[Row]]:
        """Yield the rows of the chats in which something happened since a moment, some twice; what fails is noted."""
        created: set[int] = set()
        for rows in self._guarded(settled(self._moved, MOVED, floor, self._now.moment)):
            created |= {row["id"] for row in rows if floor <= (row.get(CREATED) or "") < self._now.moment}
            yield rows
        yield from self._guarded(self._announced(floor, created))

    def edited(self, chats: set[int], moment: str) -> set[int]:
        """Return those of the chats that changed since a moment, though a row may not show it; none if no way tells."""
        if self.way == BY_ANY:
            with suppress(errors.UnprovenError):
                return {row["id"] for rows in self._found(("updatedAt",), moment) for row in rows} & chats
            self.way = BY_TWO
        return set()

    def _guarded(self, lists: Iterator[list[Row]]) -> Iterator[list[Row]]:
        try:
            yield from lists
        except errors.HelpCrunchError as fault:
            self.fault = self.fault or fault

    def _moved(self, stop: str) -> Iterator[list[Row]]:
        window, self._first = self._first or begin(self.feed), None
        return descend(self.feed, window, stop)

    def _announced(self, floor: str, created: set[int]) -> Iterator[list[Row]]:
        """Yield the chats created, closed or otherwise changed, by the first way that is not contradicted."""
        is_again = False
        while self.way < BY_LISTING:
            try:
                yield from self._searched(floor, created)
                break
            except errors.HelpCrunchError as fault:
                # One odd answer is not taken for a habit.
                is_sure = is_again or isinstance(fault, (errors.UnreachableError, errors.KeyRefusedError))
                is_again = not is_sure
                if is_sure:
                    self._fall_back(fault)
        if self.way >= BY_CLOSING:
            listing = self._lists.by_offset()
            first = begin(listing)
            if not first.page.rows:  # though there are chats
                raise errors.UnprovenError(f"{listing.name}: a page is empty")
            for rows in descend(listing, first, floor):
                yield [row for row in rows if happened(row, floor)]

    def _fall_back(self, why: errors.HelpCrunchError) -> None:
        """Take the next way after a fault of this one, or raise it if it does not say that the search never works."""
        if self.way == BY_ANY or isinstance(why, errors.UnprovenError):
            self.way += 1
        elif isinstance(why, (errors.RefusedError, errors.RejectedError, errors.KeyRefusedError)):
            self.way = BY_LISTING
        else:
            raise why
        if self.way == BY_LISTING:
            self._lists.search_works = False
            logger.warning(NO_SEARCH, why)

    def _searched(self, floor: str, created: set[int]) -> Iterator[list[Row]]:
        """Yield what the search shows, unless it does not show a chat that it must."""
        seen: set[int] = set()
        for rows in self._found(WAYS[self.way], floor):
            seen.update(row["id"] for row in rows)
            yield rows
        if self.way < BY_CLOSING and any(self._api.chat(one).answer() for one in sorted(created - seen)[:MOST_MISSING]):
            raise errors.UnprovenError("POST /chats/search does not show a chat that GET /chats shows")

    def _found(self, fields: tuple[str, ...], floor: str) -> Iterator[list[Row]]:
        """Yield the chats of which one of these times is the moment or later."""
        asked = [condition(f"chats.{name}", ">=", max(EVER, seconds(floor))) for name in fields]
        ask = partial(self._api.search, "chats", asked, comparison="OR", sort=f"chats.{CREATED}", order="desc")
        feed = OffsetFeed("POST /chats/search for what changed", CREATED, Counts(), ask)
        for rows in descend(feed, begin(feed)):
            changed = [row for row in rows if happened(row, floor)]
            if self.way == BY_ANY and len(changed) < len(rows):  # what an edit changed, a row does not show
                if self._is_honoured is None:
                    self._is_honoured = not _are_there(self._api, "chats.updatedAt", FAR_FUTURE)
                changed = rows if self._is_honoured else []
            if not changed:
                raise errors.UnprovenError(f"{feed.name}: the filter is ignored")
            yield changed


def way_of(api: Api) -> int:
    """Return how to search for what changed, by two questions with a known answer."""
    try:
        if _are_there(api, "chats.updatedAt", FAR_FUTURE):
            return BY_LISTING if _are_there(api, f"chats.{CREATED}", FAR_FUTURE) else BY_TWO
        return BY_ANY if _are_there(api, "chats.updatedAt", EVER) else BY_TWO
    except errors.HelpCrunchError as fault:
        if not isinstance(fault, (errors.KeyRefusedError, errors.RefusedError)):
            return BY_TWO
        logger.warning(NO_SEARCH, fault)
        return BY_LISTING


def _are_there(api: Api, name: str, moment: int) -> bool:
    """Return whether the search shows chats of which a time is a moment, in epoch seconds, or later."""
    asked = condition(name, ">=", moment)
    page: Page = api.search("chats", [asked], sort=f"chats.{CREATED}", order="desc", limit=1).answer()
    return bool(page.rows)
