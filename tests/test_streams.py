"""The streams over real HTTP: what arrives, what is asked for it, and what becomes of what is missing."""

from __future__ import annotations

import json
import logging
import typing as t
from collections import Counter
from math import ceil
from pathlib import Path

import pytest

from simulator import Account, Dialect, Fault, Server
from simulator.deviations import Played
from tap_helpcrunch.api.errors import (
    BadAnswerError,
    KeyRefusedError,
    MissingError,
    RejectedError,
    UnprovenError,
    UnreachableError,
)
from tap_helpcrunch.sync.history import EMPTY_TRIES
from tests.conftest import NOW
from tests.expected import STREAMS, records
from tests.running import Output, asked, run, sync

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator import Logged


VENDOR_PAGE = Path(__file__).parent / "vendor_page.json"


class Whole(t.NamedTuple):
    """A first run over an account of which nothing is known yet."""

    account: Account
    output: Output
    requests: list[str]


def first_run(*streams: str, chats: int = 430, messages: int = 3000) -> Whole:
    account = Account.generate(seed=7, chats=chats, messages=messages)
    with Server(account) as server:
        return Whole(account, sync(server, *streams), asked(server))


@pytest.fixture(scope="module")
def whole() -> Whole:
    return first_run()


@pytest.fixture(scope="module")
def conversations() -> Whole:
    return first_run("chats", "messages")


@pytest.mark.parametrize("stream", STREAMS)
def test_every_row_of_the_account_arrives_field_by_field(whole: Whole, stream: str) -> None:
    wanted = records(whole.account)[stream]
    assert wanted
    assert {row["id"]: row for row in whole.output.records(stream)} == wanted


@pytest.mark.parametrize("stream", STREAMS)
def test_no_key_comes_twice(whole: Whole, stream: str) -> None:
    assert [number for number, times in Counter(whole.output.ids(stream)).items() if times > 1] == []


@pytest.mark.parametrize("stream", STREAMS)
def test_one_schema_a_stream_and_before_its_first_record(whole: Whole, stream: str) -> None:
    kinds = [m["type"] for m in whole.output.messages if m.get("stream") == stream]
    assert kinds[0] == "SCHEMA"
    assert kinds.count("SCHEMA") == 1


def test_requests_are_at_most_a_hundredth_more_than_pages(conversations: Whole) -> None:
    account = conversations.account
    assert (len(account.chats), len(account.messages)) == (430, 3000)
    pages = sum(max(1, ceil(len(thread) / 100)) for thread in account.threads.values())
    assert len(conversations.requests) <= 1.01 * (pages + ceil(430 / 100))
    assert sorted(conversations.output.ids("messages")) == sorted(account.messages)


def test_a_state_comes_often_and_is_of_constant_size(conversations: Whole) -> None:
    states = conversations.output.states
    assert len(states) >= 430 / 25, "a run that is killed repeats all chats since the last one"
    few = first_run("chats", "messages", chats=60, messages=300).output.states
    sizes, few_sizes = ({len(json.dumps(state)) for state in many} for many in (states, few))
    assert max(sizes) <= max(few_sizes) + 2 * len("13")
    assert max(sizes) < 750


def numbers_with_a_fraction(value: t.Any) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from numbers_with_a_fraction(inner)


def test_no_number_with_a_fraction_is_in_a_state(whole: Whole) -> None:
    with Server(whole.account, Dialect(message_times="float", customer_times="float")) as server:
        chosen = sync(server, chat_ids=list(whole.account.chats)[:5], start_date="2024-05-05T05:05:05.555Z")
        later = sync(server, state=whole.output.state, lookback_hours=0.1)
    for state in [*whole.output.states, *chosen.states, *later.states]:
        assert list(numbers_with_a_fraction(state)) == []


def test_chats_alone_ask_for_no_messages() -> None:
    account, output, requests = first_run("chats", chats=120, messages=400)
    assert {row["id"]: row for row in output.records("chats")} == records(account)["chats"]
    assert {m.get("stream", "chats") for m in output.messages} == {"chats"}
    assert len(requests) == 2
    assert not any("/messages" in request for request in requests)


