"""What a deviation works on: a question, its answer, and what else the account could answer."""

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
    from simulator.logged import Logged

KINDS: tuple[str, ...] = (
    "chats",
    "chats/search",
    "chat",
    "messages",
    "customers",
    "customers/search",
    *model.SMALL,
    "organization",
)
ALL = frozenset(KINDS)
SEARCHES = frozenset({"chats/search", "customers/search"})
CHATS = frozenset({"chats", "chats/search"})
CUSTOMERS = frozenset({"customers", "customers/search"})
SMALL = frozenset(model.SMALL)
# The lists that are read page by page; and those together with the small tables.
WALKED = CHATS | CUSTOMERS | {"messages"}
LISTS = WALKED | SMALL

_PATTERNS = (
    (re.compile(f"GET /(chats|customers|organization|{'|'.join(model.SMALL)})"), None),
    (re.compile(r"POST /((?:chats|customers)/search)"), None),
    (re.compile(r"GET /chats/[^/]+"), "chat"),
    (re.compile(r"GET /chats/[^/]+/messages"), "messages"),
)

NO_LIMIT = 10**9

Sending = Literal["whole", "slow", "reset", "cut", "head by bytes", "body by bytes"]


def kind_of(logged: Logged) -> str | None:
    """Return which of KINDS a request is, or None."""
    asked = f"{logged.method} {logged.path.removeprefix('/v1').rstrip('/')}"
    for pattern, kind in _PATTERNS:
        found = pattern.fullmatch(asked)
        if found:
            return kind or found[1]
    return None


@dataclass(frozen=True)
class Measures:
    """How slow and how stale deviations make an answer, in seconds.

    Attributes:
        slow: Until a slow answer begins.
        byte: Between two bytes of an answer that is sent byte by byte.
        dribble: After which the rest of such an answer is sent at once.
        stale: By which a stale answer is behind, on the account's clock.
    """

    slow: float = 2.0
    byte: float = 0.1
    dribble: float = 30.0
    stale: int = 60


def _whole(value: object, otherwise: int) -> int:
    """Return a number in the question; if paging is ignored, it has not been checked yet."""
    return int(str(value)) if str(value).isdecimal() else otherwise


@dataclass(frozen=True)
class Question:
    """A request for one of KINDS; `path` is what follows /v1, `asked` the query or the search's body."""

    kind: str
    path: str
    asked: dict[str, Any]

    @property
    def offset(self) -> int:
        """How many rows are skipped before the page."""
        return _whole(self.asked.get("offset"), 0)

    @property
    def limit(self) -> int:
        """How many rows the page may have."""
        return _whole(self.asked.get("limit"), MOST)

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
    """What a deviation can use.

    Attributes:
        question: The question, after the deviations before this one.
        account: The account as it is.
        dialect: How it answers.
        ask: Answers another question.
        whole: Answers another question, without a limit to the rows of a page.
        past: Returns the answer that this question would have had a while ago.
        before: The previous answer for the same path, if any.
        rng: Random numbers, the same for the same request in every run.
    """

    question: Question
    account: Account
    dialect: Dialect
    ask: Callable[[Question], Answer]
    whole: Callable[[Question], Answer]
    past: Callable[[], Answer]
    before: Answer | None
    rng: random.Random

    def everything(self, **asked: Any) -> Answer:
        """Return the answer to the question (with other values) as one page with all rows."""
        return self.whole(self.question.but(**{**asked, "offset": 0, "limit": NO_LIMIT}))


def _same_question(question: Question) -> Question:
    return question


def _same_answer(answer: Answer, scene: Scene) -> Answer:  # noqa: ARG001 - the signature of a hook
    return answer


@dataclass(frozen=True)
class Deviation:
    """One thing that an account does wrong.

    Attributes:
        name: Its name, in kebab-case.
        text: What the account does wrong, in one line.
        kinds: For which of KINDS it can be played.
        ask: Returns the question that the account answers instead.
        say: Returns the answer that it sends instead.
    """

    name: str
    text: str
    kinds: frozenset[str]
    ask: Callable[[Question], Question] = _same_question
    say: Callable[[Answer, Scene], Answer] = _same_answer

    @property
    def only_says(self) -> bool:
        """Whether it leaves the question unchanged."""
        return self.ask is _same_question
