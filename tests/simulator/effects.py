"""What each deviation does to an answer, as a client sees it: one check a name."""

from __future__ import annotations

import gzip
import http.client
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from tests.simulator.client import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.client import Answer


@dataclass
class Seen:
    """The answer of the page before, the plain answer, what was said instead, or the error of asking, and seconds."""

    kind: str
    before: Answer
    plain: Answer
    said: Answer
    error: Exception | None
    seconds: float

    def rows(self, answer: Answer) -> list[Any]:
        body = answer.json
        if self.kind == "chat":
            return [body]
        return [body["data"]] if self.kind == "organization" else list(body["data"])

    @property
    def was(self) -> list[Any]:
        return self.rows(self.plain)

    @property
    def now(self) -> list[Any]:
        return self.rows(self.said)

    @property
    def ids(self) -> list[Any]:
        return [row["id"] for row in self.now]

    @property
    def late(self) -> float:
        """By how many seconds the Date is ahead of the plain one."""
        dates = [parsedate_to_datetime(answer.headers["Date"]) for answer in (self.said, self.plain)]
        return (dates[0] - dates[1]).total_seconds()


def total(answer: Answer) -> Any:
    body = answer.json
    return body["meta"]["total"] if "meta" in body else body.get("total")


def _rows(expected: Callable[[list[Any]], list[Any]]) -> Callable[[Seen], bool]:
    """The rows are these of the plain ones, and the total is as it was."""
    return lambda seen: (seen.now, total(seen.said)) == (expected(seen.was), total(seen.plain))


def _total(expected: Callable[[int, Seen], Any]) -> Callable[[Seen], bool]:
    return lambda seen: (seen.now, total(seen.said)) == (seen.was, expected(total(seen.plain), seen))


def _html(status: int) -> Callable[[Seen], bool]:
    return lambda seen: (
        (seen.said.status, seen.said.headers["Server"], seen.said.body[:6]) == (status, "nginx", b"<html>")
    )


def _own(status: int, code: str) -> Callable[[Seen], bool]:
    return lambda seen: (seen.said.status, seen.said.codes) == (status, ["invalid_request", code])


def _patience(value: str) -> Callable[[Seen], bool]:
    own = _own(429, "too_many_requests")
    return lambda seen: own(seen) and seen.said.headers["Retry-After"] == value


def _key(name: str) -> Callable[[Seen], bool]:
    return lambda seen: seen.said.json[name] == seen.plain.json["data"] and "data" not in seen.said.json


def _nowhere(name: str) -> Callable[[Seen], bool]:
    return lambda seen: all(name in row for row in seen.was) and not any(name in row for row in seen.now)


def _null(name: str) -> Callable[[Seen], bool]:
    return lambda seen: {row[name] for row in seen.now} == {None} != {row[name] for row in seen.was}


def _times(form: Callable[[float], Any]) -> Callable[[Seen], bool]:
    def check(seen: Seen) -> bool:
        name = "lastSeen" if seen.kind.startswith("customers") else "createdAt"
        return [row[name] for row in seen.now] == [form(float(row[name])) for row in seen.was]

    return check


def _same_but(**changed: str) -> Callable[[Seen], bool]:
    """Only these headers are otherwise."""

    names = {name.replace("_", "-"): value for name, value in changed.items()}
    return lambda seen: (seen.said.body, seen.said.headers) == (seen.plain.body, {**seen.plain.headers, **names})


def _moved(seconds: int) -> Callable[[Seen], bool]:
    return lambda seen: seen.late == seconds and seen.said.body == seen.plain.body


def _foreign(seen: Seen) -> bool:
    if seen.kind == "chat":
        return seen.ids != [seen.was[0]["id"]]
    return len(seen.now) == len(seen.was) + 1 and all(row in seen.now for row in seen.was)


def _foreign_instead(seen: Seen) -> bool:
    return len(seen.now) == len(seen.was) and sum(row not in seen.was for row in seen.now) == 1


