"""A place in a list that goes from the newest row to the oldest.

``(key, id)``: the row's time as a string of ``api.values.moment``, and its id, which distinguishes rows with the same
time. Places compare as tuples do: the newer row is greater. So a reading can stop and resume in the middle of a second
that many rows share.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from tap_helpcrunch.api.envelope import Row

Place = tuple[str, int]

# Above every row, and behind the last one.
TOP: Place = ("~", 0)
BOTTOM: Place = ("", 0)


def of(row: Row, name: str) -> Place:
    """Return a row's place in a list sorted by this field; rows without the field are at the bottom."""
    return row.get(name) or "", row["id"]


def newest_first(rows: t.Iterable[Row], name: str, *, nulls_first: bool = False) -> list[Row]:
    """Return the rows in the order of their places; those without the field come last, or first."""
    return sorted(rows, key=lambda row: (nulls_first and not row.get(name), of(row, name)), reverse=True)
