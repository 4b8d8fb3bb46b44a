"""Every documented form of a value becomes one form."""

from __future__ import annotations

import logging
from decimal import Decimal

import pytest

from tap_helpcrunch.api.client import _parse
from tap_helpcrunch.api.models import CHAT, CUSTOMER, MESSAGE
from tap_helpcrunch.api.values import moment, seconds


@pytest.mark.parametrize(
    ("spelt", "read"),
    [
        (1615200010, "2021-03-08T10:40:10.000Z"),
        ("1718003500", "2024-06-10T07:11:40.000Z"),
        ("1594139170.913", "2020-07-07T16:26:10.913Z"),
        (Decimal("1594139170.913"), "2020-07-07T16:26:10.913Z"),
        ("1594139170.9", "2020-07-07T16:26:10.900Z"),
        ("1594139170.9139999", "2020-07-07T16:26:10.913Z"),
        (0, None),
        ("0", None),
        ("0.000", None),
        ("2024-06-10T07:11:40Z", "2024-06-10T07:11:40.000Z"),
        ("2024-06-10T09:11:40.5+02:00", "2024-06-10T07:11:40.500Z"),
        ("2024-06-10", "2024-06-10T00:00:00.000Z"),
    ],
)
def test_every_form_of_time_is_one_form(spelt: object, read: str | None) -> None:
    assert moment(spelt) == read


@pytest.mark.parametrize("spelt", ["yesterday", True, [], {}, -5, "99999999999999999", "NaN", "Infinity", "1e400"])
def test_what_is_no_time_is_refused(spelt: object) -> None:
    with pytest.raises(ValueError, match=r"time|isoformat|month|NaN|Infinity"):
        moment(spelt)


def test_milliseconds_survive_the_json_parser() -> None:
    """A float would make 0.913 of it 0.912999987, and .912 of that."""
    assert moment(_parse(b'{"at":1594139170.913}')["at"]) == "2020-07-07T16:26:10.913Z"


def test_texts_of_moments_compare_as_the_times_do() -> None:
    spelt = ["1594139170.913", "1594139170", "1594139171", "999999999", "1594139170.1"]
    assert sorted(spelt, key=Decimal) == sorted(spelt, key=lambda text: moment(text) or "")


def test_a_second_for_a_filter_is_never_after_the_moment() -> None:
    assert seconds("2020-07-07T16:26:10.913Z") == 1594139170


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb'{"text":"half an emoji \ud83d here"}', "half an emoji \ufffd here"),
        (rb'{"text":"a whole one \ud83d\ude00"}', "a whole one \U0001f600"),
        (rb'{"text":"\ude00\ud83d"}', "\ufffd\ufffd"),
        (b'{"text":"NUL \\u0000 here"}', "NUL \ufffd here"),
    ],
)
def test_what_no_target_stores_becomes_a_replacement_character(body: bytes, text: str) -> None:
    assert _parse(body)["text"] == text


def test_agents_of_a_chat_are_a_list_however_they_are_sent() -> None:
    agent = {"id": 7, "name": "Ira", "email": "ira@shop.test", "role": "agent"}
    assert CHAT.read({"id": 1, "agents": agent})["agents"] == [agent]
    assert CHAT.read({"id": 1, "agents": [agent]})["agents"] == [agent]
    assert CHAT.read({"id": 1, "agents": []})["agents"] == []
    assert CHAT.read({"id": 1, "agents": None})["agents"] is None


def test_custom_data_is_an_object_however_it_is_sent() -> None:
    pairs = [
        {"property": "plan", "value": "free"},
        {"property": "seats", "value": 4},
        {"property": "plan", "value": "pro"},
    ]
    assert CUSTOMER.read({"id": 1, "customData": pairs})["customData"] == {"plan": "pro", "seats": 4}
    assert CUSTOMER.read({"id": 1, "customData": {"plan": "pro"}})["customData"] == {"plan": "pro"}
    assert CUSTOMER.read({"id": 1, "customData": []})["customData"] == {}


def test_absent_stays_absent_and_null_stays_null() -> None:
    row = {"id": 1, "text": None, "createdAt": None}
    assert MESSAGE.read(row) == {**row, "additional_properties": None}
    assert MESSAGE.read({"id": 1, "createdAt": ""})["createdAt"] is None


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"id": "17"}, {"id": 17}),
        ({"id": Decimal("17.0")}, {"id": 17}),
        ({"id": 1, "read": 1, "edited": "false"}, {"id": 1, "read": True, "edited": False}),
        ({"id": 1, "type": 5}, {"id": 1, "type": "5"}),
        ({"id": 1, "text": {"a": [1]}}, {"id": 1, "text": '{"a": [1]}'}),
    ],
)
def test_scalars_of_another_type_are_read_into_the_declared_one(
    sent: dict[str, object], read: dict[str, object]
) -> None:
    """target-postgres fails on a 1 for a boolean."""
    assert MESSAGE.read(sent) == {**read, "additional_properties": None}


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (["VIP", {"name": "new"}, None], ["VIP", "new"]),
        ([], []),
        ({"0": {"name": "a"}, "2": {"name": "b"}}, ["a", "b"]),
    ],
)
def test_elements_of_a_list_become_objects(sent: object, read: list[str]) -> None:
    assert [tag["name"] for tag in CUSTOMER.read({"id": 1, "tags": sent})["tags"]] == read


@pytest.mark.parametrize(
    ("sent", "more"),
    [
        ({"priority": "high"}, {"priority": "high"}),
        ({"customer": {"id": 7, "phone": "PRIVATE"}}, {"customer": {"phone": "PRIVATE"}}),
        ({"lastMessageAt": "PRIVATE"}, {"lastMessageAt": "PRIVATE"}),
        ({"closedAt": True, "customer": ["PRIVATE"]}, {"closedAt": True, "customer": ["PRIVATE"]}),
        ({"rating": None, "status": "new"}, None),
    ],
)
def test_no_value_vanishes_and_none_is_in_the_log(
    caplog: pytest.LogCaptureFixture, sent: dict[str, object], more: object
) -> None:
    with caplog.at_level(logging.DEBUG, logger="tap-helpcrunch"):
        assert CHAT.read({"id": 1, **sent})["additional_properties"] == more
    assert "PRIVATE" not in caplog.text
