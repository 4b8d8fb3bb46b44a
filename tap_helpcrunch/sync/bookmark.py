"""What is known to be in the target: since, and how far an unfinished walk came.

One moment is not enough. A walk goes through the chats in order of their creation; killed half-way, the chats behind it
are complete as of the moment the walk began, those before it only as of the last walk that ended, or not at all. So a
bookmark says both:

``since``: every chat is complete as of this moment (null: nothing is known). Only a walk that came to its end moves it.
``done``: [[created before, complete as of], ...], nearest first: chats created before the first are complete as of the
    second, which is later than ``since``. Each interrupted walk leaves one; the walk that ends leaves none.

A complete chat is one of which the target holds every message (or the record itself) that existed at that moment.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from itertools import pairwise

from tap_helpcrunch.sync.moments import DAWN, is_moment

# Walks that were killed early again and again leave nested entries; more than this are not worth their bytes.
MOST_DONE = 8
# Sorts after every moment: the end of the last stretch.
END = "~"


class DamagedBookmarkError(ValueError):
    """A bookmark that this version did not write."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The chats created from ``start`` until before ``end``, and the moment they are complete as of (None: unknown)."""

    start: str
    end: str
    since: str | None


@dataclass(slots=True)
class Bookmark:
    """The bookmark of one stream over the whole account.

    Moments are texts of ``api.values.moment``, which compare as times do.

    Attributes:
        since: see above.
        done: see above.
        start_date: from which moment on there is no gap, or None for the beginning. An earlier ``start_date`` in the
            settings than this needs everything again.
        without_messages: chats without a message when last counted, where the newest-first listing shows them first;
            else 0.
    """

    since: str | None = None
    done: list[tuple[str, str]] = field(default_factory=list)
    start_date: str | None = None
    without_messages: int = 0

    @classmethod
    def read(cls, value: t.Any) -> Bookmark:
        """Read the value found in a STATE.

        Raises:
            DamagedBookmarkError: when it has another form.
        """
        if value is None or value == {}:
            return cls()
        try:
            done = [(to, as_of) for to, as_of in value.get("done") or []]
            found = cls(value.get("since"), done, value.get("start_date"), value.get("without_messages") or 0)
        except (AttributeError, TypeError, ValueError):
            raise DamagedBookmarkError("no bookmark") from None
        moments = [found.since or DAWN, found.start_date or DAWN, *(moment for pair in done for moment in pair)]
        if not all(is_moment(moment) for moment in moments) or type(found.without_messages) is not int:
            raise DamagedBookmarkError("no moment")
        return found

    def written(self) -> dict[str, t.Any]:
        """Return the value for a STATE.

        Fixed keys, strings and integers only (targets choke on fractions; Meltano merges keys).
        """
        return {
            "since": self.since,
            "done": [list(pair) for pair in self.done],
            "start_date": self.start_date,
            "without_messages": self.without_messages,
        }

    def expect(self, start_date: str | None) -> None:
        """Begin a run with this ``start_date``: forget what does not reach back so far."""
        if (start_date or DAWN) < (self.start_date or DAWN):
            self.since, self.done = None, []
        if self.since is None and not self.done:
            self.start_date = start_date
        elif start_date is not None and start_date > (self.since or DAWN):
            # Between `since` and the new start_date there will be a gap.
            self.start_date = max(start_date, self.start_date or DAWN)

    def stretches(self) -> list[Stretch]:
        """Return all chats, cut by what they are complete as of, in order of creation."""
        stretches, start = [], DAWN
        for to, as_of in self.done:
            if to > start:
                stretches.append(Stretch(start, to, as_of))
                start = to
        return [*stretches, Stretch(start, END, self.since)]

    def came_to(self, created: str, began: str) -> None:
        """Note that the walk which began then has done every chat created before ``created``."""
        rest = [pair for pair in self.done if pair[0] > created and pair[1] < began]
        self.done = [(created, began), *rest]
        if len(self.done) > MOST_DONE:
            # Forgetting one is safe: its chats count as complete as of the next, older moment.
            del self.done[1]

    def ended(self, began: str) -> None:
        """Note that the walk which began then came to its end."""
        self.since, self.done = began, []


def combined(bookmarks: list[Bookmark]) -> list[Stretch]:
    """Return the stretches of several streams walked together: each as of the stream that knows least."""
    cut = [bookmark.stretches() for bookmark in bookmarks]
    edges = sorted({stretch.start for stretches in cut for stretch in stretches} | {END})
    result: list[Stretch] = []
    for start, end in pairwise(edges):
        known = [next(s.since for s in stretches if s.start <= start < s.end) for stretches in cut]
        since = None if None in known else min(t.cast("list[str]", known))
        if result and result[-1].since == since:
            result[-1] = Stretch(result[-1].start, end, since)
        else:
            result.append(Stretch(start, end, since))
    return result
