"""What may happen in a life, as data: how the API answers, what it does wrong, what the operator sets."""

import random
import typing as t

from simulator import DEVIATIONS

Choices = t.Mapping[str, t.Sequence[t.Any]]

SPEECH: Choices = {
    "updated_at": ["refused", "ignored", "honoured"],
    "nulls": ["last", "first", "always last", "always first"],
    "ties": ["stable", "shuffled"],
    "empty_messages": ["list", "404"],
    "past_end": ["list", "404"],
    "total": ["documented", "top", "meta", "absent", "too many", "page"],
    "date_skew": [0, -3 * 3600],
}
# Refreshes that are often due, with and without versions.
REFRESHES: Choices = {
    "emit_activate_version_messages": [False, True],
    "refresh_days": [0.01, 1, 7],
    "refresh_messages_days": [None, 0.01, 5],
}
# Requests per minute: a run of a few hundred requests has many rounds, or a few.
PACES: t.Sequence[float] = [1, 3, 10]
MOST_REQUESTS: t.Sequence[int | None] = [None, 5, 20, 60]  # how many a run has time for
NEWS: t.Sequence[float] = [0, 0.2, 1]  # the share of chats in which something is said before
MOVES: t.Sequence[float] = [0, 0.05, 0.3]  # the share of requests before which something happens
# A look for changes takes at most this many requests; a run that makes progress has time for more.
LOOK = 30
MANY_DEBTS = 100  # history waits for so many chats that owe something
MORE_REQUESTS: t.Sequence[int] = [30, 100]
MORE_PACES: t.Sequence[float] = [10, 40]
STREAMS: t.Sequence[tuple[str, ...]] = [
    ("chats", "messages"),
    ("messages",),
    ("chats",),
    ("chats", "customers", "messages"),
    ("customers",),
]
START_DATES: t.Sequence[int | None] = [None, 1, 40, 400]  # days ago
LOOKBACKS: t.Sequence[int] = [0, 5, 50]  # hours
FORGOTTEN: t.Sequence[str | None] = [None, "messages", "customers"]  # bookmarks
CHATS: t.Sequence[int] = [0, 1, 25, 45]
IMPORTED: t.Sequence[int] = [0, 0, 0, 130, 230]  # chats created in one second
CUSTOMERS: t.Sequence[int] = [0, 0, 120]
NEVER_SEEN: t.Sequence[int] = [0, 3, 110]

PLAYED_TO = ("chats", "chats/search", "chat", "messages", "customers", "customers/search")
# Only a correct total shows that these hide a row.
HIDING = frozenset({"row-left-out-first", "row-left-out-middle", "row-left-out-last", "row-doubled-over-next"})
# A stale answer from an account that changed a second ago is index lag, for which bookmarks have a margin.
NEEDS_TIME = frozenset({"stale", "slow", "head-dribbled", "body-dribbled"})
WRONGS: t.Sequence[tuple[str, str]] = [
    (name, kind)
    for name, deviation in DEVIATIONS.items()
    for kind in PLAYED_TO
    if kind in deviation.kinds and name not in NEEDS_TIME
    if deviation.hides != "even once"  # nothing shows what it hides
]


def drawn(rng: random.Random, choices: Choices) -> dict[str, t.Any]:
    """Return one value of each."""
    return {name: rng.choice(values) for name, values in choices.items()}
