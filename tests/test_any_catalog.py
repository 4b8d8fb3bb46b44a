"""Any catalog that selects a subset works: trimmed, hand-made, in any order; and what cannot be done is one line."""

import json
import typing as t
from collections.abc import Callable
from pathlib import Path

import pytest
from singer_sdk.exceptions import ConfigValidationError

from simulator import Account, Server
from tap_helpcrunch.api.errors import UnusableInputError
from tap_helpcrunch.tap import TapHelpCrunch
from tests.hiding import changing_rows
from tests.running import Output, catalog, run, sync

Catalog = dict[str, t.Any]
FLAT = {"flattening_enabled": True, "flattening_max_depth": 5}


@pytest.fixture(scope="module")
def talkative() -> Account:
    return Account.generate(seed=11, chats=30, messages=90)


def brought(account: Account, selection: Catalog | None, **given: t.Any) -> Output:
    with Server(account) as server:
        return sync(server, selection=selection, **given)


def entries(selection: Catalog) -> dict[str, Catalog]:
    return {entry["tap_stream_id"]: entry for entry in selection["streams"]}


def root(entry: Catalog) -> Catalog:
    (found,) = [one["metadata"] for one in entry["metadata"] if not one["breadcrumb"]]
    return t.cast("Catalog", found)


def without_the_parent(selection: Catalog) -> None:
    selection["streams"] = [entries(selection)["messages"]]


def in_another_order(selection: Catalog) -> None:
    selection["streams"] = [{**entry, "tap_stream_id": "unknown"} for entry in selection["streams"][:1]] + [
        entry for entry in selection["streams"][::-1] if entry["tap_stream_id"] in {"messages", "chats"}
    ]


def by_default(selection: Catalog) -> None:
    for name, entry in entries(selection).items():
        root(entry).pop("selected", None)
        root(entry)["selected-by-default"] = name == "messages"


def without_metadata(selection: Catalog) -> None:
    without_the_parent(selection)
    selection["streams"][0]["metadata"] = []


def without_keys(selection: Catalog) -> None:
    for entry in selection["streams"]:
        for name in ("key_properties", "replication_key"):
            entry.pop(name, None)
        entry["metadata"] = [{"breadcrumb": [], "metadata": {"selected": root(entry)["selected"]}}]


def without_the_key_columns(selection: Catalog) -> None:
    for entry in selection["streams"]:
        for one in entry["metadata"]:
            if one["breadcrumb"][1:] in (["id"], ["createdAt"]):
                one["metadata"] = {"selected": False}


@pytest.mark.parametrize(
    "change",
    [without_the_parent, in_another_order, by_default, without_metadata, without_keys, without_the_key_columns],
)
def test_messages_come_with_their_key_by_any_catalog(talkative: Account, change: Callable[[Catalog], None]) -> None:
    selection = catalog("messages")
    change(selection)
    output = brought(talkative, selection)
    assert sorted(output.ids("messages")) == sorted(talkative.messages)
    assert {message["stream"] for message in output.messages if "stream" in message} == {"messages"}
    (schema,) = [message for message in output.messages if message["type"] == "SCHEMA"]
    assert (schema["key_properties"], schema["bookmark_properties"]) == (["id"], ["createdAt"])


def test_a_property_that_the_schema_leaves_out_does_not_come(talkative: Account) -> None:
    selection = catalog("customers")
    properties = entries(selection)["customers"]["schema"]["properties"]
    kept = {"id", "name", "device"}
    for name in properties.keys() - kept:
        del properties[name]
    del properties["device"]["properties"]["ip"]
    output = brought(talkative, selection)
    assert output.schemas("customers")[0]["properties"].keys() == kept | {"lastSeen"}
    assert {frozenset(row) for row in output.records("customers")} == {frozenset(kept | {"lastSeen"})}
    assert not any("ip" in (row["device"] or {}) for row in output.records("customers"))


def test_a_property_that_is_unsupported_does_not_come(talkative: Account) -> None:
    selection = catalog("messages")
    for one in entries(selection)["messages"]["metadata"]:
        if one["breadcrumb"][1:] == ["text"]:
            one["metadata"] = {"inclusion": "unsupported", "selected": True}
    output = brought(talkative, selection)
    assert not any("text" in row for row in [*output.records("messages"), output.schemas("messages")[0]["properties"]])


