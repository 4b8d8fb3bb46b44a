"""The streams over real HTTP: what arrives, and with which requests."""

import json
import typing as t
from collections import Counter
from pathlib import Path

import pytest

from simulator import Account, Dialect, Fault, Server
from tests.conftest import NOW
from tests.expected import STREAMS, records
from tests.running import Output, asked, sync

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
def test_one_schema_a_stream_and_before_its_first_record(whole: Whole, stream: str) -> None:
    kinds = [m["type"] for m in whole.output.messages if m.get("stream") == stream]
    assert kinds[0] == "SCHEMA"
    assert kinds.count("SCHEMA") == 1


def test_a_state_comes_often_and_is_of_constant_size(conversations: Whole) -> None:
    states = conversations.output.states
    assert len(states) >= 430 / 25, "a run that is killed repeats all chats since the last one"
    few = first_run("chats", "messages", chats=60, messages=300).output.states
    sizes, few_sizes = ({len(json.dumps(state)) for state in many} for many in (states, few))
    assert max(sizes) <= max(few_sizes) + 2 * len("13")
    assert max(sizes) < 750


def test_no_number_with_a_fraction_is_in_a_state(whole: Whole) -> None:
    with Server(whole.account, Dialect(message_times="float", customer_times="float")) as server:
        by_id = sync(server, chat_ids=list(whole.account.chats)[:5], start_date="2024-05-05T05:05:05.555Z")
        later = sync(server, state=whole.output.state, lookback_hours=0.1)
    for state in [*whole.output.states, *by_id.states, *later.states]:
        json.loads(json.dumps(state), parse_float=pytest.fail)


@pytest.mark.parametrize("streams", [("messages",), ("chats",), ("chats", "messages")], ids="+".join)
def test_only_the_chats_of_chat_ids_are_asked_for(streams: tuple[str, ...]) -> None:
    account = Account.generate(seed=7, chats=40, messages=150)
    chat_ids = sorted(account.chats)[5:35:3]
    with Server(account) as server:
        output = sync(server, *streams, chat_ids=chat_ids)
        times = Counter(request.path for request in server.requests)
    paths = {"chats": "/v1/chats/{}", "messages": "/v1/chats/{}/messages"}
    wanted_times = {paths[stream].format(chat): 1 for stream in streams for chat in chat_ids}
    if "chats" not in streams:
        # Nothing else shows that these have no messages, so they are asked once more.
        empty = {paths["messages"].format(chat) for chat in chat_ids if not account.threads[chat]}
        assert empty
        assert all(times[path] <= 2 for path in empty)
        times.subtract({path: times[path] - 1 for path in empty})
    assert times == wanted_times
    wanted = records(account)
    assert output.ids("chats") == (chat_ids[::-1] if "chats" in streams else []), "the newest first"
    if "messages" in streams:
        assert {row["id"]: row for row in output.records("messages")} == {
            number: row for number, row in wanted["messages"].items() if row["chat"] in chat_ids
        }


@pytest.mark.parametrize(
    ("dialect", "pages"),
    [
        (Dialect(), {0: 1, 1: 1, 99: 1, 100: 1, 101: 2, 200: 2, 950: 10}),
        (Dialect(total="absent"), {0: 1, 1: 1, 99: 2, 100: 2, 101: 2, 200: 3, 950: 11}),
        (Dialect(total="absent", past_end="404"), {0: 1, 1: 1, 99: 2, 100: 2, 101: 2, 200: 3, 950: 11}),
    ],
    ids=["total", "no-total", "no-total-404"],
)
def test_a_chat_is_read_with_as_many_requests_as_it_has_pages(
    account: Account, dialect: Dialect, pages: dict[int, int]
) -> None:
    """Where there is no total, a page of half the longest or more is looked behind."""
    chats = {size: account.add_chat() for size in pages}
    for size, chat in chats.items():
        for number in range(size):
            account.add_message(chat, f"{number} of {size}", created_at=NOW - 1000 + number)
    with Server(account, dialect) as server:
        output = sync(server, "chats", "messages")
        paths = Counter(request.path for request in server.requests)
    took = {size: paths[f"/v1/chats/{chat}/messages"] for size, chat in chats.items()}
    assert {size: count for size, count in took.items() if count > pages[size]} == {}
    by_chat = Counter(row["chat"] for row in output.records("messages"))
    assert {size: by_chat[chat] for size, chat in chats.items()} == {size: size for size in pages}
    newest = [row["text"] for row in output.records("messages") if row["chat"] == chats[950]]
    assert newest == [f"{number} of 950" for number in reversed(range(950))]


def test_the_vendors_own_example_comes_through_field_by_field(account: Account) -> None:
    account.add_chat(id=5215261)
    page = VENDOR_PAGE.read_bytes()
    with Server(account) as server:
        server.fault = lambda request, _: Fault(200, page) if request.path.endswith("/5215261/messages") else None
        output = sync(server, "messages", chat_ids=[5215261])
        assert len(server.requests) == 1
    said = {
        9577571: ("message", "A tongue twister, the last of three", "07T16:26:10.913Z", "09T10:42:09.303Z"),
        9577570: ("message", "Another one", "04T18:49:57.787Z", "04T18:50:09.369Z"),
        9577569: ("a sentence where a type belongs", "qwe", "04T18:45:51.465Z", "04T18:46:00.057Z"),
        9577568: ("and a question in its place?", "asd", "04T18:33:28.482Z", "04T18:33:34.872Z"),
        9577567: ("message", "A greeting", "04T18:32:17.924Z", "04T18:33:15.272Z"),
    }
    wanted: list[dict[str, t.Any]] = [
        {"read": True, "edited": False, "broadcastType": None, "chat": 5215261, "additional_properties": None}
        | {"id": number, "type": kind, "text": text, "createdAt": f"2020-07-{made}", "updatedAt": f"2020-07-{edited}"}
        | {"agent": None, "from": "customer"}
        for number, (kind, text, made, edited) in said.items()
    ]
    wanted[-1] |= {"agent": {"id": 4188, "name": "Frodo"}, "from": "agent"}
    assert output.records("messages") == wanted
