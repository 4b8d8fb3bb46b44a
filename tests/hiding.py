"""Rows that exist and that one kind of answer never shows."""

from __future__ import annotations

import typing as t
from contextlib import contextmanager

import pytest

from simulator.endpoints import Endpoints

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simulator import Account


@contextmanager
def hiding(path: str, hidden: set[int], fewer: int = 0) -> Iterator[None]:
    """Leave rows out of every page of a path, which is shorter by them, and so many of its ``total``."""
    whole = Endpoints.answer

    def answer(self: Endpoints, dialect: t.Any, method: str, asked: str, *rest: t.Any) -> tuple[int, t.Any]:
        status, body = whole(self, dialect, method, asked, *rest)
        if path not in f"{method} {asked}" or not isinstance(body, dict):
            return status, body
        return status, {key: _without(key, value, hidden, fewer) for key, value in body.items()}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Endpoints, "answer", answer)
        yield


def _without(key: str, value: t.Any, hidden: set[int], fewer: int) -> t.Any:
    if key == "total":
        return max(0, value - fewer)
    if key == "meta":
        return {name: _without(name, inner, hidden, fewer) for name, inner in value.items()}
    if isinstance(value, list):
        return [row for row in value if row.get("id") not in hidden]
    return value


def undate(account: Account, chats: Iterable[int]) -> None:
    """Take the time of creation from these chats: no filter by it finds them, and they are at one end of a listing."""
    for number in chats:
        vars(account.chats[number])["created_at"] = None
    account.touch()
