"""The messages of many chats, in order, with several requests in flight."""

from __future__ import annotations

import itertools
import logging
import typing as t
from collections import deque

from tap_helpcrunch.api.errors import HelpCrunchError, MissingError, UnprovenError
from tap_helpcrunch.sync.evidence import Evidence, Limit
from tap_helpcrunch.sync.moments import earlier
from tap_helpcrunch.sync.thread import KEY, Thread
from tap_helpcrunch.sync.visit import has_messages

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.api.questions import Api
    from tap_helpcrunch.sync.round import Round
    from tap_helpcrunch.sync.visit import Visit

# Questions asked ahead, times ``max_in_flight``: enough that no worker runs dry while one answer is waited for.
AHEAD = 3
# How often a chat whose messages are fewer than its row shows is asked again.
MORE_TRIES = 2
# If so many chats, and one in a hundred, still show no message as new as their rows do, that is how the account is: its
# rows keep the time of a deleted message, or have that of one which is not listed.
MOST_BEHIND = 3
SECOND = 1 / 3600  # in hours
# How many chats in a row may be set aside, before any was read and later: more are no longer a few bad chats, and the
# rest waits for another run.
MOST_FAILURES, MOST_LATER_FAILURES = 3, 10
# How many may be set aside in all: their ids are in the STATE.
MOST_OWED = 100

logger = logging.getLogger("tap-helpcrunch")


