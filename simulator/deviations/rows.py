"""Deviations of single rows: left out, doubled, out of place, not asked for, null."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.deviations.envelope import rows_of, with_rows
from simulator.deviations.shapes import LISTS, SEARCHES, Answer, Deviation, Scene

if TYPE_CHECKING:
    from collections.abc import Callable

_TWO = 2


def _on_rows(change: Callable[[list[Any]], list[Any]]) -> Callable[[Answer, Scene], Answer]:
    """Return the hook that changes the rows of a page, if it has any."""

    def say(answer: Answer, scene: Scene) -> Answer:
        rows = rows_of(answer, scene.question.kind)
        return with_rows(answer, scene.question.kind, change(rows)) if rows else answer

    return say


def _without_middle(rows: list[Any]) -> list[Any]:
    middle = len(rows) // 2
    return rows[:middle] + rows[middle + 1 :]


def _doubled(rows: list[Any]) -> list[Any]:
    middle = len(rows) // 2
    return rows[: middle + 1] + rows[middle:]


def _doubled_over(rows: list[Any]) -> list[Any]:
    middle = len(rows) // 2
    return rows[:middle] + rows[middle - 1 : middle] + rows[middle + 1 :] if len(rows) >= _TWO else rows


def _swapped(rows: list[Any]) -> list[Any]:
    return [rows[-1], *rows[1:-1], rows[0]] if len(rows) >= _TWO else rows


def _with_null(rows: list[Any]) -> list[Any]:
    middle = len(rows) // 2
    return [*rows[:middle], None, *rows[middle:]]


def other_chat(scene: Scene) -> Answer | None:
    """Return the answer for the first other chat, one with messages if messages are asked for."""
    question = scene.question
    number = question.path.split("/")[2]
    for chat in sorted(scene.account.chats):
        if str(chat) != number and (question.kind == "chat" or scene.account.threads[chat]):
            path = question.path.replace(number, str(chat), 1)
            return scene.ask(replace(question, path=path).but(offset=None))
    return None


def _stranger(scene: Scene) -> Any:
    """Return a row that was not asked for: of another chat, or one that the filter excludes."""
    kind = scene.question.kind
    if kind in SEARCHES:
        asked = {row["id"] for row in rows_of(scene.everything(), kind)}
        rows = rows_of(scene.everything(filter=[]), kind)
        return next((row for row in rows if row["id"] not in asked), None)
    answer = other_chat(scene)
    return None if answer is None else rows_of(answer, kind)[0]


def _foreign(answer: Answer, scene: Scene) -> Answer:
    kind = scene.question.kind
    row = _stranger(scene) if rows_of(answer, kind) else None
    if row is None:
        return answer
    rows = rows_of(answer, kind)
    middle = len(rows) // 2
    return with_rows(answer, kind, [row] if kind == "chat" else [*rows[:middle], row, *rows[middle:]])


def _foreign_instead(answer: Answer, scene: Scene) -> Answer:
    kind = scene.question.kind
    row = _stranger(scene) if rows_of(answer, kind) else None
    if row is None:
        return answer
    rows = rows_of(answer, kind)
    middle = len(rows) // 2
    return with_rows(answer, kind, [*rows[:middle], row, *rows[middle + 1 :]])


_WITH_STRANGERS = SEARCHES | {"messages"}

ROWS = (
    Deviation(
        "row-left-out-first",
        "The first row of a page is missing; the total counts it.",
        LISTS,
        say=_on_rows(lambda rows: rows[1:]),
    ),
    Deviation(
        "row-left-out-middle",
        "A row in the middle of a page is missing; the total counts it.",
        LISTS,
        say=_on_rows(_without_middle),
    ),
    Deviation(
        "row-left-out-last",
        "The last row of a page is missing; the total counts it.",
        LISTS,
        say=_on_rows(lambda rows: rows[:-1]),
    ),
    Deviation("row-doubled", "A row is listed twice; the page is longer by one.", LISTS, say=_on_rows(_doubled)),
    Deviation(
        "row-doubled-over-next",
        "A row is listed twice, in place of its neighbour.",
        LISTS,
        say=_on_rows(_doubled_over),
    ),
    Deviation("rows-swapped", "The first and the last row of a page swap places.", LISTS, say=_on_rows(_swapped)),
    Deviation("rows-with-null", "There is a null among the rows.", LISTS, say=_on_rows(_with_null)),
    Deviation(
        "row-foreign",
        "A row that was not asked for: from another chat, or excluded by the filter.",
        _WITH_STRANGERS | {"chat"},
        say=_foreign,
    ),
    Deviation(
        "row-foreign-instead",
        "A row that was not asked for, in place of one of the page.",
        _WITH_STRANGERS,
        say=_foreign_instead,
    ),
)
