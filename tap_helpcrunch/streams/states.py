"""What a STATE says of a stream: in this version's form, and in those of 0.1.0 and 0.2.0."""

import typing as t
from collections.abc import Collection
from contextlib import suppress

import msgspec

from tap_helpcrunch.api.errors import UnusableInputError
from tap_helpcrunch.api.times import DAWN
from tap_helpcrunch.sync.by_id import IdMarks
from tap_helpcrunch.sync.mark import ERROR, Mark, Moment, Time

ACCOUNT, CHAT_IDS = "account", "chat_ids"  # in a STATE: the marks of the two modes
VERSION = 3  # of a mark; 0.1.0 had none, which counts as 1
_ADVICE = "or start over without it (meltano run --full-refresh)"

M = t.TypeVar("M", Mark, IdMarks)


def check(state: t.Any, streams: Collection[str]) -> None:
    """Raise UnusableInputError if this tap did not write the STATE: to use half of it could lose messages."""
    is_own = False
    with suppress(AttributeError, TypeError, ValueError, msgspec.ValidationError):
        bookmarks = state.get("bookmarks", {})
        is_known = state.keys() <= {"bookmarks"} and bookmarks.keys() <= set(streams)
        is_own = is_known and all(map(_is_own, bookmarks.values()))
    if not is_own:
        raise UnusableInputError(f"the STATE is not one that tap-helpcrunch wrote: correct it, {_ADVICE}")


def _is_own(bookmark: t.Any) -> bool:
    more = {**bookmark}
    read(Mark, more.pop(ACCOUNT, None))
    read(IdMarks, more.pop(CHAT_IDS, None))
    return type(more.pop("version", 0)) is int and not more  # of a small stream


def read(kind: type[M], value: t.Any) -> M:
    """Read a mark of this kind from a value found in a STATE, also of an earlier version."""
    if value in (None, {}):
        return kind()
    version = value.get("version", 1)
    if type(version) is not int or version < 1:
        raise ValueError("no version")
    if version > VERSION:
        newer = "the STATE was written by a newer version of tap-helpcrunch: install that one"
        raise UnusableInputError(f"{newer}, {_ADVICE}")
    raised = _raised if kind is Mark else _ids_raised
    return msgspec.convert(value if version == VERSION else raised(value, version), kind)


def written(mark: Mark | IdMarks, latest: str) -> dict[str, t.Any]:
    """Return the value for a STATE, in which nothing is complete as of a later moment than ``latest``.

    Only fixed keys, strings, integers and booleans: targets choke on fractions, and Meltano merges keys.
    """
    mark.distrust_future(latest)
    return {"version": VERSION, **msgspec.to_builtins(mark)}


def _raised(old: dict[str, t.Any], version: int) -> dict[str, t.Any]:
    """Return a mark of 0.1.0 or 0.2.0 in the present form; what it says beyond that is rounded down."""
    walk, since = dict(old.get("walk") or {}), old.get("since")
    done = old.get("done") or []
    walk["whole"] = bool(walk.get("is_whole"))
    if since is not None and not done:
        walk["ended"] = walk.get("ended") or since
    else:
        # Below the upper stretch of a first load of 0.2.0, all is read again.
        upper = msgspec.convert(done[:1], list[tuple[Time, int, Moment]]) if version > 1 else []
        key, number, moment = upper[0] if upper and walk.get("version") else ("", 0, None)
        walk["place"], since = ((key, number), moment) if number else (None, None)
    kept = {"start_date": old.get("start_date"), "filter": old.get("filter"), "owed": _owed(old), "way": 1}
    return {**kept, "since": since, "nulls": old.get("without_messages", 0), "walk": walk}


def _ids_raised(old: dict[str, t.Any], version: int) -> dict[str, t.Any]:
    complete = old.get("complete") or []
    if version == 1:  # 0.1.0 wrote one start_date for all
        complete = [(since, old.get("start_date"), ids) for since, ids, *_ in complete]
    return {"complete": complete, "filter": old.get("filter"), "owed": _owed(old)}


def _owed(old: dict[str, t.Any]) -> list[list[t.Any]]:
    """Return what chats owe: in earlier versions, those that could not be read."""
    return [[chat_id, ERROR, DAWN] for chat_id in old.get("owed") or []]
