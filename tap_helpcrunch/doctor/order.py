"""What the order of listed rows shows: where nulls are, and whether ties keep their order."""

from __future__ import annotations

import typing as t
from itertools import groupby, pairwise
from math import lgamma, log

if t.TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.doctor.seen import Listing, Seen

# Ties count as stable if chance would keep their order only once in a million times.
SURE = log(1_000_000)
_PLACES = {(False, True): "last", (True, False): "first", (False, False): "always last", (True, True): "always first"}


def pairs(seen: Seen) -> list[tuple[Listing, Listing]]:
    """Return the lists that were requested in both orders, each with the descending one first."""
    return list(zip(seen.listings[::2], seen.listings[1::2], strict=False))


def nulls_of(seen: Seen) -> str | None:
    """Return where rows without a sort key are."""
    for down, up in pairs(seen):
        rows, key = [*down.answer.rows, *up.answer.rows], down.key
        if not down.answer.rows or not up.answer.rows or not all(key in row for row in rows):
            continue
        known = [row[key] is None for row in seen.rows(down.what) if key in row]
        if any(known) and not all(known):
            return _PLACES[down.answer.rows[0][key] is None, up.answer.rows[0][key] is None]
    return None


def ties_of(rows: list[Row], key: str) -> float:
    """Return how much a page shows about whether ties keep their order: the logarithm of the ways to order them."""
    if not all(key in row for row in rows):
        return 0.0
    return sum(lgamma(1 + len(list(group))) for _, group in groupby(rows, lambda row: row[key]))


def ties(seen: Seen) -> str | None:
    """Return whether rows with equal keys keep their order."""
    answers = [answer.rows for answer in seen.repeats if answer.rows]
    if any(_moved(one, other, seen.repeated_key) for one, other in pairwise(answers)):
        return "shuffled"
    surety = sum(ties_of(rows, seen.repeated_key) for rows in answers[1:])
    return "stable" if surety >= SURE else None


def is_settled(seen: Seen) -> bool:
    """Return whether to ask again would show nothing new."""
    return ties(seen) is not None or seen.repeats[-1].status != "ok"


def _moved(one: list[Row], other: list[Row], key: str) -> bool:
    """Return whether tied rows that are the same in both answers changed places."""
    before, after = ({str(row.get("id")): str(row.get(key)) for row in rows} for rows in (one, other))
    both = before.items() & after.items()
    return _tied(before, both) != _tied(after, both)


def _tied(rows: dict[str, str], wanted: AbstractSet[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the ids of the wanted rows by key, in order."""
    found: dict[str, list[str]] = {}
    for number, key in rows.items():
        if (number, key) in wanted:
            found.setdefault(key, []).append(number)
    return found
