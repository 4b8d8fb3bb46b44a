"""The chats that have changed since they were complete."""

from __future__ import annotations

import logging
import typing as t
from functools import partial

from tap_helpcrunch.api.errors import HelpCrunchError, KeyRefusedError, UnprovenError
from tap_helpcrunch.sync.announced import Announced
from tap_helpcrunch.sync.changed import changed
from tap_helpcrunch.sync.descent import Descent
from tap_helpcrunch.sync.moments import DAWN
from tap_helpcrunch.sync.place import TOP, of
from tap_helpcrunch.sync.stretches import at, combined
from tap_helpcrunch.sync.visit import Group, Visit, happened, tells_nothing

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.envelope import Page, Row
    from tap_helpcrunch.api.questions import Api, Question
    from tap_helpcrunch.sync.bookmark import Bookmark
    from tap_helpcrunch.sync.cutting import Cutting, Note
    from tap_helpcrunch.sync.listing import Listing
    from tap_helpcrunch.sync.place import Place
    from tap_helpcrunch.sync.round import Round
    from tap_helpcrunch.sync.source import ByOffset
    from tap_helpcrunch.sync.stretches import Stretch

CREATED, MOVED = "createdAt", "lastMessageAt"
# How often a listing of several pages is read: a chat that gets a message meanwhile moves past the reading.
MOST_LOOKS = 4

logger = logging.getLogger("tap-helpcrunch")


