"""Deviations of the Date header, and stale answers."""

from __future__ import annotations

from dataclasses import replace
from email.utils import formatdate, parsedate_to_datetime
from typing import TYPE_CHECKING

from simulator.deviations.shapes import ALL, WALKED, Answer, Deviation, Scene

if TYPE_CHECKING:
    from collections.abc import Callable

_QUARTER = 900


def _dated(change: Callable[[str], str | None]) -> Callable[[Answer, Scene], Answer]:
    """Return the hook that changes the Date, if there is one; None removes it."""

    def say(answer: Answer, scene: Scene) -> Answer:  # noqa: ARG001 - the signature of a hook
        headers = dict(answer.headers)
        date = change(headers.pop("Date")) if "Date" in headers else None
        return replace(answer, headers=headers if date is None else {**headers, "Date": date})

    return say


def _moved(seconds: int) -> Callable[[str], str]:
    def change(date: str) -> str:
        try:
            return formatdate(parsedate_to_datetime(date).timestamp() + seconds, usegmt=True)
        except (ValueError, OverflowError):
            # Another deviation has changed it already.
            return date

    return change


def _date(name: str, text: str, change: Callable[[str], str | None]) -> Deviation:
    return Deviation(f"date-{name}", text, ALL, say=_dated(change))


def _stale(answer: Answer, scene: Scene) -> Answer:  # noqa: ARG001
    return scene.past()


CLOCKS = (
    _date("ahead", "The Date is 15 minutes ahead.", _moved(_QUARTER)),
    _date("behind", "The Date is 15 minutes behind.", _moved(-_QUARTER)),
    _date("absent", "There is no Date.", lambda _: None),
    _date("text", "The Date is not a date.", lambda _: "soon"),
    _date("1970", "The Date is the beginning of 1970.", lambda _: formatdate(0, usegmt=True)),
    _date("far-future", "The Date is the end of the year 9999.", lambda _: "Fri, 31 Dec 9999 23:59:59 GMT"),
    Deviation("stale", "The answer is a minute old: what happened since is missing.", WALKED | {"chat"}, say=_stale),
)
