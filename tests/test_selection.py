"""What is not wanted does not arrive, and nothing else is lost with it: deselected, mapped, undeclared fields."""

import typing as t
from pathlib import Path

import pytest

from simulator import Account, Dialect, Server
from tests.expected import STREAMS, records
from tests.running import Output, asked, catalog, run, sync
from tests.snapshot import discovered


@pytest.fixture(scope="module")
def talkative() -> Account:
    """Return an account with more than a page of chats, open and closed ones mixed."""
    return Account.generate(seed=11, chats=130, messages=420)


def mapped(account: Account, maps: dict[str, t.Any], *streams: str) -> tuple[Output, list[str]]:
    with Server(account) as server:
        return sync(server, *(streams or ("chats", "messages")), stream_maps=maps), asked(server, "/messages")


def of(account: Account, status: str) -> set[int]:
    return {chat.id for chat in account.chats.values() if chat.status == status}


def without(*paths: str, stream: str) -> dict[str, t.Any]:
    """Return the catalog with one stream, and these of its properties ("device.ip") deselected."""
    selection = catalog(stream)
    unwanted = {tuple(f"properties.{path.replace('.', '.properties.')}".split(".")) for path in paths}
    found = 0
    for entry in selection["streams"]:
        for metadata in entry["metadata"]:
            if entry["tap_stream_id"] == stream and tuple(metadata["breadcrumb"]) in unwanted:
                metadata["metadata"]["selected"] = False
                found += 1
    assert found == len(paths)
    return selection


def test_deselected_properties_do_not_arrive(talkative: Account) -> None:
    with Server(talkative) as server:
        output = sync(server, selection=without("email", "device.ip", "customData", stream="customers"))
    wanted = records(talkative)["customers"]
    for row in wanted.values():
        del row["email"], row["customData"]
        (row["device"] or {}).pop("ip", None)
    assert any(row["device"] for row in wanted.values())
    assert {row["id"]: row for row in output.records("customers")} == wanted
    (schema,) = output.schemas("customers")
    assert not {"email", "customData"} & schema["properties"].keys()
    assert "ip" not in schema["properties"]["device"]["properties"]


def test_chats_with_only_their_key_still_bring_all_messages(talkative: Account) -> None:
    selection = catalog("chats", "messages")
    for entry in selection["streams"]:
        for metadata in entry["metadata"]:
            if entry["tap_stream_id"] == "chats" and metadata["breadcrumb"]:
                metadata["metadata"]["selected"] = False
    with Server(talkative) as server:
        output = sync(server, selection=selection)
        again = sync(server, selection=selection, state=output.state)
    assert {frozenset(row) for row in output.records("chats")} == {frozenset({"id", "lastMessageAt"})}
    assert sorted(output.ids("chats")) == sorted(talkative.chats)
    assert sorted(output.ids("messages")) == sorted(talkative.messages)
    assert len(again.ids("chats")) < len(talkative.chats)


def test_a_stream_map_renames_a_field_and_a_stream(talkative: Account) -> None:
    maps = {"chats": {"phase": "status", "status": None}, "messages": {"__alias__": "lines"}}
    output, _ = mapped(talkative, maps)
    wanted = records(talkative)
    assert {row["id"]: row["phase"] for row in output.records("chats")} == {
        number: row["status"] for number, row in wanted["chats"].items()
    }
    assert not any("status" in row for row in output.records("chats"))
    assert {row["id"]: row for row in output.records("lines")} == wanted["messages"]
    assert output.records("messages") == []
    assert (len(output.schemas("chats")), len(output.schemas("lines")), len(output.schemas("messages"))) == (1, 1, 0)


def test_a_filter_on_chats_spares_the_messages_of_those_dropped(talkative: Account) -> None:
    output, requests = mapped(talkative, {"chats": {"__filter__": "status == 'closed'"}})
    closed = of(talkative, "closed")
    assert 20 < len(closed) < len(talkative.chats) - 20
    assert set(output.ids("chats")) == closed
    assert set(output.ids("messages")) == {m.id for m in talkative.messages.values() if m.chat in closed}
    assert {int(request.split("/")[2]) for request in requests} == closed, "what does not arrive is asked for"


def test_a_filter_that_drops_the_first_of_a_group_drops_no_other(talkative: Account) -> None:
    """A group of chats is passed on with its first record."""
    dropped = sorted(talkative.chats)[::20]
    output, _ = mapped(talkative, {"chats": {"__filter__": f"id not in {dropped}"}})
    assert set(output.ids("chats")) == talkative.chats.keys() - set(dropped)
    assert set(output.ids("messages")) == {m.id for m in talkative.messages.values() if m.chat not in dropped}


@pytest.mark.parametrize("maps", [{"chats": None}, {"messages": {}, "__else__": None}], ids=["null", "else"])
def test_messages_arrive_also_where_a_map_removes_the_chats(talkative: Account, maps: dict[str, t.Any]) -> None:
    output, _ = mapped(talkative, maps)
    assert output.records("chats") == []
    assert {row["id"]: row for row in output.records("messages")} == records(talkative)["messages"]


def test_new_fields_come_in_a_column_of_their_own(talkative: Account, tmp_path: Path) -> None:
    """Also those within objects; the schema is the same for every account."""
    with Server(talkative, Dialect(new_fields=True)) as server:
        output = run(tmp_path, server)
    assert output.code == 0, output.log
    for stream in STREAMS:
        assert all(row["additional_properties"]["futureField"] for row in output.records(stream))
        assert output.schemas(stream) == [discovered()[stream]["schema"]]
    new = {"futureField": "documented tomorrow"}
    assert {tuple(row["additional_properties"]["customer"]) for row in output.records("chats")} == {tuple(new)}
    assert [row["agent"] for row in output.records("messages") if "futureField" in (row["agent"] or {})] == []
    assert "documented tomorrow" not in output.log
    (line,) = [
        line for line in output.log.splitlines() if "kept in additional_properties: agents.futureField, " in line
    ]
    assert "| INFO" in line
