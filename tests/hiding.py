"""Answers that differ from the account: rows that are never shown, or shown otherwise."""

import typing as t
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from simulator import Account
from simulator.endpoints import Endpoints


@contextmanager
def changing(path: str, change: Callable[[int, t.Any], tuple[int, t.Any]]) -> Iterator[None]:
    """Change the answers to a path: take a status and a body, and return others."""
    whole = Endpoints.answer

    def answer(self: Endpoints, dialect: t.Any, method: str, asked: str, *rest: t.Any) -> tuple[int, t.Any]:
        found = whole(self, dialect, method, asked, *rest)
        return change(*found) if path in f"{asked}" else found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Endpoints, "answer", answer)
        yield


def changing_rows(path: str, change: Callable[[t.Any], t.Any]) -> AbstractContextManager[None]:
    """Change the rows in the answers to a path, each in its place."""

    def changed(status: int, body: t.Any) -> tuple[int, t.Any]:
        if not isinstance(body, dict) or "errors" in body:
            return status, body
        return status, {
            key: [change(row) for row in value] if isinstance(value, list) else value for key, value in body.items()
        }

    return changing(path, changed)


def hiding(path: str, hidden: set[int], fewer: int = 0) -> AbstractContextManager[None]:
    """Leave rows out of every page of a path, which is shorter by them, and so many of its ``total``."""

    def without(status: int, body: t.Any) -> tuple[int, t.Any]:
        if not isinstance(body, dict):
            return status, body
        return status, {key: _without(key, value, hidden, fewer) for key, value in body.items()}

    return changing(path, without)


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
