"""The chats named in ``chat_ids``: which of them a run reads, and how far back."""

from __future__ import annotations

import typing as t
from collections import deque

from tap_helpcrunch.sync.ahead import one_ahead
from tap_helpcrunch.sync.visits import GROUP, Group, Visit, activity

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tap_helpcrunch.api.account import Account, Question
    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.sync.chosen import ChosenBookmark
    from tap_helpcrunch.sync.visits import Bounds

# A STATE names every id; so many of them a run keep their sum linear in the ids.
MOST_STATES = 100


class Selected:
    """One request an unchanged chat: its row where ``chats`` is selected, else the first page of its messages."""

    def __init__(
        self,
        account: Account,
        bounds: Bounds,
        chat_ids: tuple[int, ...],
        *,
        with_chats: bool,
        messages: ChosenBookmark | None,
        wanted: Callable[[Row], bool],
    ) -> None:
        """Plan a run.

        Args:
            account: where to ask.
            bounds: the settings.
            chat_ids: the chats, each once.
            with_chats: whether the chats' own rows are wanted.
            messages: the bookmark of ``messages``, None when it is not selected.
            wanted: whether a chat is to be emitted, and read, at all.
        """
        self._account = account
        self._bounds = bounds
        self._ids = sorted(chat_ids)
        self._with_chats = with_chats
        self._wanted = wanted
        self._messages = messages
        self._asked: deque[Question[Row | None]] = deque()
        self._to_ask = deque(self._ids)
        self.passed_over = 0
        self.gone: list[int] = []

    def groups(self, announce: Callable[[Iterable[Visit]], None]) -> Iterator[tuple[list[int], Group]]:
        """Yield the ids in order, each group with the ids that are done once it is.

        Args:
            announce: is told the chats to read before their turn.
        """
        return one_ahead(self._announced_groups(announce))

    def _announced_groups(self, announce: Callable[[Iterable[Visit]], None]) -> Iterator[tuple[list[int], Group]]:
        size = max(GROUP, len(self._ids) // MOST_STATES)
        for start in range(0, len(self._ids), size):
            ids = self._ids[start : start + size]
            group = Group([row for chat_id in ids if (row := self._row(chat_id)) is not None])
            group.visits = [visit for row in group.chats if (visit := self._visit(row)) is not None]
            announce(group.visits)
            yield ids, group

    def _row(self, chat_id: int) -> Row | None:
        if not self._with_chats:
            return {"id": chat_id}
        while self._to_ask and len(self._asked) < 2 * self._account.client.width:
            self._asked.append(self._account.chat(self._to_ask.popleft()))
        row = self._asked.popleft().answer()
        if row is None:
            self.gone.append(chat_id)
        elif self._bounds.passes_over(row):
            self.passed_over += 1
            return None
        return row if row is not None and self._wanted(row) else None

    def _visit(self, row: Row) -> Visit | None:
        if self._messages is None:
            return None
        until = self._bounds.back(self._messages.since.get(row["id"]))
        if self._with_chats and row["id"] in self._messages.since and activity(row) < (until or ""):
            return None
        return Visit(row["id"], until)