def _stale(seen: Seen) -> bool:
    def newest(rows: list[Any]) -> float:
        names = ("createdAt", "lastMessageAt", "firstSeen", "lastSeen")
        return max(float(row[name]) for row in rows for name in names if row.get(name) is not None)

    fewer = seen.kind == "chat" or total(seen.said) < total(seen.plain)
    return fewer and newest(seen.now) <= NOW - 60 and seen.late == 0


def _late(seen: Seen) -> bool:
    return seen.seconds >= 0.15 and seen.said.body == seen.plain.body


def _sometimes_null(seen: Seen) -> bool:
    nulls = [row["lastMessageAt"] is None for row in seen.now]
    return seen.now != seen.was and nulls == [str(row["id"]).endswith("1") for row in seen.now]


def _zero(seen: Seen) -> bool:
    said = [value for row in seen.now for name, value in row.items() if name.endswith(("At", "Seen", "Until"))]
    return "0" in said and None not in said


# Questions in whose answers there is something to change, where the plain one has nothing.
QUESTIONS: dict[str, dict[str, Any]] = {
    "empty-404": {"offset": 1000},
    "empty-null": {"offset": 1000},
    "offset-window": {"offset": 9_950},
    "or-as-and": {"either": True},
    "own-410": {"chat": 999},
    "times-zero": {"offset": 1},
}
EFFECTS: dict[str, Callable[[Seen], bool]] = {
    "row-left-out-first": _rows(lambda rows: rows[1:]),
    "row-left-out-middle": _rows(lambda rows: rows[:30] + rows[31:]),
    "row-left-out-last": _rows(lambda rows: rows[:-1]),
    "row-doubled": _rows(lambda rows: rows[:31] + rows[30:]),
    "row-doubled-over-next": _rows(lambda rows: rows[:30] + rows[29:30] + rows[31:]),
    "rows-swapped": _rows(lambda rows: [rows[-1], *rows[1:-1], rows[0]]),
    "rows-with-null": _rows(lambda rows: [*rows[:30], None, *rows[30:]]),
    "row-without-id": _rows(lambda rows: [*rows[:30], {**rows[30], "id": None}, *rows[30:]]),
    "row-poisoned": _own(500, "internal_error"),
    "row-foreign": _foreign,
    "row-foreign-instead": _foreign_instead,
    "page-empty": _rows(lambda _: []),
    "page-empty-total-0": lambda seen: (seen.now, total(seen.said)) == ([], 0),
    "page-repeated": lambda seen: seen.said.body == seen.before.body,
    "page-foreign": lambda seen: {row["chat"] for row in seen.now} != {row["chat"] for row in seen.was},
    "page-half-with-errors": lambda seen: seen.now == seen.was[:30] and bool(seen.said.json["errors"]),
    "index-rebuilt": lambda seen: {at % 10 for at in seen.ids} == {0, 1, 2} and total(seen.said) < 60,
    "order-ignored": lambda seen: seen.ids == list(range(seen.ids[0], seen.ids[0] + 60)),
    "order-reversed": lambda seen: seen.ids == sorted(seen.ids) and total(seen.said) == total(seen.plain),
    "filter-ignored": lambda seen: (seen.now, total(seen.said)) == (seen.was, 130),
    "filter-an-hour-early": lambda seen: total(seen.said) == 130,
    "filter-an-hour-late": lambda seen: (seen.now, total(seen.said)) == ([], 0),
    "or-as-and": lambda seen: (seen.now, total(seen.said)) == ([], 0) != (seen.was, total(seen.plain)),
    "offset-ignored": lambda seen: seen.now == seen.rows(seen.before),
    "offset-refused": _own(400, "offset"),
    "offset-window": _own(400, "offset"),
    "offset-empty": _rows(lambda _: []),
    "offset-slid": lambda seen: seen.now[:-1] == seen.was[1:] and total(seen.said) == total(seen.plain) - 1,
    "limit-ignored": lambda seen: len(seen.now) == total(seen.plain) - 10 > 60 and seen.now[:60] == seen.was,
    "limit-50": _rows(lambda rows: rows[:50]),
    "total-absent": _total(lambda _, __: None),
    "total-one-more": _total(lambda number, _: number + 1),
    "total-one-less": _total(lambda number, _: number - 1),
    "total-of-page": _total(lambda _, __: 60),
    "total-zero": _total(lambda _, __: 0),
    "total-negative": _total(lambda _, __: -1),
    "total-text": _total(lambda _, __: "many"),
    "total-digits": _total(lambda number, _: str(number)),
    "total-random": lambda seen: seen.now == seen.was and total(seen.said) != total(seen.plain),
    "total-unfiltered": _total(lambda _, __: 130),
    "envelope-messages": _key("messages"),
    "envelope-items": _key("items"),
    "envelope-own": lambda seen: _key(seen.kind.partition("/")[0])(seen),
    "envelope-bare": lambda seen: seen.said.json == seen.plain.json["data"],
    "envelope-data": lambda seen: seen.said.json == {"data": seen.plain.json},
    "data-null": lambda seen: seen.said.json == {**seen.plain.json, "data": None},
    "empty-null": lambda seen: seen.said.json == {**seen.plain.json, "data": None},
    "empty-404": _own(404, "not_found"),
    "rows-nested": _rows(lambda rows: [rows]),
    "bom": lambda seen: seen.said.body == b"\xef\xbb\xbf" + seen.plain.body,
    "gzip-unannounced": lambda seen: gzip.decompress(seen.said.body) == seen.plain.body,
    "content-type-wrong": _same_but(Content_Type="text/html; charset=UTF-8"),
    "last-message-at-missing": _nowhere("lastMessageAt"),
    "last-message-at-null": _null("lastMessageAt"),
    "last-message-at-null-in-some": _sometimes_null,
    "created-at-missing": _nowhere("createdAt"),
    "created-at-null": _null("createdAt"),
    "last-seen-missing": _nowhere("lastSeen"),
    "last-seen-null": _null("lastSeen"),
    "id-missing": _nowhere("id"),
    "id-null": _null("id"),
    "ids-as-texts": lambda seen: seen.ids == [str(row["id"]) for row in seen.was],
    "times-in-milliseconds": _times(lambda at: int(at * 1000)),
    "times-in-iso-8601": _times(lambda at: datetime.fromtimestamp(at, UTC).isoformat("T", "milliseconds")),
    "times-zero": _zero,
    "foreign-404": _html(404),
    "own-404": _own(404, "not_found"),
    "own-410": _own(410, "gone"),
    "own-401": _own(401, "unauthorized"),
    "foreign-403": _html(403),
    "too-many-403": _own(403, "too_many_requests"),
    "plan-403": _own(403, "forbidden"),
    "own-403": _own(403, "forbidden"),
    "own-400": _own(400, "customer"),
    "own-500": _own(500, "internal_error"),
    "foreign-502": _html(502),
    "html-200": _html(200),
    "status-201": lambda seen: (seen.said.status, seen.said.body) == (201, seen.plain.body),
    "status-204": lambda seen: (
        (seen.said.status, seen.said.body) == (204, b"") and "Content-Type" not in seen.said.headers
    ),
    "retry-after-7200": _patience("7200"),
    "retry-after-epoch": _patience("1790000060"),
    "retry-after-negative": _patience("-5"),
    "retry-after-text": _patience("soon"),
    "date-ahead": _moved(900),
    "date-behind": _moved(-900),
    "date-absent": lambda seen: "Date" not in seen.said.headers and seen.said.body == seen.plain.body,
    "date-text": _same_but(Date="soon"),
    "date-1970": _same_but(Date="Thu, 01 Jan 1970 00:00:00 GMT"),
    "date-far-future": _same_but(Date="Fri, 31 Dec 9999 23:59:59 GMT"),
    "stale": _stale,
    "slow": _late,
    "head-dribbled": _late,
    "body-dribbled": _late,
    "connection-reset": lambda seen: isinstance(seen.error, ConnectionResetError),
    "body-cut": lambda seen: (
        isinstance(seen.error, http.client.IncompleteRead)
        and seen.error.partial == seen.plain.body[: len(seen.plain.body) // 2]
    ),
}