def test_messages_alone_are_all_there() -> None:
    account, output, _ = first_run("messages", chats=120, messages=400)
    assert {row["id"]: row for row in output.records("messages")} == records(account)["messages"]
    assert {m.get("stream", "messages") for m in output.messages} == {"messages"}


@pytest.mark.parametrize("streams", [("messages",), ("chats",), ("chats", "messages")], ids="+".join)
def test_the_chosen_chats_alone_are_asked_for(streams: tuple[str, ...]) -> None:
    account = Account.generate(seed=7, chats=40, messages=150)
    chosen = sorted(account.chats)[5:35:3]
    with Server(account) as server:
        output = sync(server, *streams, chat_ids=chosen)
        times = Counter(request.path for request in server.requests)
    paths = {"chats": "/v1/chats/{}", "messages": "/v1/chats/{}/messages"}
    wanted_times = {paths[stream].format(chat): 1 for stream in streams for chat in chosen}
    if "chats" not in streams:
        # Nothing else says that these have no messages, so it is said more than once.
        empty = [chat for chat in chosen if not account.threads[chat]]
        assert empty
        wanted_times |= {paths["messages"].format(chat): 1 + EMPTY_TRIES for chat in empty}
    assert times == wanted_times
    wanted = records(account)
    assert output.ids("chats") == (chosen[::-1] if "chats" in streams else []), "the newest first"
    if "messages" in streams:
        assert {row["id"]: row for row in output.records("messages")} == {
            number: row for number, row in wanted["messages"].items() if row["chat"] in chosen
        }


@pytest.mark.parametrize(
    ("dialect", "pages"),
    [
        (Dialect(), {0: 1, 1: 1, 99: 1, 100: 1, 101: 2, 200: 2, 950: 10}),
        (Dialect(total="absent"), {0: 1, 1: 1, 99: 1, 100: 2, 101: 2, 200: 3, 950: 10}),
        (Dialect(total="absent", past_end="404"), {0: 1, 1: 1, 99: 1, 100: 2, 101: 2, 200: 3, 950: 10}),
    ],
    ids=["total", "no-total", "no-total-404"],
)
def test_a_chat_is_read_with_as_many_requests_as_it_has_pages(
    account: Account, dialect: Dialect, pages: dict[int, int]
) -> None:
    chats = {size: account.add_chat() for size in pages}
    for size, chat in chats.items():
        for number in range(size):
            account.add_message(chat, f"{number} of {size}", created_at=NOW - 1000 + number)
    with Server(account, dialect) as server:
        output = sync(server, "chats", "messages")
        paths = Counter(request.path for request in server.requests)
    assert {size: paths[f"/v1/chats/{chat}/messages"] for size, chat in chats.items()} == pages
    by_chat = Counter(row["chat"] for row in output.records("messages"))
    assert {size: by_chat[chat] for size, chat in chats.items()} == {size: size for size in pages}
    newest = [row["text"] for row in output.records("messages") if row["chat"] == chats[950]]
    assert newest == [f"{number} of 950" for number in reversed(range(950))]


