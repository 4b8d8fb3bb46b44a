"""The listing with the newest ``lastMessageAt`` first, read until it is older than a moment, while chats move in it."""

from __future__ import annotations

import typing as t

from tap_helpcrunch.api.envelope import PAGE
from tap_helpcrunch.api.errors import BadAnswerError

if t.TYPE_CHECKING:
    from tap_helpcrunch.api.account import Account
    from tap_helpcrunch.api.envelope import Page, Row

KEY = "lastMessageAt"
QUIET_SCANS = 5


class NewestFirst:
    """Reads the listing from its newest chat on.

    Three things move it. Chats that get a message jump to the front, past what has been read: the front is read again,
    until one page shows all that moved meanwhile. Deleted chats pull the rest to the left: a page must begin with a row
    already seen, else the reading steps back. Chats without messages (null) may stand at the end or at the front: where
    they stand at the front, the place where they end is looked for, first where it was last time.
    """

    def __init__(self, account: Account, nulls: int) -> None:
        """Begin with how many chats had no message at the last count."""
        self._account = account
        self.nulls = nulls

    def since(self, moment: str) -> list[Row]:
        """Return the chats whose last message is of the moment or later."""
        found: dict[int, Row] = {}
        floor, quiet = moment, 0
        while True:
            rows, pages, crowded = self._scan(floor)
            fresh = [row for row in rows if row["id"] not in found]
            found.update((row["id"], row) for row in rows)
            quiet = 0 if fresh else quiet + 1
            if pages == 1 or not rows or quiet == QUIET_SCANS:
                return list(found.values())
            if crowded:
                # More than a page of rows share a second and may change places at every request: look again from the
                # same floor, until several looks in a row show nothing new.
                continue
            # Whatever jumped to the front during the scan is at least as new as what stood there when it began.
            floor = max(floor, rows[0][KEY])

    def _scan(self, floor: str) -> tuple[list[Row], int, bool]:
        """Read down to the floor.

        Returns:
            The rows of the floor or later, the newest first; the number of pages that took; whether a whole page shared
            one second.
        """
        offset, page = self._front()
        found: dict[int, Row] = {}
        pages, overlap, crowded = 1, 1, False
        while True:
            dated = [row for row in page.rows if row.get(KEY)]
            keys = [row[KEY] for row in dated]
            if keys != sorted(keys, reverse=True):
                raise BadAnswerError(
                    "GET /chats does not answer in the order of chats.lastMessageAt that was asked for"
                )
            if found and dated and dated[0]["id"] not in found and offset and not crowded:
                # Rows were deleted before this page: look further back until the pages join.
                offset, overlap = max(0, offset - overlap), overlap * 2
            else:
                overlap = 1
                found.update((row["id"], row) for row in dated if row[KEY] >= floor)
                past = bool(keys) and keys[-1] < floor
                nulls_at_end = bool(page.rows) and not page.rows[-1].get(KEY)
                if past or nulls_at_end or not page.goes_on(offset):
                    return list(found.values()), pages, crowded
                # The next page begins one row before those that share the last second: they may change places
                # meanwhile.
                ties = sum(1 for key in keys if key == keys[-1])
                if ties >= len(page.rows) - 1:
                    crowded = True
                    offset += len(page.rows) // 2
                else:
                    offset += len(page.rows) - ties - 1
            page = self._ask(offset)
            pages += 1

    def _front(self) -> tuple[int, Page]:
        """Return the page where dated rows begin: the first one, or the one in which the nulls before them end."""
        page = self._ask(0)
        if not page.rows or page.rows[0].get(KEY):
            return 0, page
        offset, low, high, stride = 0, 0, page.total, PAGE
        while True:
            nulls = sum(1 for row in page.rows if not row.get(KEY))
            starts_null = bool(page.rows) and not page.rows[0].get(KEY)
            if starts_null and (nulls < len(page.rows) or not page.goes_on(offset)):
                self.nulls = offset + nulls
                return offset, page
            if starts_null:
                low = offset + nulls  # all before are nulls
            else:
                high = offset  # here and after there is none
            if low == offset + nulls and offset == 0 and self.nulls > low and (high is None or self.nulls <= high):
                offset = self.nulls - 1
            elif high is None:
                offset, stride = low - 1 + stride, stride * 2
            else:
                offset = low - 1 if high - low < PAGE else (low + high) // 2
            page = self._ask(max(0, offset))

    def _ask(self, offset: int) -> Page:
        return self._account.chats(sort="chats.lastMessageAt", order="desc", offset=offset).answer()
