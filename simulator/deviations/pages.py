"""Deviations of whole pages: empty, repeated, of another chat, or with another order, filter or limit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.deviations.envelope import rows_of, total_of, with_rows, with_total
from simulator.deviations.rows import other_chat
from simulator.deviations.shapes import LISTS, NO_LIMIT, SEARCHES, WALKED, Answer, Deviation, Question, Scene
from simulator.endpoints import error_body
from simulator.query import invalid

if TYPE_CHECKING:
    from collections.abc import Callable

_HOUR = 3600
_TIMES = frozenset({"chats.createdAt", "chats.updatedAt", "chats.closedAt", "customers.lastSeen"})


def _empty(answer: Answer, scene: Scene) -> Answer:
    return with_rows(answer, scene.question.kind, []) if rows_of(answer, scene.question.kind) else answer


def _empty_of_none(answer: Answer, scene: Scene) -> Answer:
    empty = _empty(answer, scene)
    return empty if empty is answer else with_total(empty, 0)


def _repeated(answer: Answer, scene: Scene) -> Answer:
    before, kind = scene.before, scene.question.kind
    both = before is not None and rows_of(before, kind) and rows_of(answer, kind)
    return replace(answer, body=before.body) if before is not None and both else answer


def _empty_behind_the_first(answer: Answer, scene: Scene) -> Answer:
    return _empty(answer, scene) if scene.question.offset else answer


def _of_another_chat(answer: Answer, scene: Scene) -> Answer:
    other = other_chat(scene) if rows_of(answer, "messages") else None
    return answer if other is None else replace(answer, body=other.body)


def _all_at_once(answer: Answer, scene: Scene) -> Answer:
    question = scene.question
    if not rows_of(answer, question.kind):
        return answer
    rows = rows_of(scene.whole(question.but(limit=NO_LIMIT)), question.kind)
    # If a limit is refused there are none, but all rows have come anyway.
    return with_rows(answer, question.kind, rows) if rows else answer


def _reordered(order: Callable[[list[Any]], list[Any]]) -> Callable[[Answer, Scene], Answer]:
    """Return the hook that reorders all rows and answers with the requested page of them."""

    def say(answer: Answer, scene: Scene) -> Answer:
        question = scene.question
        if not rows_of(answer, question.kind):
            return answer
        rows = order(rows_of(scene.everything(), question.kind))
        return with_rows(answer, question.kind, rows[question.offset : question.offset + question.limit])

    return say


def _slid(question: Question) -> Question:
    return question.but(offset=question.offset + 1) if question.offset else question


def _slid_total(answer: Answer, scene: Scene) -> Answer:
    total = total_of(answer)
    return answer if total is None or not scene.question.offset else with_total(answer, total - 1)


def _shifted(seconds: int) -> Callable[[Question], Question]:
    def shift(condition: dict[str, Any]) -> dict[str, Any]:
        if condition["field"] not in _TIMES:
            return condition
        return {**condition, "value": int(condition["value"]) + seconds}

    def ask(question: Question) -> Question:
        return question.but(filter=[shift(condition) for condition in question.asked.get("filter", ())])

    return ask


def _at_most_50(question: Question) -> Question:
    return question.but(limit=min(50, question.limit))


def _refused(answer: Answer, scene: Scene) -> Answer:
    if "offset" not in scene.question.asked:
        return answer
    refusal = invalid("offset", "This field was not expected.")
    return replace(answer, status=refusal.status, body=error_body(scene.dialect, refusal))


PAGES = (
    Deviation("page-empty", "A page has no rows; the total is as before.", LISTS, say=_empty),
    Deviation("page-empty-total-0", "A page has no rows, and there are none in total.", LISTS, say=_empty_of_none),
    Deviation("page-repeated", "The previous answer for the same path, whatever is asked.", LISTS, say=_repeated),
    Deviation("page-foreign", "The messages of another chat.", frozenset({"messages"}), say=_of_another_chat),
    Deviation(
        "order-ignored",
        "Rows come by id, ascending, whatever the order.",
        WALKED,
        say=_reordered(lambda rows: sorted(rows, key=lambda row: int(row["id"]))),
    ),
    Deviation("order-reversed", "Rows come in the reverse order.", WALKED, say=_reordered(lambda rows: rows[::-1])),
    Deviation(
        "filter-ignored", "All rows match, whatever the filter.", SEARCHES, ask=lambda question: question.but(filter=[])
    ),
    Deviation(
        "filter-an-hour-early", "Times in the filter are read as an hour earlier.", SEARCHES, ask=_shifted(-_HOUR)
    ),
    Deviation("filter-an-hour-late", "Times in the filter are read as an hour later.", SEARCHES, ask=_shifted(_HOUR)),
    Deviation(
        "offset-ignored", "The first page, whatever the offset.", LISTS, ask=lambda question: question.but(offset=None)
    ),
    Deviation("offset-refused", "A question with an offset is refused with 400.", LISTS, say=_refused),
    Deviation(
        "offset-empty", "Every page but the first is empty; the total is as before.", LISTS, say=_empty_behind_the_first
    ),
    Deviation(
        "offset-slid",
        "Later pages begin a row too late, as if an earlier row had been deleted.",
        LISTS,
        ask=_slid,
        say=_slid_total,
    ),
    Deviation("limit-ignored", "All rows from the offset on come at once.", LISTS, say=_all_at_once),
    Deviation("limit-50", "No page has more than 50 rows.", LISTS, ask=_at_most_50),
)
