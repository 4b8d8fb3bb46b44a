"""The bookmark of a stream for the chats named in ``chat_ids``: each id with the moment it is complete as of."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from tap_helpcrunch.sync.bookmark import DamagedBookmarkError
from tap_helpcrunch.sync.moments import DAWN, is_moment


@dataclass(slots=True)
class ChosenBookmark:
    """Since when each id is complete.

    An id added later is not in it and gets its whole history; one taken out stays for its return.

    Attributes:
        since: moment by id.
        start_date: from which moment on there is no gap, or None for the beginning.
    """

    since: dict[int, str] = field(default_factory=dict)
    start_date: str | None = None

    @classmethod
    def read(cls, value: t.Any) -> ChosenBookmark:
        """Read the value found in a STATE.

        Raises:
            DamagedBookmarkError: when it has another form.
        """
        if value is None or value == {}:
            return cls()
        try:
            since = {chat_id: moment for moment, ids in value.get("complete") or [] for chat_id in ids}
            found = cls(since, value.get("start_date"))
        except (AttributeError, TypeError, ValueError):
            raise DamagedBookmarkError("no bookmark") from None
        moments = {found.start_date or DAWN, *since.values()}
        if not all(is_moment(moment) for moment in moments) or not all(type(chat_id) is int for chat_id in since):
            raise DamagedBookmarkError("no moment or no id")
        return found

    def written(self) -> dict[str, t.Any]:
        """Return the value for a STATE: ids grouped by moment, since most share one; a few bytes an id."""
        complete: dict[str, list[int]] = {}
        for chat_id, moment in sorted(self.since.items()):
            complete.setdefault(moment, []).append(chat_id)
        return {"complete": [[moment, ids] for moment, ids in sorted(complete.items())], "start_date": self.start_date}

    def expect(self, start_date: str | None) -> None:
        """Begin a run with this ``start_date``: forget what does not reach back so far."""
        if (start_date or DAWN) < (self.start_date or DAWN):
            self.since = {}
        if not self.since:
            self.start_date = start_date
        elif start_date is not None and start_date > min(self.since.values()):
            self.start_date = max(start_date, self.start_date or DAWN)

    def done(self, chat_ids: list[int], began: str) -> None:
        """Note that the run which began then has done these chats."""
        self.since.update(dict.fromkeys(chat_ids, began))
