"""What a STATE says of a stream: in this version's form, and in those of 0.1.0 and 0.2.0."""

import typing as t

import msgspec

from tap_helpcrunch.api.times import DAWN
from tap_helpcrunch.sync.by_id import IdMarks
from tap_helpcrunch.sync.mark import ERROR, Mark, Moment, Time

VERSION = 3  # 0.1.0 had no version, which counts as 1

M = t.TypeVar("M", Mark, IdMarks)


class DamagedBookmarkError(ValueError):
    """A bookmark that this version did not write."""


class NewerBookmarkError(DamagedBookmarkError):
    """A bookmark that a later version of the tap wrote."""


def read(kind: type[M], value: t.Any) -> M:
    """Read a mark of this kind from a value found in a STATE, also of an earlier version.

    Raises:
        NewerBookmarkError: a later version of the tap wrote it.
        DamagedBookmarkError: it has another form.
    """
    if value in (None, {}):
        return kind()
    try:
        version = value.get("version", 1)
        if type(version) is not int or version < 1:
            raise DamagedBookmarkError("no version")
        if version > VERSION:
            raise NewerBookmarkError("later")
        raised = _raised if kind is Mark else _ids_raised
        return msgspec.convert(value if version == VERSION else raised(value, version), kind)
    except (AttributeError, TypeError, msgspec.ValidationError):
        raise DamagedBookmarkError("not a bookmark") from None


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