class Increment:
    """Finds them; one object serves a whole run.

    Attributes:
        changed: how many chats were found.
    """

    def __init__(self, api: Api, listing: Listing, cutting: Cutting, bookmarks: dict[str, Bookmark]) -> None:
        """Take the bookmarks of "chats" and "messages", if selected."""
        self.changed = 0
        self._listing = listing
        self._cutting = cutting
        self._bookmarks = bookmarks
        self._announced = Announced(api, listing)
        self._feed_works = True
        self._newest: Row | None = None  # the chat created last among those with the newest messages
        self._spares_a_request = True  # of the four that a run without changes may take
        self._brought: set[int] = set()  # chats that this round has brought
        self._closed: list[Stretch] = []  # what the search for other changes is read for in this round
        self._moved: list[Stretch] = []  # what the listing of moved chats is read for in this round

    @property
    def oldest(self) -> str | None:
        """The oldest moment that anything is complete as of; None if nothing is known."""
        stretches = (stretch for bookmark in self._bookmarks.values() for stretch in bookmark.stretches())
        return min((stretch.since for stretch in stretches if stretch.since is not None), default=None)

    def pages(self, now: Round) -> Iterator[list[Group]]:
        """Yield the chats in groups, a page at a time."""
        self._newest, self._moved, self._brought = None, [], set()
        self._spares_a_request = True
        self._is_empty = self._has_looked_again = False
        if self.oldest is None:
            self._look_behind_no_more()
            return
        oldest = self.oldest
        self._closed = combined([bookmark.closed.all(oldest) for bookmark in self._bookmarks.values()])
        if self._feed_works:
            try:
                yield from self._moved_chats(now)
            except HelpCrunchError as fault:
                if isinstance(fault, KeyRefusedError):
                    raise
                self._feed_works, self._moved = False, []
                logger.warning("%s: all chats are listed to find the changed ones", fault)
        if not self._feed_works:
            yield from self._compared_chats()
        if not self._is_empty:
            yield from self._other_chats(now)
        yield [Group(on_written=partial(self._caught_up, now))]

    def _moved_chats(self, now: Round) -> Iterator[list[Group]]:
        """Yield the chats with new messages, from the listing sorted by last message."""
        source = self._feed()
        expected = source.nulls
        first = source.first(TOP)
        rows = first.answer().rows
        self._spares_a_request = source.nulls == expected
        if not rows:
            self._believe_empty(source)
            return
        self._newest = self._created_last(rows)
        for bookmark in self._bookmarks.values():
            bookmark.without_messages = source.nulls
            bookmark.distrust_future(now.now)
        known = [bookmark for bookmark in self._bookmarks.values() if bookmark.knows_anything]
        self._moved = combined([bookmark.moved.all(self.oldest) for bookmark in known])
        # Before reading this listing moves the moment that they are complete as of.
        yield from self._brought_before()
        yield from self._looks(source, first, now.moment, partial(self._note, known, "moved", now))

    def _looks(self, source: ByOffset, first: Question[Page], began: str, note: Note) -> Iterator[list[Group]]:
        """Yield the chats with new messages, reading the listing again until none can have moved past the reading.

        A chat on a page that is not read yet moves to one that was, when it gets a message meanwhile. The next reading
        finds it on its first page, if that shows all chats that have moved since the first one began.
        """
        for look in range(MOST_LOOKS):
            if look:
                source = self._feed()
                first = source.first(TOP)
            pages = yield from self._looked_through(source, first, note)
            if pages <= 1 or (look and any((row.get(MOVED) or "~") < began for row in first.answer().rows)):
                return

    def _looked_through(
        self, source: ByOffset, first: Question[Page], note: Note
    ) -> t.Generator[list[Group], None, int]:
        """Yield the chats that the listing shows and this round has not brought; return how many pages it took."""
        pages = 0

        def read(start: Place, stop: str) -> Iterator[list[Row]]:
            nonlocal pages
            feed, asked = (source, first) if start == TOP else (self._feed(), None)
            for found in Descent(feed, start, stop, asked):
                pages += 1
                yield found

        for found, place in changed(self._moved, MOVED, self._cutting.bounds.back, read):
            groups = self._cutting.groups(self._new(found), MOVED, self._visit, note)
            yield [*groups, Group(on_written=partial(note, place, 0))]
        return pages

    def _believe_empty(self, source: ByOffset) -> None:
        if self._announced.any_chat():
            raise UnprovenError(f"{source.name}: no rows, although the search finds some")
        self._is_empty = True

    def _created_last(self, moved: list[Row]) -> Row:
        """Return the chat created last; it takes a request if the chats that moved last do not show it.

        An older chat would be requested together with all that were created after it.
        """
        last = max(moved, key=lambda row: row.get(CREATED) or "")
        edge = min(row.get(MOVED) or "~" for row in moved)
        if (last.get(CREATED) or "") < edge:
            self._spares_a_request = False
            rows = self._listing.by_offset(CREATED).ask(0).answer().rows
            last = max([last, *rows], key=lambda row: row.get(CREATED) or "")
        return last

    def _feed(self) -> ByOffset:
        source = self._listing.by_offset(MOVED)
        source.nulls = max(bookmark.without_messages for bookmark in self._bookmarks.values())
        source.is_odd = tells_nothing
        return source

    def _compared_chats(self) -> Iterator[list[Group]]:
        """Yield the chats that changed, from a list of all chats."""
        floor = self._cutting.bounds.back(self.oldest) or ""
        for rows in self._listing.newest_first():
            found = self._new([row for row in rows if happened(row, floor)])
            yield self._cutting.groups(found, CREATED, self._visit)

    def _other_chats(self, now: Round) -> Iterator[list[Group]]:
        """Yield the chats that changed without a message: created, closed, or found by ``chats.updatedAt``."""
        yield from self._brought_before()
        yield from self._told(
            self.oldest or DAWN,
            lambda row: not self._brought_as_of(row),
            partial(self._note, list(self._bookmarks.values()), "closed", now),
        )

    def _brought_before(self) -> Iterator[list[Group]]:
        """Yield what changed without a message after an interrupted increment had brought it, once per round."""
        if self._has_looked_again:
            return
        self._has_looked_again = True
        stretches = (*self._closed, *self._moved)
        for since in sorted({stretch.since for stretch in stretches if stretch.since} - {self.oldest}):
            yield from self._told(since, partial(self._has_only_changed_since, since), None)

    def _has_only_changed_since(self, since: str, row: Row) -> bool:
        """Return whether a chat is complete as of this moment, and the listing of moved chats will not bring it."""
        moved = at(self._moved, of(row, MOVED)).since if self._moved and row.get(MOVED) else None
        if moved is not None and row[MOVED] >= (self._cutting.bounds.back(moved) or ""):
            return False
        return min(self._brought_as_of(row), default=None) == since

    def _brought_as_of(self, row: Row) -> list[str]:
        """Return the moments of the interrupted increments that brought a chat."""
        oldest, stretches = self.oldest or DAWN, [at(self._closed, of(row, CREATED))]
        # The listing of moved chats was read no further down than this, so it did not bring the chats below.
        if self._moved and (row.get(MOVED) or "") >= oldest:
            moved = at(self._moved, of(row, MOVED))
            # A chat that moved later is brought by the listing in this round, unless it moved after it was read.
            if row[MOVED] < (self._cutting.bounds.back(moved.since) or ""):
                stretches.append(moved)
        return [stretch.since for stretch in stretches if stretch.since not in {None, oldest}]

    def _told(self, since: str, is_new: t.Callable[[Row], bool], note: Note | None) -> Iterator[list[Group]]:
        floor = self._cutting.bounds.back(since) or ""
        for rows in self._announced.asked_along(floor, self._newest, twice=self._spares_a_request):
            yield self._not_brought(rows, is_new, None)
        for rows in self._announced.since(floor, self._newest):
            yield self._not_brought(rows, is_new, note)

    def _not_brought(self, rows: list[Row], is_new: t.Callable[[Row], bool], note: Note | None) -> list[Group]:
        found = self._new([row for row in rows if is_new(row)])
        return self._cutting.groups(found, CREATED, self._visit, note)

    def _new(self, rows: list[Row]) -> list[Row]:
        """Return those that this round has not brought yet, and note that it now does."""
        found = [row for row in rows if row["id"] not in self._brought]
        self._brought.update(row["id"] for row in found)
        self.changed += len(found)
        return found

    def _visit(self, row: Row) -> Visit | None:
        """Return the visit that a changed chat needs: what came since, even if its history is still missing."""
        messages = self._bookmarks.get("messages")
        if messages is None:
            return None
        since = at(messages.stretches(), of(row, CREATED)).since or self.oldest
        return Visit.of(row, self._cutting.bounds.back(None if self._cutting.reads_whole else since))

    @staticmethod
    def _note(bookmarks: list[Bookmark], which: str, now: Round, place: Place, _count: int) -> None:
        for bookmark in bookmarks:
            getattr(bookmark, which).came_to(place, now.moment)

    def _caught_up(self, now: Round) -> None:
        for bookmark in self._bookmarks.values():
            bookmark.caught_up(now.moment)
        self._look_behind_no_more()

    def _look_behind_no_more(self) -> None:
        self._cutting.bounds = self._cutting.bounds.without_lookback()
