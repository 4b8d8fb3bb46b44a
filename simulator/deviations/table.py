"""All deviations: what an account can do wrong, and which class of trouble it is.

Class 1 is trouble now and then: anything that is played for some answers only. Played in every answer it is class 2
(odd, but consistent: everything can still be read) or class 3 (against the documents: something cannot be read).
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Literal

from simulator.deviations import _hooks as hooks
from simulator.deviations.base import ALL, CHATS, CUSTOMERS, LISTS, SEARCHES, SMALL, WALKED, rows_of, total_of
from simulator.endpoints import too_many

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.deviations.base import Answer, Question, Scene

NOW_AND_THEN, ODD, AGAINST = 1, 2, 3


def _same(question: Question) -> Question:
    return question


@dataclass(frozen=True)
class Deviation:
    """One thing that an account does wrong."""

    name: str
    kinds: frozenset[str]  # for which of KINDS it can be played
    every: int  # its class if it is played in every answer
    text: str
    say: Callable[[Answer, Scene], Answer] = lambda answer, _: (
        answer
    )  # returns the answer that the account sends instead
    ask: Callable[[Question], Question] = _same  # returns the question that it answers instead
    besides: Mapping[str, int] = field(default_factory=dict)  # its class in every answer of these kinds of request
    # Whether answers look as if rows did not exist: never, if every answer does it, or even if one does.
    hides: Literal["never", "always", "even once"] = "never"

    @property
    def only_says(self) -> bool:
        """Whether it leaves the question unchanged."""
        return self.ask is _same

    def class_of(self, kind: str, times: int | None) -> int:
        """Return its class, 1 to 3, for a kind of request if it is played so many times (None: always)."""
        return NOW_AND_THEN if times is not None else self.besides.get(kind, self.every)


_CUSTOMERS_ODD, _SMALL_ODD = dict.fromkeys(CUSTOMERS, ODD), dict.fromkeys(SMALL, ODD)


def _both(
    name: str, kinds: frozenset[str], every: int, key: str, besides: Mapping[str, int] | None = None
) -> list[Deviation]:
    """Return the two deviations of a field without values."""
    gone, more = hooks.each(lambda row: {name: row[name] for name in row if name != key}), besides or {}
    return [
        Deviation(f"{name}-missing", kinds, every, f"No row has `{key}`.", gone, besides=more),
        Deviation(f"{name}-null", kinds, every, f"`{key}` is null in every row.", hooks.null(key), besides=more),
    ]


def _totals(changes: dict[str, tuple[str, Callable[[int, Scene, Answer], Any]]]) -> list[Deviation]:
    return [Deviation(f"total-{name}", LISTS, ODD, text, hooks.total(it)) for name, (text, it) in changes.items()]


def _late(value: str, name: str) -> Deviation:
    text = f"429 with Retry-After: {value}."
    return Deviation(f"retry-after-{name}", ALL, AGAINST, text, hooks.own(too_many(), Retry_After=value))


D = Deviation
_OF_CHATS = CHATS | {"chat"}
_DATED = _OF_CHATS | {"messages"}
_MESSAGES = frozenset({"messages"})
_WRAPPED = LISTS | {"organization"}

# fmt: off
_ALL = (
    # Rows
    D("row-left-out-first", LISTS, AGAINST, "The first row of a page is missing; the total counts it.",
      hooks.rows(lambda rows: rows[1:]), hides="always"),
    D("row-left-out-middle", LISTS, AGAINST, "A row in the middle of a page is missing; the total counts it.",
      hooks.middle(lambda rows, at: rows[:at] + rows[at + 1 :]), hides="always"),
    D("row-left-out-last", LISTS, AGAINST, "The last row of a page is missing; the total counts it.",
      hooks.rows(lambda rows: rows[:-1]), hides="always"),
    D("row-doubled", LISTS, ODD, "A row is listed twice; the page is longer by one.",
      hooks.middle(lambda rows, at: rows[: at + 1] + rows[at:])),
    D("row-doubled-over-next", LISTS, AGAINST, "A row is listed twice, in place of its neighbour.",
      hooks.middle(lambda rows, at: rows[:at] + rows[at - 1 : at] + rows[at + 1 :] if at else rows), hides="always"),
    D("rows-swapped", LISTS, AGAINST, "The first and the last row of a page swap places.",
      hooks.rows(lambda rows: [rows[-1], *rows[1:-1], rows[0]] if len(rows) > 1 else rows)),
    D("rows-with-null", LISTS, ODD, "There is a null among the rows.",
      hooks.middle(lambda rows, at: [*rows[:at], None, *rows[at:]])),
    D("row-without-id", LISTS, AGAINST, "There is one more row, whose `id` is null.",
      hooks.middle(lambda rows, at: [*rows[:at], {**rows[at], "id": None}, *rows[at:]])),
    D("row-poisoned", LISTS, AGAINST, "Each page that contains one row of the list is a 500.",
      hooks.refused(500, "internal_error", applies=hooks.is_poisoned)),
    D("row-foreign", SEARCHES | {"messages", "chat"}, AGAINST,
      "A row that was not requested: from another chat, or excluded by the filter.", hooks.foreign(0)),
    D("row-foreign-instead", SEARCHES | {"messages"}, AGAINST,
      "A row that was not requested, in place of one of the page.", hooks.foreign(1)),
    # Pages
    D("page-empty", LISTS, AGAINST, "A page has no rows; the total is as before.", hooks.empty, hides="always"),
    D("page-empty-total-0", LISTS, AGAINST, "A page has no rows, and there are none in total.", hooks.empty_of_none,
      hides="always"),
    D("page-repeated", LISTS, AGAINST, "The previous answer for the same path, whatever is requested.", hooks.repeated,
      besides=_SMALL_ODD, hides="always"),
    D("page-foreign", _MESSAGES, AGAINST, "The messages of another chat.", hooks.of_another_chat),
    D("page-half-with-errors", LISTS, AGAINST, "A page has half of its rows, and `errors` beside them.",
      hooks.half_with_errors),
    D("index-rebuilt", WALKED, AGAINST, "Only 30% of the rows are there, and the total counts these.",
      hooks.reordered(lambda rows: [row for row in rows if int(row["id"]) % 10 < 3], counted=True),  # noqa: PLR2004
      hides="even once"),
    D("order-ignored", WALKED, AGAINST, "Rows come by id, ascending, whatever the order.",
      hooks.reordered(lambda rows: sorted(rows, key=lambda row: int(row["id"]))), besides=_CUSTOMERS_ODD),
    D("order-reversed", WALKED, AGAINST, "Rows come in the reverse order.", hooks.reordered(lambda rows: rows[::-1]),
      besides=_CUSTOMERS_ODD),
    D("filter-ignored", SEARCHES, ODD, "All rows match, whatever the filter.",
      ask=lambda question: question.but(filter=[])),
    D("filter-an-hour-early", SEARCHES, ODD, "Times in the filter are read as an hour earlier.",
      ask=hooks.shifted(-3600)),
    D("filter-an-hour-late", SEARCHES, ODD, "Times in the filter are read as an hour later.", ask=hooks.shifted(3600)),
    D("or-as-and", SEARCHES, ODD, "Conditions joined by OR are joined by AND.",
      ask=lambda question: question.but(comparison="AND") if "comparison" in question.asked else question),
    D("offset-ignored", LISTS, AGAINST, "The first page, whatever the offset.",
      ask=lambda question: question.but(offset=None), besides=_SMALL_ODD),
    D("offset-refused", LISTS, AGAINST, "A request with an offset is refused with 400.",
      hooks.refused(400, "invalid_offset_value", "offset", lambda _, scene: "offset" in scene.question.asked),
      besides=_SMALL_ODD),
    D("offset-window", WALKED, AGAINST, "Requests that reach beyond the first 10,000 rows are refused with 400.",
      hooks.refused(400, "invalid_offset_value", "offset",
                    lambda _, scene: scene.question.offset + scene.question.limit > scene.measures.window)),
    D("offset-empty", LISTS, AGAINST, "Every page but the first is empty; the total is as before.",
      hooks.later(hooks.empty), besides=_SMALL_ODD),
    D("offset-slid", LISTS, ODD, "Later pages begin a row too late, as if an earlier row had been deleted.",
      hooks.later(hooks.total(lambda total, _, __: total - 1)), hooks.slid),
    D("limit-ignored", LISTS, ODD, "All rows from the offset on come at once.", hooks.all_at_once),
    D("limit-50", LISTS, ODD, "No page has more than 50 rows.",
      ask=lambda question: question.but(limit=min(50, question.limit))),
    # Totals
    *_totals({
        "absent": ("There is no total.", lambda _, __, ___: None),
        "one-more": ("The total counts one row more than there are.", lambda total, _, __: total + 1),
        "one-less": ("The total counts one row less than there are.", lambda total, _, __: max(0, total - 1)),
        "of-page": ("The total counts the rows of the page.",
                    lambda _, scene, said: len(rows_of(said, scene.question.kind))),
        "zero": ("The total is 0.", lambda _, __, ___: 0),
        "negative": ("The total is -1.", lambda _, __, ___: -1),
        "text": ("The total is a word.", lambda _, __, ___: "many"),
        "digits": ("The total is a string of digits.", lambda total, _, __: str(total)),
        "random": ("The total is another number in every answer.",
                   lambda total, scene, _: scene.rng.choice([n for n in range(2 * total + 3) if n != total])),
    }),
    D("total-unfiltered", SEARCHES, ODD, "The total counts the rows that the filter excludes too.",
      hooks.total(lambda _, scene, __: total_of(scene.everything(filter=[])))),
    # Envelopes and bytes
    D("envelope-messages", LISTS, ODD, "Rows of every kind are under `messages`.",
      hooks.wrapped(lambda rows, _: {"messages": rows})),
    D("envelope-items", LISTS, ODD, "Rows are under `items`.", hooks.wrapped(lambda rows, _: {"items": rows})),
    D("envelope-own", _WRAPPED - _MESSAGES, ODD, "The content is under its own name.",
      hooks.wrapped(lambda rows, kind: {kind: rows})),
    D("envelope-bare", _WRAPPED, ODD, "The content is at the root, unwrapped.", hooks.wrapped(lambda rows, _: rows)),
    D("envelope-data", frozenset({"chat"}), ODD, "A single chat is wrapped in `data`.",
      lambda said, _: replace(said, body={"data": said.body}) if rows_of(said, "chat") else said),
    D("data-null", _WRAPPED, AGAINST, "`data` is null.", hooks.wrapped(lambda _, __: {"data": None})),
    D("empty-null", LISTS, ODD, "`data` of an empty list is null.",
      hooks.wrapped(lambda _, __: {"data": None}, empty_only=True)),
    D("empty-404", LISTS, ODD, "An empty list is a 404 in the documented form.", hooks.not_found_if_empty),
    D("rows-nested", LISTS, ODD, "The list of rows is wrapped in another list.", hooks.rows(lambda rows: [rows])),
    D("bom", ALL, ODD, "A byte order mark precedes the JSON.",
      lambda answer, _: replace(answer, body=b"\xef\xbb\xbf" + answer.data)),
    D("gzip-unannounced", ALL, AGAINST, "The body is compressed, and no header says so.",
      lambda answer, _: replace(answer, body=gzip.compress(answer.data, mtime=0))),
    D("content-type-wrong", ALL, ODD, "The Content-Type of the JSON is text/html.",
      hooks.sent(content_type="text/html; charset=UTF-8")),
    # Fields
    *_both("last-message-at", _OF_CHATS, AGAINST, "lastMessageAt", {"chat": ODD}),
    D("last-message-at-null-in-some", _OF_CHATS, ODD, "`lastMessageAt` is null in one chat of ten.",
      hooks.null("lastMessageAt", lambda row: str(row.get("id")).endswith("1"))),
    *_both("created-at", _DATED, AGAINST, "createdAt"),
    *_both("last-seen", CUSTOMERS, ODD, "lastSeen"),
    *_both("id", ALL, AGAINST, "id"),
    D("ids-as-texts", ALL, ODD, "Ids are strings of digits.", hooks.each(hooks.texts)),
    D("times-in-milliseconds", _DATED | CUSTOMERS, ODD, "Times are milliseconds.",
      hooks.times(lambda seconds: int(seconds * 1000))),
    D("times-in-iso-8601", _DATED | CUSTOMERS, ODD, "Times are ISO 8601.",
      hooks.times(lambda at: datetime.fromtimestamp(float(at), timezone.utc).isoformat("T", "milliseconds"))),
    D("times-zero", _DATED | CUSTOMERS, ODD, 'Times that are not known are "0".',
      hooks.each(lambda row: {k: "0" if v is None and k in hooks.TIMES else v for k, v in row.items()})),
    # Errors
    D("foreign-404", ALL, AGAINST, "404 with HTML, as from an ingress without a route.", hooks.html(404)),
    D("own-404", ALL, AGAINST, "404 in the documented form, although the object exists.", hooks.not_found,
      hides="always"),
    D("own-410", frozenset({"chat", "messages"}), ODD, "410 instead of 404 for a chat that was deleted.",
      hooks.refused(410, "gone", applies=lambda answer, _: answer.status == 404)),  # noqa: PLR2004,
    D("own-401", ALL, AGAINST, "401 in the documented form.", hooks.refused(401, "unauthorized")),
    D("foreign-403", ALL, AGAINST, "403 with HTML, as from a firewall.", hooks.html(403)),
    D("own-403", ALL, AGAINST, "403 in the documented form.", hooks.refused(403, "forbidden"), hides="always"),
    D("too-many-403", ALL, AGAINST, "403 with the code `too_many_requests`.",
      hooks.refused(403, "too_many_requests", "too_many_requests")),
    D("plan-403", _MESSAGES, AGAINST, "403 for the messages of all but the newest third of the chats.",
      hooks.refused(403, "forbidden", applies=hooks.is_old), hides="always"),
    D("own-400", ALL, AGAINST, "400 in the documented form, for a field that was not sent.",
      hooks.refused(400, "invalid", "customer")),
    D("own-500", ALL, AGAINST, "500 in the documented form.", hooks.refused(500, "internal_error")),
    D("foreign-502", ALL, AGAINST, "502 with HTML, as from a proxy.", hooks.html(502)),
    D("html-200", ALL, AGAINST, "200 with an HTML page.", hooks.html(200)),
    D("status-201", ALL, ODD, "201 instead of 200.",
      lambda answer, _: replace(answer, status=201) if answer.status == hooks.OK else answer),
    D("status-204", ALL, AGAINST, "204 without a body.", hooks.sent(status=204, body=b"")),
    _late("7200", "7200"),
    D("retry-after-epoch", ALL, AGAINST, "429 with a Retry-After that is a time in epoch seconds.",
      hooks.until_a_minute),
    _late("-5", "negative"),
    _late("soon", "text"),
    # Clocks
    D("date-ahead", ALL, ODD, "The Date is 15 minutes ahead.", hooks.moved(900)),
    D("date-behind", ALL, ODD, "The Date is 15 minutes behind.", hooks.moved(-900)),
    D("date-absent", ALL, ODD, "There is no Date.", hooks.dated(lambda _: None)),
    D("date-text", ALL, ODD, "The Date is not a date.", hooks.dated(lambda _: "soon")),
    D("date-1970", ALL, ODD, "The Date is the beginning of 1970.", hooks.dated(lambda _: formatdate(0, usegmt=True))),
    D("date-far-future", ALL, ODD, "The Date is the end of the year 9999.",
      hooks.dated(lambda _: "Fri, 31 Dec 9999 23:59:59 GMT")),
    D("stale", WALKED | {"chat"}, ODD, "The answer is a minute old: what happened since is missing.",
      lambda _, scene: scene.past()),
    # Transport
    D("slow", ALL, ODD, "The answer begins two seconds late.", hooks.sent(sending="slow")),
    D("head-dribbled", ALL, ODD, "The headers come byte by byte, ten a second.", hooks.sent(sending="head by bytes")),
    D("body-dribbled", ALL, ODD, "The body comes byte by byte, ten a second.", hooks.sent(sending="body by bytes")),
    D("connection-reset", ALL, AGAINST, "The connection is reset before the answer.", hooks.sent(sending="reset")),
    D("body-cut", ALL, AGAINST, "The connection ends in the middle of the body.", hooks.sent(sending="cut")),
)
# fmt: on

DEVIATIONS: dict[str, Deviation] = {deviation.name: deviation for deviation in _ALL}
