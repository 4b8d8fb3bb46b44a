"""Other forms of the same answer: envelopes, nulls, bytes around the JSON."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.deviations.envelope import key_of, rows_of, with_rows
from simulator.deviations.shapes import ALL, LISTS, Answer, Deviation, Scene

if TYPE_CHECKING:
    from collections.abc import Callable

_WRAPPED = LISTS | {"organization"}


def _wrapped(wrap: Callable[[Any, str], Any]) -> Callable[[Answer, Scene], Answer]:
    """Return the hook that moves what is under `data`; `wrap` gets that and its own name."""

    def say(answer: Answer, scene: Scene) -> Answer:
        body, name = answer.body, scene.question.kind.partition("/")[0]
        key = key_of(body, name)
        if key is None:
            return replace(answer, body=wrap(body, name)) if isinstance(body, list) else answer
        now = wrap(body[key], name)
        if isinstance(now, dict) and now is not body[key]:
            now |= {other: value for other, value in body.items() if other != key}
        return replace(answer, body=now)

    return say


def _in_data(answer: Answer, scene: Scene) -> Answer:
    return replace(answer, body={"data": answer.body}) if rows_of(answer, scene.question.kind) else answer


def _nested(answer: Answer, scene: Scene) -> Answer:
    rows = rows_of(answer, scene.question.kind)
    return with_rows(answer, scene.question.kind, [rows]) if rows else answer


def _bom(answer: Answer, scene: Scene) -> Answer:  # noqa: ARG001 - the signature of a hook
    return replace(answer, body=b"\xef\xbb\xbf" + answer.data)


def _gzip(answer: Answer, scene: Scene) -> Answer:  # noqa: ARG001
    return replace(answer, body=gzip.compress(answer.data, mtime=0))


def _as_text(answer: Answer, scene: Scene) -> Answer:  # noqa: ARG001
    return replace(answer, content_type="text/html; charset=UTF-8")


FORMS = (
    Deviation(
        "envelope-messages",
        "Rows are under `messages`, whatever they are.",
        LISTS,
        say=_wrapped(lambda rows, _: {"messages": rows}),
    ),
    Deviation("envelope-items", "Rows are under `items`.", LISTS, say=_wrapped(lambda rows, _: {"items": rows})),
    Deviation(
        "envelope-own",
        "The content is under its own name.",
        _WRAPPED - {"messages"},
        say=_wrapped(lambda rows, kind: {kind: rows}),
    ),
    Deviation(
        "envelope-bare",
        "The content is at the root, unwrapped.",
        _WRAPPED,
        say=_wrapped(lambda rows, _: rows),
    ),
    Deviation("envelope-data", "A single chat is wrapped in `data`.", frozenset({"chat"}), say=_in_data),
    Deviation("data-null", "`data` is null.", _WRAPPED, say=_wrapped(lambda _, __: {"data": None})),
    Deviation("rows-nested", "The list of rows is wrapped in another list.", LISTS, say=_nested),
    Deviation("bom", "A byte order mark precedes the JSON.", ALL, say=_bom),
    Deviation("gzip-unannounced", "The body is compressed, and no header says so.", ALL, say=_gzip),
    Deviation("content-type-wrong", "The Content-Type of the JSON is text/html.", ALL, say=_as_text),
)
