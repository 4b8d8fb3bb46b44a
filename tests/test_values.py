"""Every documented form of a value becomes one form, and no value vanishes."""

import logging
import typing as t
from decimal import Decimal

import pytest

from simulator import Server
from tap_helpcrunch.api.times import moment, seconds
from tests.hiding import changing_rows
from tests.running import sync


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


def test_texts_of_moments_compare_as_the_times_do() -> None:
    spelt = ["1594139170.913", "1594139170", "1594139171", "999999999", "1594139170.1"]
    assert sorted(spelt, key=Decimal) == sorted(spelt, key=lambda text: moment(text) or "")


def test_a_second_for_a_filter_is_never_after_the_moment() -> None:
    assert seconds("2020-07-07T16:26:10.913Z") == 1594139170


def read(server: Server, stream: str, sent: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the record of a row in which the API sends these values."""
    account = server.account
    account.add_message(account.add_chat(), "hello")
    account.advance(86_400)
    with changing_rows(f"/{stream}", lambda row: {**row, **sent}):
        (row,) = sync(server, stream).records(stream)
    return row


@pytest.mark.parametrize(
    ("stream", "sent", "found"),
    [
        ("messages", {"createdAt": 1594139170.913}, {"createdAt": "2020-07-07T16:26:10.913Z"}),
        ("messages", {"updatedAt": "", "text": None}, {"updatedAt": None, "text": None}),
        ("messages", {"read": 1, "edited": "false"}, {"read": True, "edited": False}),
        ("messages", {"type": 5}, {"type": "5"}),
        ("messages", {"text": {"a": [1]}}, {"text": '{"a":[1]}'}),
        ("messages", {"text": 1.5}, {"text": "1.5"}),
        ("messages", {"text": "half an emoji \ud83d here"}, {"text": "half an emoji \ufffd here"}),
        ("messages", {"text": "a whole one \U0001f600"}, {"text": "a whole one \U0001f600"}),
        ("messages", {"text": "\ude00\ud83d"}, {"text": "\ufffd\ufffd"}),
        ("messages", {"text": "NUL \0 here"}, {"text": "NUL \ufffd here"}),
        ("customers", {"id": "17"}, {"id": 17}),
        ("customers", {"customData": {"plan": "pro"}}, {"customData": {"plan": "pro"}}),
        ("customers", {"customData": []}, {"customData": {}}),
        (
            "customers",
            {
                "customData": [
                    {"property": "a", "value": 2},
                    {"property": "b", "value": 4},
                ]
            },
            {"customData": {"a": 2, "b": 4}},
        ),
        ("customers", {"customData": {"a\0b": "\ud83d"}}, {"customData": {"a\ufffdb": "\ufffd"}}),
        ("chats", {"agents": None}, {"agents": None}),
        ("chats", {"agents": []}, {"agents": []}),
        *(
            ("chats", {"agents": agents}, {"agents": [{"id": 7, "name": "Ira"}]})
            for agents in ({"id": 7, "name": "Ira"}, [{"id": 7, "name": "Ira"}], {"3": {"id": 7, "name": "Ira"}})
        ),
    ],
)
def test_every_form_of_a_value_becomes_the_declared_one(
    server: Server, stream: str, sent: dict[str, t.Any], found: dict[str, t.Any]
) -> None:
    row = read(server, stream, sent)
    assert {name: row[name] for name in found} == found
    assert row["additional_properties"] is None


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        (["VIP", {"name": "new"}, None], ["VIP", "new"]),
        ([], []),
        ({"0": {"name": "a"}, "2": {"name": "b"}}, ["a", "b"]),
    ],
)
def test_elements_of_a_list_become_objects(server: Server, sent: object, names: list[str]) -> None:
    assert [tag["name"] for tag in read(server, "customers", {"tags": sent})["tags"]] == names


@pytest.mark.parametrize(
    ("sent", "more"),
    [
        ({"priority": "high"}, {"priority": "high"}),
        ({"customer": {"id": 7, "phone": "PRIVATE"}}, {"customer": {"phone": "PRIVATE"}}),
        ({"snoozedUntil": "PRIVATE"}, {"snoozedUntil": "PRIVATE"}),
        ({"lastMessageId": 2**63}, {"lastMessageId": 2**63}),
        ({"lastMessageId": "1e9999999"}, {"lastMessageId": "1e9999999"}),
        ({"closedAt": "0001-01-01T00:00:00+05:00"}, {"closedAt": "0001-01-01T00:00:00+05:00"}),
        ({"closedAt": True, "customer": ["PRIVATE"]}, {"closedAt": True, "customer": ["PRIVATE"]}),
        ({"rating": None, "status": "new"}, None),
    ],
)
def test_no_value_vanishes_and_none_is_in_the_log(
    server: Server, caplog: pytest.LogCaptureFixture, sent: dict[str, t.Any], more: object
) -> None:
    with caplog.at_level(logging.DEBUG, logger="tap-helpcrunch"):
        assert read(server, "chats", sent)["additional_properties"] == more
    assert "PRIVATE" not in caplog.text
