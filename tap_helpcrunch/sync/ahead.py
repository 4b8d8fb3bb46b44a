"""Looks one item ahead, so that the next one can be requested while this one is worked on."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = t.TypeVar("T")


def one_ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield the items, each once the next one has arrived or there is no next one."""
    ready: list[T] = []
    for item in items:
        yield from ready
        ready = [item]
    yield from ready
