"""Deviations of a list's total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.deviations.envelope import rows_of, total_of, with_total
from simulator.deviations.shapes import LISTS, SEARCHES, Answer, Deviation, Scene

if TYPE_CHECKING:
    from collections.abc import Callable


def _on_total(change: Callable[[int, Scene, Answer], Any]) -> Callable[[Answer, Scene], Answer]:
    """Return the hook that changes the total, if there is one."""

    def say(answer: Answer, scene: Scene) -> Answer:
        total = total_of(answer)
        return answer if total is None else with_total(answer, change(total, scene, answer))

    return say


def _total(name: str, text: str, change: Callable[[int, Scene, Answer], Any]) -> Deviation:
    return Deviation(f"total-{name}", text, LISTS, say=_on_total(change))


TOTALS = (
    _total("absent", "There is no total.", lambda _, __, ___: None),
    _total("one-more", "The total counts one row more than there are.", lambda total, _, __: total + 1),
    _total("one-less", "The total counts one row less than there are.", lambda total, _, __: max(0, total - 1)),
    _total(
        "of-page",
        "The total counts the rows of the page.",
        lambda _, scene, said: len(rows_of(said, scene.question.kind)),
    ),
    _total("zero", "The total is 0.", lambda _, __, ___: 0),
    _total("negative", "The total is -1.", lambda _, __, ___: -1),
    _total("text", "The total is a word.", lambda _, __, ___: "many"),
    _total("digits", "The total is a string of digits.", lambda total, _, __: str(total)),
    _total(
        "random",
        "The total is another number in every answer.",
        lambda total, scene, _: scene.rng.choice([n for n in range(2 * total + 3) if n != total]),
    ),
    Deviation(
        "total-unfiltered",
        "The total counts the rows that the filter excludes too.",
        SEARCHES,
        say=_on_total(lambda _, scene, __: total_of(scene.everything(filter=[]))),
    ),
)
