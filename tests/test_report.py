"""The pieces of the page that need no warehouse."""

from __future__ import annotations

import pytest

from report.drawing import ticks
from report.markup import Markup, tag
from report.waits import EDGES, NAMES, counted
from report.words import duration, share


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "-"),
        (0, "0 s"),
        (59.5, "59 s"),
        (60, "1 min"),
        (80, "1 min 20 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86_400, "1 d"),
        (100_000, "1 d 3 h"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(seconds: float | None, said: str) -> None:
    assert duration(seconds) == said


def test_a_share_of_nothing_is_none() -> None:
    assert (share(1, 3), share(0, 0)) == ("33 %", "-")


@pytest.mark.parametrize("most", [0, 1, 4, 5, 7, 39, 40, 41, 99, 12_345])
def test_an_axis_has_few_round_numbers_and_ends_just_above_the_largest_value(most: int) -> None:
    marks = ticks(most)
    step = marks[1]
    assert marks == list(range(0, marks[-1] + 1, step))
    assert 2 <= len(marks) <= 5
    assert marks[-1] - step < max(most, 1) <= marks[-1]
    assert str(step).rstrip("0") in {"1", "2", "5"}


def test_a_time_at_an_edge_belongs_to_the_bar_that_begins_there() -> None:
    assert len(NAMES) == len(EDGES)
    assert counted([0, 59, 60, 299, 300, 86_399, 86_400, 10**7]) == [2, 2, 1, 0, 0, 1, 2]


def test_a_text_never_becomes_markup() -> None:
    shown = tag("td", "<b>&\"'\x00\x1b\ud800", tag("i", Markup("<hr/>")), title='"><script>', aria_label=1.25)
    assert shown == (
        '<td title="&quot;&gt;&lt;script&gt;" aria-label="1.2">'
        "&lt;b&gt;&amp;&quot;&#x27;\ufffd\ufffd\ufffd<i><hr/></i></td>"
    )
