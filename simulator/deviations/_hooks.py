"""The changes that deviations are made of: hooks for the question (`ask`) and for the answer (`say`).

What each does is said by the deviation that uses it.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from email.utils import formatdate, parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from simulator.deviations.base import NO_LIMIT, SEARCHES, key_of, rows_of, total_of, with_rows, with_total
from simulator.endpoints import error_body, too_many
from simulator.query import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.deviations.base import Answer, Question, Row, Scene

    Say = Callable[[Answer, Scene], Answer]
    Ask = Callable[[Question], Question]
    Applies = Callable[[Answer, Scene], bool]

TIMES = {"closedAt", "createdAt", "firstSeen", "lastCustomerMessageAt", "lastMessageAt", "lastSeen", "snoozedUntil"}
TIMES |= {"updatedAt"}
_IDS = frozenset({"id", "chat", "applicationId", "lastCommunicatedAgentId", "lastMessageId"})
_FILTERED = frozenset({"chats.createdAt", "chats.updatedAt", "chats.closedAt", "customers.lastSeen"})
_PHRASES = {200: "Welcome", 403: "Forbidden", 404: "Not Found", 502: "Bad Gateway"}
_MISSING = {"chat": "chat_not_found", "messages": "messages_not_found"}
OK = 200


def rows(change: Callable[[list[Any]], list[Any]]) -> Say:
    def say(answer: Answer, scene: Scene) -> Answer:
        found = rows_of(answer, scene.question.kind)
        return with_rows(answer, scene.question.kind, change(found)) if found else answer

    return say


def middle(change: Callable[[list[Any], int], list[Any]]) -> Say:
    return rows(lambda found: change(found, len(found) // 2))


def each(change: Callable[[Row], Row]) -> Say:
    return rows(lambda found: [change(row) if isinstance(row, dict) else row for row in found])


def null(name: str, applies: Callable[[Row], bool] = lambda _: True) -> Say:
    return each(lambda row: {**row, name: None} if name in row and applies(row) else row)


def times(say: Callable[[Decimal], Any]) -> Say:
    def form(name: str, value: Any) -> Any:
        try:
            return say(Decimal(str(value))) if name in TIMES else value
        except (ArithmeticError, ValueError):  # null, or changed by another deviation already
            return value

    return each(lambda row: {name: form(name, value) for name, value in row.items()})


def texts(value: Any) -> Any:
    if isinstance(value, list):
        return [texts(one) for one in value]
    if not isinstance(value, dict):
        return value
    said = {name: one if name == "customData" else texts(one) for name, one in value.items()}
    return {name: str(one) if name in _IDS and isinstance(one, int) else one for name, one in said.items()}


def other_chat(scene: Scene) -> Answer | None:
    question = scene.question
    number = question.path.split("/")[2]
    for chat in sorted(scene.account.chats):
        if str(chat) != number and (question.kind == "chat" or scene.account.threads[chat]):
            path = question.path.replace(number, str(chat), 1)
            return scene.ask(replace(question, path=path).but(offset=None))
    return None


def _stranger(scene: Scene) -> Any:
    kind = scene.question.kind
    if kind in SEARCHES:
        asked = {row["id"] for row in rows_of(scene.everything(), kind)}
        found = rows_of(scene.everything(filter=[]), kind)
        return next((row for row in found if row["id"] not in asked), None)
    answer = other_chat(scene)
    return None if answer is None else rows_of(answer, kind)[0]


def foreign(instead: int) -> Say:
    def say(answer: Answer, scene: Scene) -> Answer:
        kind = scene.question.kind
        found = rows_of(answer, kind)
        row = _stranger(scene) if found else None
        half = len(found) // 2
        now = [row] if kind == "chat" else [*found[:half], row, *found[half + instead :]]
        return answer if row is None else with_rows(answer, kind, now)

    return say


def empty(answer: Answer, scene: Scene) -> Answer:
    return with_rows(answer, scene.question.kind, []) if rows_of(answer, scene.question.kind) else answer


def empty_of_none(answer: Answer, scene: Scene) -> Answer:
    return with_total(empty(answer, scene), 0) if rows_of(answer, scene.question.kind) else answer


def later(say: Say) -> Say:
    return lambda answer, scene: say(answer, scene) if scene.question.offset else answer


def repeated(answer: Answer, scene: Scene) -> Answer:
    before, kind = scene.before or answer, scene.question.kind
    return replace(answer, body=before.body) if rows_of(before, kind) and rows_of(answer, kind) else answer


def of_another_chat(answer: Answer, scene: Scene) -> Answer:
    other = other_chat(scene) if rows_of(answer, "messages") else None
    return answer if other is None else replace(answer, body=other.body)


def all_at_once(answer: Answer, scene: Scene) -> Answer:
    found = rows_of(scene.whole(scene.question.but(limit=NO_LIMIT)), scene.question.kind)
    return with_rows(answer, scene.question.kind, found) if rows_of(answer, scene.question.kind) else answer


def reordered(order: Callable[[list[Any]], list[Any]], *, counted: bool = False) -> Say:
    def say(answer: Answer, scene: Scene) -> Answer:
        question = scene.question
        if not rows_of(answer, question.kind):
            return answer
        found = order(rows_of(scene.everything(), question.kind))
        page = with_rows(answer, question.kind, found[question.offset : question.offset + question.limit])
        return with_total(page, len(found)) if counted else page

    return say


def half_with_errors(answer: Answer, scene: Scene) -> Answer:
    found = rows_of(answer, scene.question.kind)
    if not found or not isinstance(answer.body, dict):
        return answer
    body = with_rows(answer, scene.question.kind, found[: len(found) // 2]).body
    return replace(answer, body={**body, "errors": [{"code": "partial_result", "message": "Some shards failed"}]})


def is_poisoned(answer: Answer, scene: Scene) -> bool:
    """Return whether the row in the middle of the whole list is in the answer."""
    kind = scene.question.kind
    ids = sorted(int(row["id"]) for row in rows_of(scene.everything(filter=[] if kind in SEARCHES else None), kind))
    return any(str(row.get("id")) == str(ids[len(ids) // 2]) for row in rows_of(answer, kind) if isinstance(row, dict))


def slid(question: Question) -> Question:
    return question.but(offset=question.offset + 1) if question.offset else question


def shifted(seconds: int) -> Ask:
    def shift(condition: dict[str, Any]) -> dict[str, Any]:
        moved = condition["field"] in _FILTERED
        return {**condition, "value": int(condition["value"]) + seconds} if moved else condition

    return lambda question: question.but(filter=[shift(condition) for condition in question.asked.get("filter", ())])


def total(change: Callable[[int, Scene, Answer], Any]) -> Say:
    def say(answer: Answer, scene: Scene) -> Answer:
        found = total_of(answer)
        return answer if found is None else with_total(answer, change(found, scene, answer))

    return say


def wrapped(wrap: Callable[[Any, str], Any], *, empty_only: bool = False) -> Say:
    def say(answer: Answer, scene: Scene) -> Answer:
        body, name = answer.body, scene.question.kind.partition("/")[0]
        key = key_of(body, name)
        if (empty_only and rows_of(answer, name)) or answer.status != OK:
            return answer
        if key is None:
            return replace(answer, body=wrap(body, name)) if isinstance(body, list) else answer
        now = wrap(body[key], name)
        if isinstance(now, dict) and now is not body[key]:
            now |= {other: value for other, value in body.items() if other != key}
        return replace(answer, body=now)

    return say


def sent(**changed: Any) -> Say:
    return lambda answer, _: replace(answer, **changed)


def html(status: int) -> Say:
    words = _PHRASES[status]
    page = f"<html>\n<head><title>{words}</title></head>\n<body><h1>{words}</h1><hr>nginx</body>\n</html>\n".encode()
    return lambda answer, _: replace(
        answer, status=status, body=page, headers={**answer.headers, "Server": "nginx"}, content_type="text/html"
    )


def own(refusal: Refusal, applies: Applies = lambda *_: True, **headers: str) -> Say:
    """Return the hook for an error of the documented form, where it applies."""

    def say(answer: Answer, scene: Scene) -> Answer:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        body, said = error_body(scene.dialect, refusal), {**answer.headers, **more}
        return replace(answer, status=refusal.status, body=body, headers=said) if applies(answer, scene) else answer

    return say


def refused(status: int, code: str, field: Any = None, applies: Applies = lambda *_: True) -> Say:
    return own(Refusal(status, code, f"Simulated {status}", field), applies)


def not_found(answer: Answer, scene: Scene) -> Answer:
    return own(Refusal(404, _MISSING.get(scene.question.kind, "entity_not_found"), "Nothing found"))(answer, scene)


def not_found_if_empty(answer: Answer, scene: Scene) -> Answer:
    return not_found(answer, scene) if answer.status == OK and not rows_of(answer, scene.question.kind) else answer


def is_old(_: Answer, scene: Scene) -> bool:
    """Return whether a chat is not among the newest third."""
    numbers = sorted(scene.account.chats)
    return int(scene.question.path.split("/")[2]) < numbers[len(numbers) * 2 // 3]


def until_a_minute(answer: Answer, scene: Scene) -> Answer:
    return own(too_many(), Retry_After=str(int(scene.account.now) + 60))(answer, scene)


def dated(change: Callable[[str], str | None]) -> Say:
    def say(answer: Answer, scene: Scene) -> Answer:  # noqa: ARG001
        headers = dict(answer.headers)
        date = change(headers.pop("Date")) if "Date" in headers else None
        return replace(answer, headers=headers if date is None else {**headers, "Date": date})

    return say


def moved(seconds: int) -> Say:
    def change(date: str) -> str:
        try:
            return formatdate(parsedate_to_datetime(date).timestamp() + seconds, usegmt=True)
        except (ValueError, OverflowError):  # another deviation has changed it already
            return date

    return dated(change)
