"""The chats of ``chat_ids``: as of which moment each is complete, which ones a run reads, and how far back."""

from __future__ import annotations

import typing as t
from collections import deque
from dataclasses import dataclass, field
from functools import partial

from tap_helpcrunch.api.errors import HelpCrunchError, KeyRefusedError, MissingError
from tap_helpcrunch.sync.ahead import one_ahead
from tap_helpcrunch.sync.bookmark import VERSION, form_of, of_unknown_form
from tap_helpcrunch.sync.history import MOST_FAILURES, MOST_OWED
from tap_helpcrunch.sync.moments import DAWN, is_moment
from tap_helpcrunch.sync.stretches import DamagedBookmarkError
from tap_helpcrunch.sync.visit import Group, Visit, happened

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.api.questions import Api, Question
    from tap_helpcrunch.sync.cutting import Cutting
    from tap_helpcrunch.sync.history import History
    from tap_helpcrunch.sync.round import Round

# Every STATE contains all ids. A limit on the STATEs of a run keeps their total size linear in the number of ids.
MOST_STATES = 100

Known = tuple[str, "str | None"]


@dataclass(slots=True)
class ByIdBookmark:
    """What is known of each id: the moment it is complete as of, and since when (None: since its beginning).

    An id that is added later is not in it, so its whole history is read; also if it was removed and is back.

    Attributes:
        known: the two, by id.
        filter: what stands for the filters that the rows have passed. If they change, everything is read again.
    """

    known: dict[int, Known] = field(default_factory=dict)
    filter: str | None = None

    @classmethod
    def read(cls, value: t.Any) -> ByIdBookmark:
        """Read a value found in a STATE, also one that 0.1.0 wrote.

        Raises:
            NewerBookmarkError: if a later version of the tap wrote it.
            DamagedBookmarkError: if it has another form.
        """
        if value is None or value == {}:
            return cls()
        with of_unknown_form():
            entries = _entries(value)
            known = {number: (since, start) for since, start, ids in entries for number in _ids(ids)}
        if not {type(number) for number in known} <= {int}:
            raise DamagedBookmarkError("not an id")
        return cls(known, value.get("filter"))

    def to_state(self, latest: str) -> dict[str, t.Any]:
        """Return the value for a STATE: ids grouped by what is known, since most share it; a few bytes per id."""
        groups: dict[Known, list[int]] = {}
        for number, (since, start) in sorted(self.known.items()):
            groups.setdefault((min(since, latest), start), []).append(number)
        in_order = sorted(groups.items(), key=lambda group: (group[0][0], group[0][1] or ""))
        complete = [[since, start, ids] for (since, start), ids in in_order]
        return {"version": VERSION, "filter": self.filter, "complete": complete}

    def expect(self, chat_ids: tuple[int, ...], start_date: str | None, filters: str | None) -> None:
        """Begin a run: forget ids that were removed, and those of which something is missing by these settings."""
        wanted = set(chat_ids) if filters == self.filter else set[int]()
        self.filter = filters
        self.known = {
            number: (since, start)
            for number, (since, start) in self.known.items()
            if number in wanted and (start or DAWN) <= (start_date or DAWN)
        }

    def since(self, chat_id: int) -> str | None:
        """Return the moment that a chat is complete as of, or None."""
        return self.known[chat_id][0] if chat_id in self.known else None

    def note_complete(self, chat_ids: list[int], moment: str, start_date: str | None) -> None:
        """Note that these chats are complete as of the moment."""
        for number in chat_ids:
            since, start = self.known.get(number, (None, start_date))
            # A start_date later than the bookmark leaves a gap before it.
            gap = start_date is not None and since is not None and start_date > since
            self.known[number] = (moment, start_date if gap else start)


