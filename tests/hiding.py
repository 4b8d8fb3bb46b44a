"""Rows that exist and that one kind of answer never shows."""

from __future__ import annotations

import typing as t
from contextlib import contextmanager

import pytest

from tap_helpcrunch.api import envelope

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simulator import Account


@contextmanager
def hiding(path: str, hidden: set[int], fewer: int = 0) -> Iterator[None]:
    """Leave rows out of every page of a path, which is shorter by them, and so many of its ``total``."""
    read = envelope.page

    def page(body: t.Any, request: object) -> envelope.Page:
        found = read(body, request)
        if path not in str(request):
            return found
        total = None if found.total is None else max(0, found.total - fewer)
        return envelope.Page([row for row in found.rows if row["id"] not in hidden], total)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(envelope, "page", page)
        yield


def undate(account: Account, chats: Iterable[int]) -> None:
    """Take the time of creation from these chats: no filter by it finds them, and they are at one end of a listing."""
    for number in chats:
        vars(account.chats[number])["created_at"] = None
    account.touch()
