"""Which chats a run visits, in which order, and how far back it reads each."""

from __future__ import annotations

import logging
import typing as t
from dataclasses import dataclass, field

from tap_helpcrunch.sync.ahead import one_ahead
from tap_helpcrunch.sync.bookmark import END, combined
from tap_helpcrunch.sync.changes import Changes
from tap_helpcrunch.sync.moments import DAWN, earlier, second
from tap_helpcrunch.sync.walk import Walk

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tap_helpcrunch.api.account import Account
    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.sync.bookmark import Bookmark, Stretch

logger = logging.getLogger("tap-helpcrunch")

# Chats visited between two STATE messages: ten seconds at the usual pace, about a minute with long chats among them.
GROUP = 20


@dataclass(frozen=True, slots=True)
class Visit:
    """One chat to read: until which moment back (None: all of it)."""

    chat_id: int
    until: str | None


@dataclass(slots=True)
class Group:
    """Chats that are done together.

    Attributes:
        chats: the chats' rows.
        visits: those whose messages are read.
        created: every chat created before this moment is done once the group is.
    """

    chats: list[Row] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    created: str = DAWN


@dataclass(frozen=True, slots=True)
class Bounds:
    """The two settings that bound what is read."""

    start_date: str | None
    lookback_hours: float

    def back(self, since: str | None) -> str | None:
        """Return how far back to read what is complete as of ``since``: None for everything.

        Whole seconds, because the times of chats are.
        """
        if since is None:
            return self.start_date and second(self.start_date)
        return second(max(earlier(since, self.lookback_hours), self.start_date or DAWN))

    def passes_over(self, row: Row) -> bool:
        """Tell whether nothing happened in a chat since ``start_date``."""
        return self.start_date is not None and activity(row) < second(self.start_date)


def activity(row: Row) -> str:
    """Return the newest moment that a chat's row shows."""
    names = ("createdAt", "lastMessageAt", "lastCustomerMessageAt", "closedAt", "updatedAt")
    return max(row.get(name) or DAWN for name in names)


class Visits:
    """The chats of the whole account, as far as the selected streams do not have them yet."""

    def __init__(
        self,
        account: Account,
        bounds: Bounds,
        *,
        chats: Bookmark | None,
        messages: Bookmark | None,
        wanted: Callable[[Row], bool],
    ) -> None:
        """Plan a run.

        Args:
            account: where to ask.
            bounds: the settings.
            chats: the bookmark of the stream, None when it is not selected.
            messages: likewise.
            wanted: whether a chat is to be emitted, and read, at all.
        """
        self._account = account
        self._bounds = bounds
        self._wanted = wanted
        self._bookmarks = [bookmark for bookmark in (chats, messages) if bookmark is not None]
        self._messages = messages.stretches() if messages is not None else None
        self._changes = Changes(account, max(bookmark.without_messages for bookmark in self._bookmarks))
        self._without_messages = 0
        self.passed_over = 0
        self.expected = 0  # chats to do, as far as the API has said

    @property
    def without_messages(self) -> int:
        """How many chats without messages there are, as far as this run could count."""
        return self._changes.without_messages or self._without_messages

    def groups(self, announce: Callable[[Iterable[Visit]], None]) -> Iterator[Group]:
        """Yield the chats in order of creation, each at most once.

        Args:
            announce: is told the chats to read, a page of them before their turn.
        """
        for groups in one_ahead(self._announced_pages(announce)):
            yield from groups

    def _announced_pages(self, announce: Callable[[Iterable[Visit]], None]) -> Iterator[list[Group]]:
        for groups in self._pages():
            announce(visit for group in groups for visit in group.visits)
            yield groups

    def _pages(self) -> Iterator[list[Group]]:
        for stretch in combined(self._bookmarks):
            yield from self._whole(stretch) if stretch.since is None else self._changed(stretch)
            if stretch.end != END:
                yield [Group(created=stretch.end)]

    def _whole(self, stretch: Stretch) -> Iterator[list[Group]]:
        moved: dict[str, set[int]] = {}
        walk = Walk(self._account, "chats", "createdAt")
        counted = self.expected
        for rows in walk.pages(stretch.start, stretch.end):
            self.expected = counted + (walk.total or 0)
            self._without_messages += sum(1 for row in rows if not row.get("lastMessageAt"))
            inside = [row for row in rows if stretch.start <= _key(row) < stretch.end]
            yield self._cut(inside, moved)

    def _changed(self, stretch: Stretch) -> Iterator[list[Group]]:
        rows = self._changes.since(self._bounds.back(stretch.since) or DAWN)
        inside = [row for row in rows if stretch.start <= _key(row) < stretch.end]
        self.expected += len(inside)
        logger.info("%d chats changed since %s", len(inside), stretch.since)
        yield self._cut(inside, None)

    def _cut(self, rows: list[Row], moved: dict[str, set[int]] | None) -> list[Group]:
        groups = []
        for start in range(0, len(rows), GROUP):
            part, following = rows[start : start + GROUP], rows[start + GROUP : start + GROUP + 1]
            chats = [row for row in part if not self._bounds.passes_over(row)]
            self.passed_over += len(part) - len(chats)
            chats = [row for row in chats if self._wanted(row)]
            visits = [visit for row in chats if (visit := self._visit(row, moved)) is not None]
            groups.append(Group(chats, visits, _key((following or part)[-1])))
        return groups

    def _visit(self, row: Row, moved: dict[str, set[int]] | None) -> Visit | None:
        """Return the visit that a chat needs, None where its messages are complete.

        Args:
            row: the chat.
            moved: for chats that were listed whatever happened to them, what is known to have changed since a moment.
        """
        if self._messages is None:
            return None
        since = next(s.since for s in self._messages if s.start <= _key(row) < s.end)
        if since is not None and moved is not None:
            if since not in moved:
                changed = self._changes.since(self._bounds.back(since) or DAWN)
                moved[since] = {found["id"] for found in changed}
            if row["id"] not in moved[since]:
                return None
        return Visit(row["id"], self._bounds.back(since))


def _key(row: Row) -> str:
    return row.get("createdAt") or DAWN
