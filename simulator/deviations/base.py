"""What a deviation works on: a question, its answer (its rows and total), and what else the account could answer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from simulator import model
from simulator.query import MOST

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from simulator.account import Account
    from simulator.dialect import Dialect


@dataclass
class Logged:
    """A request as it arrived; `status` is 0 unless it was answered, `deviations` are those that were played."""

    method: str
    path: str
    params: dict[str, str]
    body: dict[str, Any] | None = None
    status: int = 0
    at: float = 0.0
    user_agent: str | None = None
    deviations: tuple[str, ...] = ()


Row = dict[str, Any]
Sending = Literal["whole", "slow", "reset", "cut", "head by bytes", "body by bytes"]

CHATS, CUSTOMERS = frozenset({"chats", "chats/search"}), frozenset({"customers", "customers/search"})
SEARCHES, SMALL = frozenset({"chats/search", "customers/search"}), frozenset(model.SMALL)
KINDS = ("chats", "chats/search", "chat", "messages", "customers", "customers/search", *model.SMALL, "organization")
ALL = frozenset(KINDS)
# The lists that are read page by page; and those together with the small tables.
WALKED = CHATS | CUSTOMERS | {"messages"}
LISTS = WALKED | SMALL
NO_LIMIT = 10**9

_PATTERNS = (
    (re.compile(f"GET /(chats|customers|organization|{'|'.join(model.SMALL)})"), None),
    (re.compile(r"POST /((?:chats|customers)/search)"), None),
    (re.compile(r"GET /chats/[^/]+"), "chat"),
    (re.compile(r"GET /chats/[^/]+/messages"), "messages"),
)


def kind_of(logged: Logged) -> str | None:
    """Return which of KINDS a request is, or None."""
    asked = f"{logged.method} {logged.path.removeprefix('/v1').rstrip('/')}"
    found = ((pattern.fullmatch(asked), kind) for pattern, kind in _PATTERNS)
    return next((kind or match[1] for match, kind in found if match), None)


@dataclass(frozen=True)
class Measures:
    """How slow (in seconds), how stale and how narrow deviations make answers."""

    slow: float = 2.0  # until a slow answer begins
    byte: float = 0.1  # between two bytes of an answer that is sent byte by byte
    dribble: float = 30.0  # after which the rest of such an answer is sent at once
    stale: int = 60  # by which a stale answer is behind, on the account's clock
    window: int = 10_000  # the rows that a window shows


@dataclass(frozen=True)
class Question:
    """A request for one of KINDS; `path` is what follows /v1, `asked` the query or the search's body."""

    kind: str
    path: str
    asked: dict[str, Any]

    def number(self, name: str, otherwise: int) -> int:
        """Return a number in the question; if paging is ignored, it has not been checked yet."""
        value = str(self.asked.get(name))
        return int(value) if value.isdecimal() else otherwise

    offset = property(lambda self: self.number("offset", 0))
    limit = property(lambda self: self.number("limit", MOST))

    @property
    def raw(self) -> bytes:
        """The body of the request."""
        return json.dumps(self.asked).encode() if self.kind in SEARCHES else b""

    def but(self, **asked: Any) -> Question:
        """Return the question with other values; None removes one."""
        changed = {**self.asked, **asked}
        return replace(self, asked={name: value for name, value in changed.items() if value is not None})


@dataclass(frozen=True)
class Answer:
    """What is sent: a body of bytes as it is, any other as JSON. It is never changed in place."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    sending: Sending = "whole"

    @property
    def data(self) -> bytes:
        """The bytes of the body."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Scene:
    """What a deviation can use."""

    question: Question  # after the deviations before this one
    account: Account
    dialect: Dialect
    measures: Measures
    ask: Callable[[Question], Answer]  # answers another question
    whole: Callable[[Question], Answer]  # answers another question, without a limit to the rows of a page
    past: Callable[[], Answer]  # returns the answer that this question would have had a while ago
    before: Answer | None  # the previous answer for the same path
    rng: random.Random  # the same numbers for the same request in every run

    def everything(self, **asked: Any) -> Answer:
        """Return the answer to the question (with other values) as one page with all rows."""
        return self.whole(self.question.but(**{**asked, "offset": 0, "limit": NO_LIMIT}))


def key_of(body: Any, kind: str) -> str | None:
    """Return the key that holds the rows."""
    if kind == "chat" or not isinstance(body, dict):
        return None
    return next((key for key in ("data", "messages", "items", kind.partition("/")[0]) if key in body), None)


def rows_of(answer: Answer, kind: str) -> list[Any]:
    """Return the rows, a single object as one row; none for an error or a body without rows."""
    key = key_of(answer.body, kind)
    found = answer.body if key is None else answer.body[key]
    if isinstance(found, dict) and kind in ("chat", "organization"):
        found = [found]
    if answer.status // 100 != 2 or not isinstance(found, list):  # noqa: PLR2004
        return []
    return found[0] if len(found) == 1 and isinstance(found[0], list) else found


def with_rows(answer: Answer, kind: str, rows: list[Any]) -> Answer:
    """Return the answer with other rows in the same envelope."""
    key = key_of(answer.body, kind)
    before = answer.body if key is None else answer.body[key]
    nested = isinstance(before, list) and before and isinstance(before[0], list)
    now = rows[0] if isinstance(before, dict) else [rows] if nested else rows
    return replace(answer, body=now if key is None else {**answer.body, key: now})


def _place(body: Any) -> Row:
    """Return the object that holds the total; an empty one if there is none."""
    places = (body, body.get("meta")) if isinstance(body, dict) else ()
    return next((place for place in places if isinstance(place, dict) and "total" in place), {})


def total_of(answer: Answer) -> int | None:
    """Return the total, if the answer has one."""
    found = _place(answer.body).get("total")
    return found if isinstance(found, int) else None


def with_total(answer: Answer, total: Any) -> Answer:
    """Return the answer with another total, if it has one; None removes it."""
    place = _place(answer.body)
    if not place:
        return answer
    said = {name: value for name, value in {**place, "total": total}.items() if name != "total" or value is not None}
    if place is not answer.body:
        rest = {name: value for name, value in answer.body.items() if name != "meta"}
        said = {**rest, "meta": said} if said else rest
    return replace(answer, body=said)