class ChatsById:
    """The part of a run that brings the chats of ``chat_ids`` and their messages.

    One request per unchanged chat: for its row if ``chats`` is selected, else for the first page of its messages. The
    chats that have waited longest come first, so that runs that are cut short get to all of them in turn.

    Attributes:
        gone: ids that the API does not know.
        unread: the reasons why rows of chats could not be read, by id.
    """

    name, turn = "chats", 1
    can_pause = True

    def __init__(
        self,
        api: Api,
        history: History,
        cutting: Cutting,
        chat_ids: tuple[int, ...],
        bookmarks: dict[str, ByIdBookmark],
    ) -> None:
        """Plan a run; ``bookmarks`` has those of "chats" and "messages", if selected."""
        self.gone: list[int] = []
        self.unread: dict[int, str] = {}
        self._api = api
        self._history = history
        self._cutting = cutting
        self._bookmarks = bookmarks
        self._messages = bookmarks.get("messages")
        known = [bookmark.since for bookmark in bookmarks.values()]
        self._left = deque(sorted(chat_ids, key=lambda number: (min(since(number) or "" for since in known), -number)))
        self._size = max(cutting.size, len(chat_ids) // MOST_STATES)
        self._to_ask = deque(self._left)
        self._asked: deque[Question[Row | None]] = deque()
        self._has_rows = False  # a chat was read, so one that fails is a bad chat, not a sign that all do
        self.expected = len(chat_ids)
        self.brought = 0

    def begin(self, now: Round) -> None:
        """Begin a round: what was requested ahead in the last one is requested again."""
        self._round = now
        self._history.begin_round(now)
        self._asked.clear()
        self._to_ask = deque(self._left)

    @property
    def needs_round(self) -> bool:
        """Whether any ids are left."""
        return bool(self._left)

    def finish(self, group: Group) -> None:
        """Move the bookmarks past a group that is written."""
        group.on_written()
        self.brought = self.expected - len(self._left)

    def how_far(self) -> tuple[str | None, str | None]:
        """Return the moment up to which changes are in, and None: the chats are not in the order of their creation."""
        known = [bookmark.since(number) or "" for bookmark in self._bookmarks.values() for number in self._left]
        return (min(known) or None if known else self._round.moment), None

    def changes(self) -> Iterator[Group]:
        """Yield nothing: every chat is requested by its id, changed or not."""
        return iter(())

    def retries(self) -> Iterator[Group]:
        """Yield the chats that could not be read."""
        chats = sorted(self._history.owed)
        if chats:
            visits = [Visit(number, self._until(number), again=True) for number in chats]
            yield Group([], visits, partial(self._note_complete, self._round, chats))

    def history(self) -> Iterator[Group]:
        """Yield the chats, each page of them enqueued before the previous one is worked on."""
        yield from one_ahead(self._groups())

    def _groups(self) -> Iterator[Group]:
        ids = list(self._left)
        for start in range(0, len(ids), self._size):
            part = ids[start : start + self._size]
            listed = [row for row in map(self._row, part) if row is not None]
            rows = list(filter(self._is_wanted, listed))
            visits = [visit for visit in map(self._visit, rows) if visit is not None]
            self._history.enqueue(visits)
            # One that a filter leaves out may pass it later, and is then read whole.
            found = [row["id"] for row in filter(self._cutting.wanted, listed)]
            done = partial(self._note_complete, self._round, found)
            yield Group(rows if "chats" in self._bookmarks else [], visits, partial(self._leave, part, done))

    def _leave(self, chat_ids: list[int], done: t.Callable[[], None]) -> None:
        for _ in chat_ids:
            self._left.popleft()
        done()

    def _note_complete(self, now: Round, chat_ids: list[int]) -> None:
        complete = [number for number in chat_ids if number not in self._history.owed]
        for bookmark in self._bookmarks.values():
            bookmark.note_complete(complete, now.moment, self._cutting.bounds.start_date)

    def _is_wanted(self, row: Row) -> bool:
        if "chats" not in self._bookmarks:
            return True
        if self._cutting.bounds.skips(row):
            self._cutting.skipped += 1
            return False
        return self._cutting.wanted(row)

    def _row(self, chat_id: int) -> Row | None:
        if "chats" not in self._bookmarks:
            return {"id": chat_id}
        self._ask_ahead()
        question = self._asked.popleft()
        try:
            # A 404 is believed if it comes twice.
            row = question.answer() or question.again().answer()
            is_hidden = row is None and bool(self._api.messages(chat_id, 0).answer().rows)
        except HelpCrunchError as fault:
            if self._ends_all(fault):
                raise
            self.unread[chat_id] = str(fault)
            return None
        self._has_rows = self._has_rows or row is not None
        if is_hidden:
            self.unread[chat_id] = f"GET /chats/{chat_id} does not know a chat that has messages"
        elif row is None:
            self.gone.append(chat_id)
        return row

    def _ask_ahead(self) -> None:
        while self._to_ask and len(self._asked) < 2 * self._api.client.max_in_flight:
            self._asked.append(self._api.chat(self._to_ask.popleft()))

    def _ends_all(self, fault: HelpCrunchError) -> bool:
        """Return whether the fault is not that of this one chat."""
        # MissingError: the listing of chats does not exist either, so the address is wrong.
        most = MOST_OWED if self._has_rows else MOST_FAILURES - 1
        return isinstance(fault, (KeyRefusedError, MissingError)) or len(self.unread) >= most

    def _until(self, chat_id: int) -> str | None:
        return self._cutting.bounds.back(self._messages.since(chat_id) if self._messages else None)

    def _visit(self, row: Row) -> Visit | None:
        if self._messages is None:
            return None
        until = self._until(row["id"])
        if "chats" in self._bookmarks and self._messages.since(row["id"]) and not happened(row, until or ""):
            return None
        return Visit.of(row, until)


def _entries(value: dict[str, t.Any]) -> list[tuple[t.Any, t.Any, t.Any]]:
    """Return the moment, the start_date and the ids of each group; 0.1.0 wrote one start_date for all."""
    complete = value.get("complete") or []
    if form_of(value) == 1:
        entries = [(since, value.get("start_date"), ids) for since, ids, *_ in complete]
    else:
        entries = [(since, start, ids) for since, start, ids, *_ in complete]
    if not all(is_moment(since) and is_moment(start or DAWN) for since, start, _ in entries):
        raise DamagedBookmarkError("not a moment")
    return entries


def _ids(value: t.Any) -> list[int]:
    if not isinstance(value, list):
        raise TypeError
    return value
