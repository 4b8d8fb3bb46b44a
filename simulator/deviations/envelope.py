"""Finds the rows and the total in an answer, in whatever envelope, and replaces them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.deviations.shapes import Answer, Scene

Row = dict[str, Any]

_OK = 2


def key_of(body: Any, kind: str) -> str | None:
    """Return the key that holds the rows."""
    if kind == "chat" or not isinstance(body, dict):
        return None
    return next((key for key in ("data", "messages", "items", kind.partition("/")[0]) if key in body), None)


def rows_of(answer: Answer, kind: str) -> list[Any]:
    """Return the rows, a single object as one row; none for an error or a body without rows."""
    if answer.status // 100 != _OK:
        return []
    key = key_of(answer.body, kind)
    found = answer.body if key is None else answer.body[key]
    if isinstance(found, dict):
        return [found] if kind in ("chat", "organization") else []
    if not isinstance(found, list):
        return []
    return found[0] if len(found) == 1 and isinstance(found[0], list) else found


def with_rows(answer: Answer, kind: str, rows: list[Any]) -> Answer:
    """Return the answer with other rows in the same envelope."""
    key = key_of(answer.body, kind)
    before = answer.body if key is None else answer.body[key]
    now: Any = rows
    if isinstance(before, dict):
        now = rows[0]
    elif before and isinstance(before[0], list):
        now = [rows]
    return replace(answer, body=now if key is None else {**answer.body, key: now})


def each(answer: Answer, scene: Scene, change: Callable[[Row], Row]) -> Answer:
    """Return the answer with every row changed."""
    rows = rows_of(answer, scene.question.kind)
    if not rows:
        return answer
    changed = [change(row) if isinstance(row, dict) else row for row in rows]
    return with_rows(answer, scene.question.kind, changed)


def _place(body: Any) -> Row | None:
    """Return the object that holds the total."""
    if not isinstance(body, dict):
        return None
    return next((place for place in (body, body.get("meta")) if isinstance(place, dict) and "total" in place), None)


def total_of(answer: Answer) -> int | None:
    """Return the total, as the answer gives it."""
    place = _place(answer.body)
    found = None if place is None else place["total"]
    return found if isinstance(found, int) else None


def with_total(answer: Answer, total: Any) -> Answer:
    """Return the answer with another total, if it has one; None removes it."""
    body = answer.body
    place = _place(body)
    if place is None:
        return answer
    said = {name: value for name, value in place.items() if name != "total"}
    if total is not None:
        said = {**place, "total": total}
    if place is not body:
        rest = {name: value for name, value in body.items() if name != "meta"}
        said = {**rest, "meta": said} if said else rest
    return replace(answer, body=said)
