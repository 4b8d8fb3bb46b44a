"""Deviations to play; and whole accounts that are odd or in trouble: a dialect, deviations, and what they lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.deviations.base import Measures
from simulator.deviations.table import AGAINST, DEVIATIONS, NOW_AND_THEN, ODD
from simulator.dialect import Dialect

if TYPE_CHECKING:
    from simulator.account import Account
    from simulator.deviations.base import Question


ANY = "any"


@dataclass
class Played:
    """A deviation to play: for one of KINDS, or for ANY that it can be played for."""

    deviation: str
    kind: str
    after: int = 0  # so many answers of the kind are left unchanged first
    times: int | None = None  # how often it is played; None for always
    played: int = 0  # how often it was; an answer with nothing to change does not count
    seen: int = 0  # how many answers of the kind there were
    path: str | None = None  # play it only for this path, such as /chats/7/messages; only its answers are counted

    def __post_init__(self) -> None:
        """Check that it can be played."""
        known = DEVIATIONS.get(self.deviation)
        if known is None:
            raise ValueError(f"no deviation is named {self.deviation!r}")
        if self.kind not in known.kinds | {ANY}:
            kinds = ", ".join(sorted(known.kinds))
            raise ValueError(f"{self.deviation} can be played for {kinds}, not for {self.kind!r}")
        if self.after < 0 or (self.times is not None and self.times < 1):
            raise ValueError("a deviation is played after 0 or more answers, 1 or more times")

    @classmethod
    def read(cls, text: str) -> Played:
        """Read NAME:KIND[:AFTER[:TIMES]]."""
        name, kind, after, times, *rest = *text.split(":"), *[""] * 3
        if any(rest):
            raise ValueError("too many parts")
        return cls(name, kind, int(after or 0), int(times) if times else None)

    @property
    def due(self) -> bool:
        """Whether it is to be played in the answer that was seen last."""
        return self.seen > self.after and (self.times is None or self.played < self.times)

    def sees(self, question: Question) -> bool:
        """Count the question if it is one of this kind; return whether it is."""
        kinds = DEVIATIONS[self.deviation].kinds if self.kind == ANY else {self.kind}
        is_seen = question.kind in kinds and self.path in (None, question.path)
        self.seen += is_seen
        return is_seen


@dataclass(frozen=True)
class OddAccount:
    """An account that is odd or in trouble; `trouble` is the class of what it does, `text` says it in a line."""

    name: str
    trouble: int
    text: str
    deviations: tuple[str, ...] = ()  # each as NAME:KIND[:AFTER[:TIMES]]
    dialect: Dialect = field(default_factory=Dialect)
    measures: Measures = field(default_factory=Measures)
    lost: int = 0  # how many chats, the oldest first, show a last message although their messages were deleted
    is_new: bool = False  # whether it has no chats, customers or messages yet
    lasts: bool = False  # whether a whole run meets this trouble, so that only the next can bring everything
    hides: bool = False  # whether no answer shows that rows are missing; but what was loaded before must stay

    def played(self) -> list[Played]:
        """Return its deviations, none played yet."""
        return [Played.read(text) for text in self.deviations]

    def prepare(self, account: Account) -> None:
        """Delete the messages that it has lost."""
        for chat in sorted(account.chats)[: self.lost]:
            account.lose_messages(chat)


A = OddAccount
_HOUR = 3600

# fmt: off
_ALL = (
    # Now and then
    A("deploy", NOW_AND_THEN, "Every route answers the API's own 404 for 28 requests.", ("own-404:any:12:28",),
      lasts=True),
    A("long-deploy", NOW_AND_THEN, "Every route answers the API's own 404 for the rest of a run.", ("own-404:any:12",),
      lasts=True),
    A("empty-for-a-while", NOW_AND_THEN, "The messages of six chats are empty.", ("page-empty-total-0:messages:1:6",)),
    A("empty-for-a-run", NOW_AND_THEN, "The messages of six chats are empty, and stay so during the run.",
      ("page-empty-total-0:messages:1",), lasts=True),
    A("partial-results", NOW_AND_THEN, "Ten answers have half of their rows, and `errors` beside them.",
      ("page-half-with-errors:any:3:10",)),
    A("no-data", NOW_AND_THEN, "All lists are empty during a run.", ("page-empty-total-0:any",), lasts=True),
    A("index-rebuilt", NOW_AND_THEN, "All lists show 30% of their rows during a run, and count these.",
      ("index-rebuilt:any",), lasts=True, hides=True),
    A("stray-401", NOW_AND_THEN, "One request is refused with 401.", ("own-401:any:4:1",)),
    A("stray-403", NOW_AND_THEN, "Three requests are refused with 403 and `too_many_requests`.",
      ("too-many-403:any:4:3",)),
    # Odd but consistent
    A("plain", ODD, "Nothing is odd."),
    A("new", ODD, "There are no chats and no customers yet.", is_new=True),
    A("new-404", ODD, "There are none yet, and empty lists are the API's own 404.", ("empty-404:any",), is_new=True),
    A("empty-404", ODD, "Empty lists are the API's own 404.", ("empty-404:any",)),
    A("empty-null", ODD, 'Empty lists are `{"data": null, "total": 0}`.', ("empty-null:any",)),
    A("lost-messages", ODD, "Six chats show a last message although it was deleted.", lost=6),
    A("lost-messages-404", ODD, "Six such chats answer with the API's own 404.", ("empty-404:messages",), lost=6),
    A("lost-messages-410", ODD, "Six such chats answer with 410.", ("empty-404:messages", "own-410:messages"), lost=6),
    A("times-zero", ODD, 'Times that are not known are "0".', ("times-zero:any",)),
    A("search-forbidden", ODD, "Searches are refused with 403, listings are not.",
      ("own-403:chats/search", "own-403:customers/search")),
    A("post-forbidden", ODD, "A firewall refuses POST with 403 and HTML.",
      ("foreign-403:chats/search", "foreign-403:customers/search")),
    A("agent-without-id", ODD, "One agent has no id.", ("row-without-id:agents",)),
    A("notes-only", ODD, "One chat of ten has `lastMessageId`, but `lastMessageAt` is null.",
      ("last-message-at-null-in-some:any",)),
    A("or-as-and", ODD, "Searches join conditions by AND, whatever is requested.", ("or-as-and:any",)),
    A("updated-at-ignored", ODD, "The filter by `chats.updatedAt` is ignored.", dialect=Dialect(updated_at="ignored")),
    A("updated-at-refused", ODD, "The filter by `chats.updatedAt` is refused.", dialect=Dialect(updated_at="refused")),
    A("clock-ahead", ODD, "The account's clock is two hours ahead.", dialect=Dialect(date_skew=2 * _HOUR)),
    A("limit-50", ODD, "No page has more than 50 rows.", ("limit-50:any",)),
    A("total-absent", ODD, "There are no totals, and ties come in any order.",
      dialect=Dialect(total="absent", ties="shuffled", nulls="always first")),
    A("total-wrong", ODD, "Totals count one row too many.", dialect=Dialect(total="too many")),
    A("plan", AGAINST, "The messages of older chats are refused with 403.", ("plan-403:messages",), lasts=True),
    # Against its documents
    A("offset-window", AGAINST, "Lists are refused beyond an offset of 100.",
      tuple(f"offset-window:{kind}" for kind in ("chats", "chats/search", "customers", "customers/search")),
      measures=Measures(window=100)),
    A("nothing-ordered", AGAINST, "No list is filtered, and all come by id.",
      ("filter-ignored:any", "order-ignored:chats", "order-ignored:chats/search", "order-ignored:customers",
       "order-ignored:customers/search")),
    A("no-times", AGAINST, "No chat has a time.",
      ("last-message-at-null:any", "created-at-null:chats", "created-at-null:chats/search")),
    A("offset-ignored", AGAINST, "Every list shows its first page, whatever the offset, and filters are ignored.",
      ("offset-ignored:any", "filter-ignored:any")),
    A("poisoned-row", AGAINST, "One chat makes each page that contains it a 500.",
      ("row-poisoned:chats", "row-poisoned:chats/search"), hides=True),
    A("list-refused", AGAINST, "Customers are refused.", ("own-403:customers", "own-403:customers/search")),
    A("key-refused", AGAINST, "Every request is refused with 401.", ("own-401:any",)),
)
# fmt: on

ACCOUNTS: dict[str, OddAccount] = {account.name: account for account in _ALL}
