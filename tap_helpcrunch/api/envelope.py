"""The envelopes around rows: takes any of several forms, returns the rows and the total.

The vendor's documents show rows under ``data`` (usually) or ``messages`` (older lists of messages); ``total`` at the
top level, under ``meta``, or nowhere; a single object bare or under ``data``. A bare list, or the only list in an
object, can only be the rows, so it is read too.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from tap_helpcrunch.api.errors import BadAnswerError

Row = dict[str, t.Any]

PAGE = 100  # the documented default and maximum of `limit`


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one answer.

    Attributes:
        rows: each id once.
        total: how many rows there are in all; None if the answer does not say.
        repeats: how many rows repeat an earlier one of the same answer, each perhaps in place of another.
    """

    rows: list[Row]
    total: int | None = None
    repeats: int = 0


def page(body: t.Any, asked: object) -> Page:
    """Return the rows of a list.

    Raises:
        BadAnswerError: the body is not a list of objects; the error names its keys.
    """
    rows = _rows(body)
    if rows is None:
        raise BadAnswerError(f"{asked} answered with no list under 'data' or 'messages' but {_outline(body)}")
    # One old client unpacks a list inside the list, so one level is flattened.
    if any(isinstance(row, list) for row in rows):
        rows = [inner for row in rows for inner in (row if isinstance(row, list) else [row])]
    if not all(isinstance(row, dict) for row in rows):
        raise BadAnswerError(f"{asked} answered with rows that are not objects")
    return Page(rows, _total(body) if isinstance(body, dict) else None)


def single(body: t.Any, asked: object) -> Row:
    """Return the single object of an answer, bare or under ``data``.

    Raises:
        BadAnswerError: there is no object with an ``id``; the error names the keys.
    """
    found = body.get("data", body) if isinstance(body, dict) else body
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if isinstance(found, dict) and "id" not in found and len(found) == 1:
        (found,) = found.values()
    if not isinstance(found, dict) or found.get("id") is None:
        raise BadAnswerError(f"{asked} answered with no object that has an 'id' but {_outline(body)}")
    return found


def _rows(body: t.Any) -> list[t.Any] | None:
    if isinstance(body, list):
        return body
    if not isinstance(body, dict):
        return None
    for key in ("data", "messages"):
        if isinstance(body.get(key), list):
            return t.cast("list[t.Any]", body[key])
    lists = [value for value in body.values() if isinstance(value, list)]
    return lists[0] if len(lists) == 1 and "errors" not in body else None


def _total(body: dict[str, t.Any]) -> int | None:
    meta = body.get("meta")
    for holder in (body, meta if isinstance(meta, dict) else {}):
        total = holder.get("total")
        if isinstance(total, str) and total.isdecimal():
            total = int(total)
        if isinstance(total, int) and not isinstance(total, bool) and total >= 0:
            return total
    return None


def _outline(body: t.Any) -> str:
    """Describe a body without its contents: its keys, or its type."""
    if isinstance(body, dict):
        return f"the keys {sorted(str(key)[:40] for key in body)[:20]}"
    return f"a JSON {type(body).__name__}"
