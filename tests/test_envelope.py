"""Every documented envelope yields its rows; anything else is an error, never zero rows."""

from __future__ import annotations

import pytest

from tap_helpcrunch.api import envelope
from tap_helpcrunch.api.errors import BadAnswerError

ROWS = [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize(
    ("body", "total"),
    [
        ({"messages": ROWS, "total": 7}, 7),
        ({"data": ROWS, "total": 7}, 7),
        ({"data": ROWS, "meta": {"total": 7}}, 7),
        ({"data": ROWS, "meta": {"total": "7"}}, 7),
        ({"data": ROWS}, None),
        ({"data": ROWS, "meta": None, "total": None}, None),
        ({"data": ROWS, "total": True}, None),
        ({"data": [ROWS]}, None),
        ({"data": [], "messages": ROWS}, None),
    ],
)
def test_rows_and_total_of_every_envelope(body: dict[str, object], total: int | None) -> None:
    page = envelope.page(body, "GET /x")
    assert page.rows == (ROWS if body["data"] else []) if "data" in body else page.rows == ROWS
    assert page.total == total


@pytest.mark.parametrize(
    "body", [{}, {"items": ROWS, "count": 2}, ROWS, None, "text", {"data": {"id": 1}}, {"data": None}]
)
def test_an_unknown_envelope_is_an_error_that_shows_its_keys(body: object) -> None:
    with pytest.raises(BadAnswerError, match=r"GET /x answered no list under 'data' or 'messages' but") as fault:
        envelope.page(body, "GET /x")
    if isinstance(body, dict):
        assert str(sorted(body)) in str(fault.value)


def test_rows_that_are_no_objects_are_an_error() -> None:
    with pytest.raises(BadAnswerError, match="rows that are no objects"):
        envelope.page({"data": [1, 2]}, "GET /x")


@pytest.mark.parametrize("body", [{"id": 5}, {"data": {"id": 5}}, {"data": [{"id": 5}]}])
def test_a_single_object_bare_or_under_data(body: dict[str, object]) -> None:
    assert envelope.single(body, "GET /x") == {"id": 5}


@pytest.mark.parametrize("body", [{}, {"data": []}, {"error": 1}, [], None])
def test_no_object_is_an_error(body: object) -> None:
    with pytest.raises(BadAnswerError, match="answered no object with an 'id'"):
        envelope.single(body, "GET /x")
