"""A look one ahead, so that what comes next can be asked for while this is worked on."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = t.TypeVar("T")


def one_ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield the items, each only when the next one is there (or there is none)."""
    ready: list[T] = []
    for item in items:
        yield from ready
        ready = [item]
    yield from ready
