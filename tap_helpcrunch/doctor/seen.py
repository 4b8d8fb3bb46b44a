"""The account's answers to the doctor, and the rows in them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from tap_helpcrunch.api import envelope
from tap_helpcrunch.api.errors import BadAnswerError
from tap_helpcrunch.streams import STREAMS

if t.TYPE_CHECKING:
    from tap_helpcrunch.api.envelope import Row

MODELS = dict(sorted({stream.name: stream.model for stream in STREAMS}.items()))

# "missing" is the API's own 404, "rejected" its own 400, "refused" 401 or 403; "failed": no answer after some tries.
Status = t.Literal["ok", "missing", "rejected", "refused", "failed", "unasked"]


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes:
        status: the outcome.
        body: the parsed body of a good answer, unchanged.
        elements: how many errors the error body lists.
        fault: what went wrong, without the text of the answer.
    """

    status: Status = "unasked"
    body: t.Any = None
    elements: int = 0
    fault: str | None = None

    @property
    def rows(self) -> list[Row]:
        """The rows; none if there is no readable list."""
        try:
            return envelope.page(self.body, "").rows if self.status == "ok" else []
        except BadAnswerError:
            return []

    @property
    def is_list(self) -> bool:
        """Whether it is a list, possibly empty."""
        try:
            return self.status == "ok" and envelope.page(self.body, "") is not None
        except BadAnswerError:
            return False

    @property
    def is_nothing(self) -> bool:
        """Whether it says that nothing is there."""
        return self.status == "missing" or (self.is_list and not self.rows)

    @property
    def total(self) -> int | None:
        """The total, as the answer gives it."""
        return envelope.page(self.body, "").total if self.is_list else None

    @property
    def place_of_total(self) -> str:
        """Where the total is: "top", "meta", or "absent"."""
        body = self.body if isinstance(self.body, dict) else {}
        meta = body.get("meta")
        if "total" in body:
            return "top"
        return "meta" if isinstance(meta, dict) and "total" in meta else "absent"


@dataclass(frozen=True)
class Listing:
    """The first page of a sorted list."""

    what: str
    key: str
    order: str
    answer: Answer


@dataclass
class Seen:
    """All answers.

    Attributes:
        listings: the lists of chats and customers.
        answers: all other answers, by name.
        chats: the ids of the chats whose messages were read.
        messages: the first page of each of these.
        chat: the id of the chat that was read on its own.
        wants_chats: whether the settings have chat_ids.
        repeats: the answers to one repeated question.
        repeated_key: the key that sorts them.
        has_date: whether answers had a Date; None if there was no answer.
        skew: seconds by which the account's clock is ahead of this host's; None if more than a day.
    """

    listings: list[Listing] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    chats: list[str] = field(default_factory=list)
    messages: list[Answer] = field(default_factory=list)
    chat: str = ""
    wants_chats: bool = False
    repeats: list[Answer] = field(default_factory=list)
    repeated_key: str = ""
    has_date: bool | None = None
    skew: int | None = None

    def __getitem__(self, name: str) -> Answer:
        """Return an answer; its status is "unasked" if it was not requested."""
        return self.answers.get(name, Answer())

    def lists(self, what: str) -> list[Answer]:
        """Return the answers that list chats or customers."""
        return [listing.answer for listing in self.listings if listing.what == what]

    def rows(self, what: str) -> list[Row]:
        """Return every row seen of a stream."""
        if what == "messages":
            answers = self.messages
        elif what == "organization":
            return [self.organization] if self.organization else []
        else:
            answers = [*self.lists(what), self[what], self[f"{what} found"]]
        return [row for answer in answers for row in answer.rows]

    @property
    def organization(self) -> Row | None:
        """The organization's row."""
        try:
            return envelope.single(self["organization"].body, "")
        except BadAnswerError:
            return None
