"""Rows that changed since they were complete, from a list in the order of their changes."""

from __future__ import annotations

import typing as t

from tap_helpcrunch.sync.place import of

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.sync.place import Place
    from tap_helpcrunch.sync.stretches import Stretch

Read = t.Callable[["Place", str], "Iterator[list[Row]]"]


def changed(
    stretches: list[Stretch], key: str, back: Callable[[str | None], str | None], read: Read
) -> Iterator[tuple[list[Row], Place]]:
    """Yield lists of rows, each with the place that is reached with it.

    A row that changes moves to the top. So a stretch that is complete as of a moment is read down to that moment only,
    and the walk jumps over the rest of it.

    Args:
        stretches: the list; reading ends at the first stretch of which nothing is known.
        key: the time that sorts the list.
        back: returns how far to look back for what is complete as of a moment.
        read: yields the rows behind a place, until one is older than a time.
    """
    for stretch in stretches:
        if stretch.since is None:
            return
        stop = back(stretch.since) or ""
        if stretch.top[0] >= stop:
            for rows in read(stretch.top, stop):
                inside = [row for row in rows if stretch.holds(of(row, key)) and not _is_older(row, key, stop)]
                if inside:
                    yield inside, of(inside[-1], key)
        yield [], stretch.end


def _is_older(row: Row, key: str, stop: str) -> bool:
    """Return whether a row's time is older; one without it, which only a list without an order shows, may be newer."""
    return bool(row.get(key)) and row[key] < stop
