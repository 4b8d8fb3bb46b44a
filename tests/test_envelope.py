"""Every documented envelope yields its rows; anything else is an error, never zero rows."""

from __future__ import annotations

import pytest

from tap_helpcrunch.api import envelope
from tap_helpcrunch.api.errors import BadAnswerError

ROWS = [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize(
    ("body", "rows", "total"),
    [
        ({"messages": ROWS, "total": 7}, ROWS, 7),
        ({"data": ROWS, "total": 7}, ROWS, 7),
        ({"data": ROWS, "meta": {"total": 7}}, ROWS, 7),
        ({"data": ROWS, "meta": {"total": "7"}}, ROWS, 7),
        ({"data": ROWS}, ROWS, None),
        ({"data": ROWS, "meta": None, "total": None}, ROWS, None),
        ({"data": ROWS, "total": True}, ROWS, None),
        ({"data": ROWS, "total": -1}, ROWS, None),
        ({"data": [ROWS]}, ROWS, None),
        ({"data": [], "messages": ROWS}, [], None),
        ({"data": None, "messages": ROWS}, ROWS, None),
        (ROWS, ROWS, None),
        ([], [], None),
        ([ROWS], ROWS, None),
        ({"items": ROWS, "count": 2}, ROWS, None),
        ({"agents": ROWS, "total": 7}, ROWS, 7),
        ({"agents": [], "meta": {"total": 0}}, [], 0),
    ],
)
def test_rows_and_total_of_every_envelope(body: object, rows: list[object], total: int | None) -> None:
    page = envelope.page(body, "GET /x")
    assert page.rows == rows
    assert page.total == total


@pytest.mark.parametrize(
    "body",
    [
        {},
        None,
        "text",
        7,
        {"data": {"id": 1}},
        {"data": None},
        {"count": 0},
        {"agents": ROWS, "others": ROWS},
        {"errors": [{"code": "error"}]},
        {"errors": [{"code": "error"}], "items": ROWS},
    ],
)
def test_an_unknown_envelope_is_an_error_that_shows_its_keys(body: object) -> None:
    with pytest.raises(BadAnswerError, match=r"GET /x answered with no list under 'data' or 'messages' but") as fault:
        envelope.page(body, "GET /x")
    if isinstance(body, dict):
        assert str(sorted(body)) in str(fault.value)


@pytest.mark.parametrize("body", [{"data": [1, 2]}, [1, 2], {"items": ["a"]}, {"data": [{"id": 1}, None]}])
def test_rows_that_are_not_objects_are_an_error(body: object) -> None:
    with pytest.raises(BadAnswerError, match="rows that are not objects"):
        envelope.page(body, "GET /x")


@pytest.mark.parametrize(
    "body",
    [
        {"id": 5},
        {"data": {"id": 5}},
        {"data": [{"id": 5}]},
        [{"id": 5}],
        {"chat": {"id": 5}},
        {"data": {"chat": {"id": 5}}},
    ],
)
def test_a_single_object_bare_or_under_a_key(body: object) -> None:
    assert envelope.single(body, "GET /x") == {"id": 5}


@pytest.mark.parametrize("body", [{}, {"data": []}, {"error": 1}, [], None, {"data": None}, [{"id": 1}, {"id": 2}]])
def test_no_object_is_an_error(body: object) -> None:
    with pytest.raises(BadAnswerError, match="answered with no object that has an 'id'"):
        envelope.single(body, "GET /x")
