"""The chats of the whole account: those that changed, those still missing, those due to be listed again."""

from __future__ import annotations

import typing as t
from functools import partial

from tap_helpcrunch.sync.ahead import one_ahead
from tap_helpcrunch.sync.increment import CREATED, Increment
from tap_helpcrunch.sync.listing import Listing
from tap_helpcrunch.sync.moments import DAWN
from tap_helpcrunch.sync.place import TOP, of
from tap_helpcrunch.sync.stretches import at, combined
from tap_helpcrunch.sync.visit import Group, Visit, has_messages

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.api.questions import Api
    from tap_helpcrunch.sync.bookmark import Bookmark, Walk
    from tap_helpcrunch.sync.cutting import Cutting
    from tap_helpcrunch.sync.evidence import Limit
    from tap_helpcrunch.sync.history import History
    from tap_helpcrunch.sync.place import Place
    from tap_helpcrunch.sync.round import Round
    from tap_helpcrunch.sync.stretches import Stretch
    from tap_helpcrunch.sync.walks import Walks

MESSAGES = "messages"


class Conversations:
    """The part of a run that brings ``chats`` and ``messages``."""

    name, turn = "chats", 2

    def __init__(
        self,
        api: Api,
        limit: Limit,
        *,
        history: History,
        cutting: Cutting,
        walks: Walks,
        bookmarks: dict[str, Bookmark],
    ) -> None:
        """Plan a run.

        Args:
            api: sends the requests.
            limit: the longest page so far.
            history: reads the messages of the chats that are enqueued.
            cutting: cuts chats into groups.
            walks: when to walk again.
            bookmarks: those of "chats" and "messages", if selected.
        """
        self.brought = 0
        self._listed = 0  # chats to list, in this round and before
        self._api = api
        self._history = history
        self._cutting = cutting
        self._walks = walks
        self._bookmarks = bookmarks
        self._messages = bookmarks.get(MESSAGES)
        self._listing = Listing(api, limit, "chats", CREATED)
        self._increment = Increment(api, self._listing, cutting, bookmarks)
        self._to_retry = [] if self._messages is None else list(self._messages.owed)
        self._owed_older = set(self._to_retry) if self._start_date_is_later else set[int]()
        for name, bookmark in bookmarks.items():
            walks.begin_run(name, bookmark.walk)

    @property
    def _start_date_is_later(self) -> bool:
        """Whether this run reads chats less far back than the bookmark says: what is owed of them stays owed."""
        known = self._messages.start_date if self._messages else None
        return (self._cutting.bounds.start_date or DAWN) > (known or DAWN)

    def begin(self, now: Round) -> None:
        """Begin a round."""
        self._round = now
        self._history.begin_round(now)

    @property
    def needs_round(self) -> bool:
        """Whether there is work for another round."""
        is_walking = any(bookmark.walk.place is not None for bookmark in self._bookmarks.values())
        return is_walking or any(stretch.since is None for stretch in self._stretches())

    @property
    def can_pause(self) -> bool:
        """Whether the next round can go on where its history is now."""
        return self._listing.can_resume

    @property
    def expected(self) -> int:
        """How many chats to bring, as far as the API has said."""
        return self._listed + self._increment.changed - self._cutting.skipped

    def how_far(self) -> tuple[str | None, str | None]:
        """Return the moment up to which changes are in, and how far back history goes; None: to the beginning."""
        missing = [stretch for stretch in self._stretches() if stretch.since is None]
        return self._increment.oldest, missing[0].top[0] if missing else None

    def changes(self) -> Iterator[Group]:
        """Yield the chats that were set aside, then those that have changed since they were complete."""
        if self._to_retry:
            yield from self.retries()
        yield from self._enqueued(self._changed())

    def _changed(self) -> Iterator[list[Group]]:
        """Yield the chats that have changed; if a walk is due, it begins before, so that they carry its version.

        Otherwise an answer that is too old to show them would remove them. An answer has to come first: it shows what
        time it is.
        """
        for groups in self._increment.pages(self._round):
            for name, bookmark in self._bookmarks.items():
                self._walks.is_due(name, bookmark.walk, self._round)
            yield groups

    def retries(self) -> Iterator[Group]:
        """Yield the chats that could not be read; they are read whole."""
        chats = sorted({*self._to_retry, *self._history.owed})
        self._to_retry = []
        visits = [Visit(chat_id, self._cutting.bounds.back(None), again=True) for chat_id in chats]
        if visits:
            yield from self._enqueued([[Group([], visits)]])

    def history(self) -> Iterator[Group]:
        """Yield the chats that are still missing, the newest first; then those that are due to be listed again."""
        for stretch in self._stretches():
            if stretch.since is None:
                yield from self._enqueued(self._missing(stretch))
        for name, bookmark in self._bookmarks.items():
            if self._walks.is_due(name, bookmark.walk, self._round):
                yield from self._enqueued(self._listed_again(name, bookmark))

    def _stretches(self) -> list[Stretch]:
        return combined([bookmark.stretches() for bookmark in self._bookmarks.values()])

    def _missing(self, stretch: Stretch) -> Iterator[list[Group]]:
        for name, bookmark in self._bookmarks.items():
            if not any(known.since for known in bookmark.stretches()):
                self._walks.begin(name, bookmark.walk, self._round)
                bookmark.without_messages = 0
        now = self._round
        note = partial(self._came_to, now)
        visit = self._first_visits()
        done = self.brought - self._increment.changed
        for rows in self._listing.newest_first(stretch.top, stretch.end[0], self._first_walk(stretch)):
            self._listed = done + (self._listing.total or 0)
            self._count_empty(rows)
            inside = [row for row in rows if of(row, CREATED) >= stretch.end]
            yield self._cutting.groups(inside, CREATED, visit, note if self._listing.can_resume else None)
        totals = {name: self._total(bookmark) for name, bookmark in self._bookmarks.items()}
        yield [Group(on_written=partial(self._missing_no_more, now, stretch.end, totals))]

    def _first_walk(self, stretch: Stretch) -> Walk:
        """Return the walk that goes on in a stretch of which nothing is known; of two, the one that is less far."""
        walks = [mark.walk for mark in self._bookmarks.values() if at(mark.stretches(), stretch.end).since is None]
        return min(walks, key=lambda walk: walk.seen)

    def _count_empty(self, rows: list[Row]) -> None:
        """Count chats without a message: where the listing by messages shows them first, others begin behind them."""
        empty = sum(1 for row in rows if has_messages(row) is False)
        for bookmark in self._bookmarks.values():
            bookmark.without_messages += empty

    def _first_visits(self) -> t.Callable[[Row], Visit | None]:
        """Return a function that returns the visit of a chat whose messages are still missing as of now.

        A row that the search left out arrives after this walk, or an earlier one, has passed its place.
        """
        known = None if self._messages is None else self._messages.stretches()

        def visit(row: Row) -> Visit | None:
            if known is None:
                return None
            if at(known, of(row, CREATED)).since is not None and row["id"] not in self._listing.left_out:
                return None
            return Visit.of(row, self._cutting.bounds.back(None))

        return visit

    def _came_to(self, now: Round, place: Place, count: int) -> None:
        for bookmark in self._bookmarks.values():
            if at(bookmark.stretches(), place).since is None:
                bookmark.walk.seen += count
            bookmark.came_to(place, now.moment)

    def _missing_no_more(self, now: Round, place: Place, totals: dict[str, int | None]) -> None:
        self._came_to(now, place, 0)
        for name, bookmark in self._bookmarks.items():
            if bookmark.since is not None and bookmark.walk.ended is None:
                self._walks.end(name, bookmark, totals[name], now)

    def _total(self, bookmark: Bookmark) -> int | None:
        return self._walks.counted_chats(self._listing, bookmark.walk)

    def _listed_again(self, name: str, bookmark: Bookmark) -> Iterator[list[Group]]:
        """Yield all chats: their rows, or whole visits for the stream of messages."""
        now = self._round
        done = self._listed
        bookmark.walk.beyond = 0
        for rows in self._listing.newest_first(bookmark.walk.place or TOP, walk=bookmark.walk):
            self._walks.listed(name, self._listing.total or 0)
            self._listed = done + (self._listing.total or 0)
            note = partial(self._walked_to, name, bookmark, moves=self._listing.can_resume)
            groups = self._cutting.groups(rows, CREATED, self._whole_visit, note if self._listing.has_order else None)
            for group in groups:
                group.visits, group.rows = (group.visits, []) if name == MESSAGES else ([], group.rows)
            yield groups
        yield [Group(on_written=partial(self._walks.end, name, bookmark, self._total(bookmark), now))]

    def _whole_visit(self, row: Row) -> Visit:
        return Visit.of(row, self._cutting.bounds.back(None))

    def _walked_to(self, name: str, bookmark: Bookmark, place: Place, count: int, *, moves: bool) -> None:
        if moves:
            bookmark.walk.place = place
            bookmark.walk.seen += count
        else:
            bookmark.walk.beyond += count
        self._walks.brought(name, count)

    def finish(self, group: Group) -> None:
        """Move the bookmarks past a group that is written, and note which chats could not be read.

        A walk that met such a chat proves nothing.
        """
        if self._messages is not None:
            self._messages.owed = sorted({*self._to_retry, *self._history.owed, *self._owed_older})
            if self._messages.owed or self._history.incomplete:
                self._messages.walk.is_whole = False
        self.brought += max(len(group.rows), len(group.visits))
        group.on_written()

    def _enqueued(self, pages: Iterable[list[Group]]) -> Iterator[Group]:
        """Yield the groups, the chats of each page enqueued before the previous page is worked on."""

        def enqueued() -> Iterator[list[Group]]:
            for groups in pages:
                self._history.enqueue(visit for group in groups for visit in group.visits)
                yield groups

        for groups in one_ahead(enqueued()):
            yield from groups