class History:
    """Reads the messages of chats; those of enqueued chats are requested ahead, so that latency costs nothing.

    A chat that cannot be read is set aside: it is owed, and reading goes on with the others.

    Memory holds the pages in flight or waiting for their turn, at most ``AHEAD + 1`` times ``max_in_flight``.

    Attributes:
        visited: how many chats were read.
        without_messages: how many of them had no messages.
        owed: the reasons why chats that were set aside could not be read, by id.
        incomplete: chats of which the API counts more messages than it lists: id, listed, counted.
    """

    def __init__(self, api: Api, limit: Limit, max_in_flight: int, is_closing: Callable[[], bool]) -> None:
        """Keep up to ``max_in_flight`` requests in flight, but none for a later group once the run is closing."""
        self._api = api
        self._max_in_flight = max_in_flight
        self._is_closing = is_closing
        self._evidence = Evidence(limit)
        self._round: Round | None = None
        self._queue: deque[Visit] = deque()
        self._ahead: dict[int, Thread] = {}  # in order of their turns
        self._unseen: deque[Thread] = deque()  # those whose number of pages is not known yet
        self._group: set[int] = set()  # the chats that are being read
        self._turns = itertools.count(1)
        self._failures = 0
        self._behind = self._not_behind = 0  # chats that show no message as new as their rows do, and others
        self._depths: dict[int, str] = {}  # of the chats that are owed, how far back they are
        self.visited = 0
        self.without_messages = 0
        self.owed: dict[int, str] = {}
        self.incomplete: list[tuple[int, int, int]] = []

    def enqueue(self, visits: Iterable[Visit]) -> None:
        """Add chats that will be read next, in this order."""
        self._queue.extend(visits)
        self._ask_ahead()

    def begin(self, visits: Iterable[Visit]) -> None:
        """Begin a group of chats: these are requested ahead even if the run is closing."""
        self._group = {visit.chat_id for visit in visits}
        self._ask_ahead()

    def begin_round(self, now: Round) -> None:
        """Begin a round; what is left in the queue will not be read."""
        self._round = now
        self._queue.clear()
        self._unseen.clear()
        for thread in self._ahead.values():
            thread.cancel()
        self._ahead.clear()

    def read(self, visit: Visit) -> Iterator[Row]:
        """Yield a chat's messages, newest first, back to the moment that the visit requires; some may come twice.

        Raises:
            HelpCrunchError: if the key is refused, or no chat can be read.
        """
        self.visited += 1
        try:
            for rows in self._messages(visit):
                yield from rows
        except HelpCrunchError as fault:
            self._owe(visit, fault)
        else:
            self._failures = 0
            # The newest page of a chat does not pay for its older ones.
            if (visit.until or "") <= self._depths.get(visit.chat_id, ""):
                self.owed.pop(visit.chat_id, None)

    def _messages(self, visit: Visit) -> Iterator[list[Row]]:
        thread = self._thread(visit)
        thread.ask(0)
        if self._queue and self._queue[0].chat_id == visit.chat_id:
            self._queue.popleft()
        self._ask_ahead()
        for _ in range(MORE_TRIES):
            if not self._shows_less(thread.first().rows, visit):
                break
            thread.ask_again()
        self._believe(thread.first().rows, visit)
        for rows in thread.read(self._max_in_flight):
            yield rows
            self._ask_ahead()
        if thread.counted is not None and len(thread.seen) < thread.counted:
            self.incomplete.append((visit.chat_id, len(thread.seen), thread.counted))

    def _shows_less(self, rows: list[Row], visit: Visit) -> bool:
        """Return whether the first page of a chat shows less than its row, which is then worth another request."""
        if not rows:
            return visit.has_messages is not False
        return _is_behind(rows, visit) and self._behind < MOST_BEHIND + self._not_behind // 100

    def _thread(self, visit: Visit) -> Thread:
        """Return the thread that was requested ahead for this visit, or else a new one."""
        thread = self._ahead.pop(visit.chat_id, None)
        if thread is None or thread.visit.until != visit.until:
            return Thread(self._api, self._evidence, visit, self._round)
        return thread

    def _believe(self, rows: list[Row], visit: Visit) -> None:
        """Believe the first page of a chat, and count what it shows.

        Raises:
            UnprovenError: if it is empty, and the chat's row, which is requested if no chat has answered with any
                message yet, shows that it has some.
        """
        if rows:
            if _is_behind(rows, visit):
                self._behind += 1
            else:
                self._not_behind += 1
            return
        if visit.has_messages or (visit.has_messages is None and not self._evidence.has_rows):
            row = self._api.chat(visit.chat_id).answer()
            if row is not None and has_messages(row):
                raise UnprovenError(
                    f"GET /chats/{visit.chat_id}/messages answers with none, although the chat shows one"
                )
        self.without_messages += 1

    def _owe(self, visit: Visit, fault: HelpCrunchError) -> None:
        if fault.refuses_all or isinstance(fault, MissingError) or (not visit.again and self._is_one_too_many()):
            raise fault
        logger.debug("chat %d is set aside: %s", visit.chat_id, fault)
        depth = visit.until or ""
        self._depths[visit.chat_id] = min(depth, self._depths.get(visit.chat_id, depth))
        self.owed[visit.chat_id] = str(fault)

    def _is_one_too_many(self) -> bool:
        self._failures += 1
        most = MOST_LATER_FAILURES if self._evidence.has_rows else MOST_FAILURES
        return self._failures >= most or len(self.owed) >= MOST_OWED

    def _ask_ahead(self) -> None:
        # Each of them waits for at least one page.
        if len(self._ahead) >= AHEAD * self._max_in_flight:
            return
        room = AHEAD * self._max_in_flight - sum(len(thread.asked) for thread in self._ahead.values())
        while self._unseen and room > 0 and not self._unseen[0].waits:
            room -= self._unseen.popleft().ask_on(min(room, self._max_in_flight))
        while room > 0 and self._goes_on():
            visit = self._queue.popleft()
            if visit.chat_id not in self._ahead:
                self._ahead[visit.chat_id] = thread = Thread(
                    self._api, self._evidence, visit, self._round, next(self._turns)
                )
                self._unseen.append(thread)
                thread.ask(0)
                room -= 1

    def _goes_on(self) -> bool:
        """Return whether the next chat may be requested: once the run is closing, only if it is in the group."""
        return bool(self._queue) and (not self._is_closing() or self._queue[0].chat_id in self._group)


def _is_behind(rows: list[Row], visit: Visit) -> bool:
    """Return whether a chat's row shows a newer message than its first page."""
    shown = visit.last_message_at or ""
    if (rows[0].get(KEY) or "") >= shown:
        return False
    newest = max(row.get(KEY) or "" for row in rows)
    # The time in the row may be rounded up.
    return "" < newest < earlier(shown, SECOND)