@pytest.mark.parametrize("count", [1, 99, 100, 101, 200, 250])
@pytest.mark.parametrize("paging", ["honoured", "ignored"])
@pytest.mark.parametrize("total", ["documented", "absent"])
def test_every_agent_comes_once_whether_the_listing_pages_or_not(
    account: Account,
    count: int,
    paging: t.Literal["honoured", "ignored"],
    total: t.Literal["documented", "absent"],
) -> None:
    for number in range(count):
        account.add_agent(f"Agent {number}")
    with Server(account, Dialect(reference_paging=paging, total=total)) as server:
        output = sync(server, "agents")
        assert len(server.requests) <= ((count + 1) // 100 + 1 if paging == "honoured" else 2)
    assert output.ids("agents") == list(account.agents)


def test_the_vendors_own_example_comes_through_field_by_field(account: Account) -> None:
    account.add_chat(id=5215261)
    page = VENDOR_PAGE.read_bytes()
    with Server(account) as server:
        server.fault = lambda request, _: Fault(200, page) if request.path.endswith("/5215261/messages") else None
        output = sync(server, "messages", chat_ids=[5215261])
        assert len(server.requests) == 1
    common = {"read": True, "edited": False, "broadcastType": None, "chat": 5215261}
    customer = {**common, "agent": None, "from": "customer"}
    assert output.records("messages") == [
        {
            **customer,
            "id": 9577571,
            "type": "message",
            "text": "A tongue twister, the last of three",
            "createdAt": "2020-07-07T16:26:10.913Z",
            "updatedAt": "2020-07-09T10:42:09.303Z",
        },
        {
            **customer,
            "id": 9577570,
            "type": "message",
            "text": "Another one",
            "createdAt": "2020-07-04T18:49:57.787Z",
            "updatedAt": "2020-07-04T18:50:09.369Z",
        },
        {
            **customer,
            "id": 9577569,
            "type": "a sentence where a type belongs",
            "text": "qwe",
            "createdAt": "2020-07-04T18:45:51.465Z",
            "updatedAt": "2020-07-04T18:46:00.057Z",
        },
        {
            **customer,
            "id": 9577568,
            "type": "and a question in its place?",
            "text": "asd",
            "createdAt": "2020-07-04T18:33:28.482Z",
            "updatedAt": "2020-07-04T18:33:34.872Z",
        },
        {
            **common,
            "id": 9577567,
            "agent": {"id": 4188, "name": "Frodo"},
            "from": "agent",
            "type": "message",
            "text": "A greeting",
            "createdAt": "2020-07-04T18:32:17.924Z",
            "updatedAt": "2020-07-04T18:33:15.272Z",
        },
    ]


def test_half_an_emoji_becomes_a_replacement_character(account: Account) -> None:
    account.add_message(account.add_chat(), "half \ud83d and whole \U0001f600")
    with Server(account) as server:
        output = sync(server, "chats", "messages")
    assert output.records("messages")[0]["text"] == "half \ufffd and whole \U0001f600"
    assert output.records("chats")[0]["lastMessageText"] == "half \ufffd and whole \U0001f600"


# What is missing or refused


def refuse(server: Server, refusals: dict[str, int]) -> None:
    """Let the account answer the paths that end so with these statuses."""

    def fault(request: Logged, _: int) -> Fault | None:
        found = [status for end, status in refusals.items() if request.path.endswith(end)]
        return Fault(status=found[0]) if found else None

    server.fault = fault


def test_what_is_gone_or_refused_is_passed_over_and_summed_up(tmp_path: Path) -> None:
    """Chosen chats that are gone, one whose messages answer 404, optional endpoints not offered: 0 and a word each."""
    account = Account.generate(seed=7, chats=30, messages=120)
    chats = sorted(account.chats)
    mute = next(chat for chat in chats[10:] if account.threads[chat])
    with Server(account) as server:
        refuse(server, {f"/{mute}/messages": 404, "/organization": 403, "/applications": 404})
        output = run(tmp_path, server, chat_ids=[*chats[10:], 1, 2])
    assert output.code == 0, output.log
    empty = sum(1 for chat in chats[10:] if not account.threads[chat])
    warnings = [line.split("| ", 3)[-1] for line in output.log.splitlines() if "| WARNING" in line]
    assert [warning.split(", the API")[0] for warning in warnings] == [
        "applications is passed over",
        "organization is passed over",
        f"passed over: chats of chat_ids that are gone: 2 (2, 1); chats without messages: {empty + 1}",
    ]
    assert "403" in warnings[1]
    assert output.ids("chats") == chats[:9:-1]
    assert set(output.ids("messages")) == {
        message.id for message in account.messages.values() if message.chat in chats[10:] and message.chat != mute
    }
    assert output.ids("agents") == sorted(account.agents)
    assert output.ids("departments")
    assert (output.ids("applications"), output.ids("organization")) == ([], [])


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("name", ["organization", "applications", "departments"])
def test_an_optional_endpoint_not_offered_costs_one_warning(
    server: Server, caplog: pytest.LogCaptureFixture, name: str, status: int
) -> None:
    server.account.add_agent("Ira")
    server.account.add_department("Sales")
    server.account.add_application("Widget")
    refuse(server, {f"/{name}": status})
    with caplog.at_level(logging.WARNING, logger="tap-helpcrunch"):
        output = sync(server, "organization", "applications", "departments", "agents")
    assert len(asked(server, f"/{name}")) == 2, "a refusal is believed when it is said twice"
    assert output.ids(name) == []
    assert output.schemas(name), "the table is made all the same"
    assert output.ids("agents") == [1]
    (warning,) = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert warning.startswith(f"{name} is passed over")
    assert str(status) in warning


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("name", ["organization", "applications", "departments", "agents"])
def test_a_small_table_refused_once_is_there_all_the_same(
    account: Account, server: Server, caplog: pytest.LogCaptureFixture, name: str, status: int
) -> None:
    account.add_agent("Ira")
    account.add_department("Sales")
    account.add_application("Widget")
    once = [Fault(status=status)]
    server.fault = lambda request, _: once.pop() if once and request.path.endswith(name) else None
    with caplog.at_level(logging.WARNING, logger="tap-helpcrunch"):
        assert len(sync(server, name).ids(name)) == 1
    assert once == []
    assert caplog.records == []


@pytest.mark.parametrize("name", ["applications", "departments", "agents"])
def test_a_small_table_empty_once_is_there_all_the_same(account: Account, server: Server, name: str) -> None:
    account.add_agent("Ira")
    account.add_department("Sales")
    account.add_application("Widget")
    server.deviations.append(Played("page-empty-total-0", name, times=1))
    assert len(sync(server, name).ids(name)) == 1


@pytest.mark.parametrize("count", [1, 100, 230])
@pytest.mark.parametrize("key", ["data", "own", "bare"])
def test_paging_that_is_refused_is_asked_without(
    account: Account, count: int, key: t.Literal["data", "own", "bare"]
) -> None:
    for number in range(count):
        account.add_agent(f"Agent {number}")
    dialect = Dialect(reference_paging="refused", reference_key=key, reference_ids="text")
    with Server(account, dialect) as server:
        assert sync(server, "agents").ids("agents") == list(account.agents)


@pytest.mark.parametrize("name", ["organization", "applications", "departments", "agents"])
def test_401_ends_the_run_also_at_an_optional_endpoint(server: Server, name: str) -> None:
    refuse(server, {f"/{name}": 401})
    with pytest.raises(KeyRefusedError, match="Settings, Developers, Public API"):
        sync(server)
    assert not asked(server, "/chats"), "the others are not asked for"


@pytest.mark.parametrize(
    ("name", "status"),
    [("agents", 403), ("agents", 404), ("chats", 403), ("customers", 403), ("customers", 404)],
)
def test_what_is_not_optional_is_not_passed_over(server: Server, name: str, status: int) -> None:
    refuse(server, {f"/{name}": status, "/search": status})
    with pytest.raises((KeyRefusedError, MissingError)):
        sync(server, name)


@pytest.mark.parametrize("chosen", [None, [1, 2]], ids=["account", "chat_ids"])
@pytest.mark.parametrize("streams", [("chats", "messages"), ("messages",)], ids="+".join)
def test_an_address_without_v1_is_not_an_empty_account(
    account: Account, streams: tuple[str, ...], chosen: list[int] | None
) -> None:
    """Every path answers 404 there. Taken for "no chat matches", the STATE says complete and history is never read."""
    for _ in range(2):
        account.add_message(account.add_chat(), "hello")
    with Server(account) as server, pytest.raises(MissingError, match="check api_url, which normally ends in /v1"):
        sync(server, *streams, api_url=server.root, chat_ids=chosen)


@pytest.mark.parametrize("streams", [("chats", "messages"), ("chats",), ("messages",)], ids="+".join)
def test_an_address_of_something_else_is_told_soon(server: Server, streams: tuple[str, ...]) -> None:
    """Its 404 is not the API's own, so it says nothing of a chat; but a hundred of them need not be asked."""
    server.fault = lambda _request, _number: Fault(status=404, body=b"<html>Not Found</html>")
    with pytest.raises(UnreachableError, match="check api_url, which normally ends in /v1"):
        sync(server, *streams, chat_ids=list(range(1, 101)), max_in_flight=4)
    assert len(server.requests) < 100


def test_a_chosen_chat_that_cannot_be_read_keeps_no_other_away(account: Account, server: Server) -> None:
    made = [account.add_chat() for _ in range(30)]
    for chat in made:
        account.add_message(chat, "hello")
    server.fault = lambda request, _: Fault(status=400) if request.path.endswith(f"/chats/{made[10]}") else None
    with pytest.raises(UnprovenError, match=rf"1 chat could not be read; .*: {made[10]} \(HelpCrunch rejects"):
        sync(server, "chats", "messages", chat_ids=made)
    others = {f"/v1/chats/{chat}{part}" for chat in made if chat != made[10] for part in ("", "/messages")}
    assert others <= {request.path for request in server.requests}


def test_an_empty_account_is_no_error_though_search_is_a_404(account: Account) -> None:
    with Server(account, Dialect(search_none="404")) as server:
        output = sync(server, "chats", "messages")
    assert output.ids("chats") == []
    assert output.state["bookmarks"]["messages"]["account"]["since"]


def test_a_chat_deleted_before_its_messages_is_passed_over(account: Account) -> None:
    chats = [account.add_chat() for _ in range(3)]
    for chat in chats:
        account.add_message(chat, "hello")

    def delete(request: Logged) -> None:
        if "/messages" in request.path and chats[1] in account.chats:
            account.delete_chat(chats[1])

    with Server(account) as server:
        server.before = delete
        output = sync(server, "chats", "messages")
    assert [row["chat"] for row in output.records("messages")] == [chats[2], chats[0]]


def test_offsets_that_are_ignored_are_no_loop_and_no_loss(account: Account, server: Server) -> None:
    mute, other = account.add_chat(), account.add_chat()
    for number in range(250):
        account.add_message(mute, f"{number}")
    account.add_message(other, "hello")
    path = f"/chats/{mute}/messages"
    server.deviations.append(Played("offset-ignored", "messages", path=path))
    with pytest.raises(UnprovenError, match=rf"1 chat could not be read; .*: {mute} \(GET {path}: pages repeat"):
        sync(server, "messages", chat_ids=[mute, other])
    assert len(asked(server, path)) < 150
    assert len(asked(server, f"/{other}/messages")) == 1


# A stream that fails, fails alone

UNKNOWN = b'{"first": [], "second": [], "count": 0}'


@pytest.mark.parametrize("stream", ["agents", "chats", "customers", "organization", "messages"])
def test_an_unknown_envelope_is_an_error_not_an_empty_stream(account: Account, stream: str) -> None:
    for _ in range(4):
        account.add_chat()
    with Server(account) as server:
        server.fault = lambda _request, _number: Fault(200, UNKNOWN)
        with pytest.raises(BadAnswerError, match=r"but the keys \['count', 'first', 'second'\]"):
            sync(server, stream, chat_ids=list(account.chats) if stream == "messages" else None)


@pytest.mark.parametrize(
    ("stream", "paths"),
    [
        ("agents", ("/agents",)),
        ("departments", ("/departments",)),
        ("organization", ("/organization",)),
        ("customers", ("/customers", "/customers/search")),
        ("chats", ("/chats", "/chats/search")),
    ],
)
def test_a_stream_that_fails_keeps_no_other_from_coming(tmp_path: Path, stream: str, paths: tuple[str, ...]) -> None:
    account = Account.generate(seed=7, chats=30, messages=120)
    wanted = {name: sorted(rows) for name, rows in records(account).items()}
    broken = {f"/v1{path}" for path in paths}
    with Server(account) as server:
        server.fault = lambda request, _: Fault(status=400) if request.path in broken else None
        output = run(tmp_path, server, request_timeout=5)
    assert output.code == 1
    alone = {stream} | ({"messages"} if stream == "chats" else set())
    assert {name: sorted(output.ids(name)) for name in STREAMS} == {
        name: [] if name in alone else rows for name, rows in wanted.items()
    }
    errors = [line for line in output.log.splitlines() if "| ERROR" in line]
    assert len(errors) == 1
    assert "Traceback" not in output.log
    assert any(path in errors[0] for path in paths)


def test_all_streams_that_fail_are_named(tmp_path: Path) -> None:
    account = Account.generate(seed=7, chats=3, messages=9)
    with Server(account) as server:
        refuse(server, {"/agents": 400, "/departments": 400, "/customers/search": 403})
        output = run(tmp_path, server)
    assert output.code == 1
    errors = [line for line in output.log.splitlines() if "| ERROR" in line]
    assert [name for line in errors for name in ("/agents", "/departments", "/customers") if name in line] == [
        "/departments",
        "/customers",
        "/agents",
    ]
    assert sorted(output.ids("messages")) == sorted(account.messages)


# A chat that cannot be read is owed


def test_a_chat_that_cannot_be_read_is_owed_and_comes_first(tmp_path: Path) -> None:
    account = Account.generate(seed=7, chats=60, messages=200)
    bad = next(chat for chat in sorted(account.chats)[20:] if account.threads[chat])
    with Server(account) as server:
        refuse(server, {f"/{bad}/messages": 400})
        first = run(tmp_path, server)
        assert first.code == 1
        (error,) = [line for line in first.log.splitlines() if "| ERROR" in line]
        assert f"1 chat could not be read; the next run reads them first: {bad} (HelpCrunch rejects" in error
        assert set(first.ids("messages")) == {m.id for m in account.messages.values() if m.chat != bad}
        assert first.state["bookmarks"]["messages"]["account"]["owed"] == [bad]
        assert len(asked(server, f"/{bad}/messages")) == 2, "at its turn, and at the end of the run"
        server.fault = None
        server.requests.clear()
        second = run(tmp_path, server, state=first.state)
        assert second.code == 0, second.log
        paths = [request.path for request in server.requests if "/chats" in request.path]
    assert second.ids("messages") == [m.id for m in account.messages_of(bad)]
    assert paths[0] == f"/v1/chats/{bad}/messages"
    assert second.state["bookmarks"]["messages"]["account"]["owed"] == []


def test_a_chat_that_passes_until_the_end_of_the_run_is_no_fault(account: Account, server: Server) -> None:
    made = []
    for _ in range(40):
        account.advance(60)
        made.append(account.add_chat())
        account.add_message(made[-1], "hello")
    faults = [Fault(status=400)]
    server.fault = lambda request, _: faults.pop() if faults and f"/{made[20]}/messages" in request.path else None
    output = sync(server, "chats", "messages")
    assert faults == []
    assert sorted(output.ids("messages")) == sorted(account.messages)
    assert output.state["bookmarks"]["messages"]["account"]["owed"] == []


def test_where_no_chat_can_be_read_the_run_ends_soon(account: Account, server: Server) -> None:
    for _ in range(60):
        account.advance(60)
        account.add_message(account.add_chat(), "hello")
    refuse(server, {"/messages": 400})
    with pytest.raises(RejectedError, match="HelpCrunch rejects GET /chats/"):
        sync(server, "chats", "messages", max_in_flight=1)
    assert len(asked(server, "/messages")) < 20