def test_a_type_that_the_catalog_gives_is_declared() -> None:
    """Meltano's ``schema`` extra says how long a text may be, for warehouses that ask."""
    selection = catalog("messages")
    text = {"type": ["string", "null"], "maxLength": 65535}
    entries(selection)["messages"]["schema"]["properties"]["text"] = text
    assert (
        TapHelpCrunch(config={"api_key": "k"}, catalog=selection)
        .streams["messages"]
        .stream_maps[0]
        .transformed_schema["properties"]["text"]
        == text
    )


def test_full_table_in_the_metadata_reads_all_in_each_run(talkative: Account) -> None:
    selection = catalog("chats", "customers")
    for entry in selection["streams"]:
        root(entry)["replication-method"] = "FULL_TABLE"
    first = brought(talkative, selection)
    second = brought(talkative, selection, state=first.state)
    assert sorted(second.ids("chats")) == sorted(talkative.chats)
    assert sorted(second.ids("customers")) == sorted(talkative.customers)


def test_a_property_within_a_list_cannot_be_deselected(talkative: Account, tmp_path: Path) -> None:
    selection = catalog("chats")
    inner = ["properties", "agents", "items", "properties", "email"]
    entries(selection)["chats"]["metadata"].append({"breadcrumb": inner, "metadata": {"selected": False}})
    (tmp_path / "catalog.json").write_text(json.dumps(selection))
    with Server(talkative) as server:
        output = run(tmp_path, server, "--catalog", "catalog.json")
        assert server.requests == []
    assert (output.code, output.lines) == (1, [])
    assert "chats: 'email' cannot be deselected within the list 'agents'" in output.log.splitlines()[-1]


@pytest.mark.parametrize(
    "broken", [{}, {"streams": [{}]}, {"streams": 5}, {"streams": [{"tap_stream_id": "chats", "metadata": 5}]}]
)
def test_what_is_no_catalog_is_one_line(broken: Catalog) -> None:
    with pytest.raises(UnusableInputError, match="--catalog is not a Singer catalog"):
        TapHelpCrunch(config={"api_key": "k"}, catalog=broken)


# Flattening


@pytest.mark.parametrize("found_with", [None, {}, FLAT])
def test_a_free_object_is_json_text_when_flattened(talkative: Account, found_with: dict[str, t.Any] | None) -> None:
    custom, more = {"plan": "pro", "deep": {"a": [1, None]}}, {"new": {"b": 2}}
    selection = found_with and json.loads(
        json.dumps(TapHelpCrunch(config=found_with, validate_config=False).catalog_dict)
    )
    with changing_rows("/customers", lambda row: {**row, "customData": custom, **more}):
        output = brought(talkative, selection, **FLAT)
    rows = output.records("customers")
    assert [(json.loads(row["customData"]), json.loads(row["additional_properties"])) for row in rows] == [
        (custom, more) for _ in talkative.customers
    ]
    columns = output.schemas("customers")[0]["properties"]
    assert columns["customData"]["type"] == columns["additional_properties"]["type"] == ["string", "null"]
    assert {name for row in rows for name in row} - {"device", "location"} <= columns.keys()


# Expressions


@pytest.mark.parametrize(
    ("rules", "name"),
    [
        ({"mail": "customer['email'].lower()"}, "mail"),
        ({"half": "1 / 0"}, "half"),
        ({"__filter__": "lastMessageText['a']"}, "__filter__"),
        ({"other": "nonsense(id)", "status": "status"}, "other"),
    ],
)
def test_an_expression_that_fails_is_named_and_no_value_with_it(
    talkative: Account, tmp_path: Path, rules: dict[str, str], name: str
) -> None:
    with (
        Server(talkative) as server,
        changing_rows("/chats", lambda row: {**row, "customer": {"id": 1, "name": "PRIVATE"}}),
    ):
        output = run(tmp_path, server, stream_maps={"chats": rules})
    assert output.code == 1
    assert f"stream_maps: chats.{name}: {rules[name]}: fails for a record (" in output.log.splitlines()[-1]
    assert "PRIVATE" not in output.log
    assert "Traceback" not in output.log


def test_faker_config_without_its_package_is_one_line() -> None:
    """The tests' environment does not have it; it comes with the extra that the line names."""
    with pytest.raises(ConfigValidationError) as refused:
        TapHelpCrunch(config={"api_key": "k", "faker_config": {"seed": 1}})
    assert refused.value.errors == ["faker_config: needs a package: install tap-helpcrunch[faker]"]
