"""Promise 10: what no list announces arrives with a refresh, and only what is proven to be gone is removed."""

import copy
import typing as t
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from simulator import Account, Dialect, Fault, Played, Server
from tap_helpcrunch.api.errors import HelpCrunchError
from tests.happenings import DAY, STREAMS, VERSIONS, account_of_a_week, load
from tests.hiding import hiding
from tests.running import Output, sync
from tests.target import Target


@pytest.fixture
def account() -> Account:
    made = account_of_a_week()
    for number in range(5):
        made.add_customer(name=f"Never seen {number}", first_seen=None, last_seen=None)
        made.add_agent(f"Agent {number}")
        made.add_department(f"Department {number}")
    return made


def activated(output: Output) -> list[str]:
    return [m["stream"] for m in output.messages if m["type"] == "ACTIVATE_VERSION"]


def deleted(account: Account) -> dict[str, set[int]]:
    """Delete a few of everything; return what is left."""
    for chat in sorted(account.chats)[10:15]:
        account.delete_chat(chat)
    for customer in [sorted(account.customers)[3], max(account.customers)]:
        account.delete_customer(customer)
    account.delete_message(max(account.messages))
    del account.agents[1], account.departments[2]
    account.touch()
    return {
        "chats": set(account.chats),
        "customers": set(account.customers),
        "messages": set(account.messages),
        "agents": set(account.agents),
        "departments": set(account.departments),
    }


def held(target: Target) -> dict[str, set[int]]:
    return {stream: set(target.of(stream)) for stream in STREAMS}


def test_a_rating_arrives_with_the_next_refresh(account: Account, server: Server) -> None:
    target = Target()
    load(server, target)
    chat = sorted(account.chats)[7]
    account.chats[chat].rating = "great"
    account.touch()
    account.advance(6 * DAY)
    load(server, target)
    assert target.of("chats")[chat]["rating"] is None
    account.advance(2 * DAY)
    load(server, target)
    assert target.of("chats")[chat]["rating"] == "great"


def test_messages_are_read_again_when_asked_for(account: Account, server: Server) -> None:
    target = Target()
    load(server, target)
    message = min(account.messages)
    account.read_message(message)
    account.advance(8 * DAY)
    load(server, target)
    assert target.of("messages")[message]["read"] is False
    load(server, target, refresh_messages_days=5)
    assert target.of("messages")[message]["read"] is True


@pytest.mark.parametrize("messages", [None, 7])
def test_what_was_deleted_is_removed(account: Account, server: Server, messages: float | None) -> None:
    target = Target()
    settings = {**VERSIONS, "refresh_messages_days": messages}
    load(server, target, **settings)
    left = deleted(account)
    account.advance(DAY)
    load(server, target, **settings)
    assert held(target)["chats"] > left["chats"]
    account.advance(8 * DAY)
    load(server, target, **settings)
    if messages is None:
        left["messages"] = held(target)["messages"]
    assert held(target) == left


def test_killed_after_any_state_the_next_run_removes_them(account: Account, server: Server) -> None:
    before = Target()
    load(server, before, **VERSIONS)
    left = deleted(account)
    account.advance(8 * DAY)
    lines = sync(server, "chats", "customers", state=before.next_state(), **VERSIONS).lines
    states = [place for place, line in enumerate(lines) if '"type":"STATE"' in line]
    assert len(states) > 10
    for place in states:
        target = copy.deepcopy(before)
        target.load(lines[: place + 1], whole=False)
        target.load(sync(server, "chats", "customers", state=target.next_state(), **VERSIONS).lines)
        assert (held(target)["chats"], held(target)["customers"]) == (left["chats"], left["customers"])


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"start_date": "2026-09-22"}, "start_date"),
        ({"stream_maps": {"chats": {"__filter__": "record['id'] > 5"}}}, "a filter"),
        ({"chat_ids": [1, 2, 3]}, None),
    ],
    ids=["start_date", "filter", "chat_ids"],
)
def test_a_setting_that_leaves_rows_out_removes_none(
    account: Account, server: Server, settings: dict[str, t.Any], why: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    target = Target()
    load(server, target, **VERSIONS)
    account.advance(8 * DAY)
    output = load(server, target, **VERSIONS, **settings)
    assert "chats" not in activated(output)
    assert not target.removed.get("chats")
    assert not target.removed.get("messages")
    assert why is None or any(f"nothing is removed from the target: {why}" in text for text in caplog.messages)


@pytest.mark.parametrize("total", ["absent", "page"])
def test_without_a_count_nothing_is_removed(
    server: Server, total: t.Literal["absent", "page"], caplog: pytest.LogCaptureFixture
) -> None:
    server.dialect = Dialect(total=total)
    target = Target()
    output = load(server, target, **VERSIONS)
    assert not {"chats", "messages", "customers"} & set(activated(output))
    assert any("nothing is removed from the target: the API does not count" in text for text in caplog.messages)


def test_a_stream_that_fails_removes_nothing(account: Account, server: Server) -> None:
    target = Target()
    load(server, target, **VERSIONS)
    account.advance(8 * DAY)
    server.fault = lambda request, _: Fault(status=403) if "agents" in request.path else None
    with pytest.raises(HelpCrunchError):
        load(server, target, **VERSIONS)
    assert len(target.of("agents")) == 5


@pytest.mark.parametrize("name", ["row-left-out-middle", "page-repeated", "own-404"])
@pytest.mark.parametrize("kind", ["chats/search", "customers/search", "customers", "messages", "agents"])
@pytest.mark.parametrize("times", [1, None], ids=["once", "always"])
def test_no_answer_removes_what_exists(
    account: Account, server: Server, name: str, kind: str, times: int | None
) -> None:
    target = Target()
    load(server, target, **VERSIONS)
    account.advance(8 * DAY)
    server.deviations.append(Played(name, kind, times=times))
    state = target.next_state()
    try:
        output = sync(server, *STREAMS, state=state, refresh_messages_days=7, **VERSIONS)
    except HelpCrunchError:
        return
    target.load(output.lines)
    assert [stream for stream, removed in target.removed.items() if removed & set(getattr(account, stream))] == []


def test_what_only_the_search_leaves_out_is_not_removed(account: Account, server: Server) -> None:
    target = Target()
    load(server, target, **VERSIONS)
    account.advance(8 * DAY)
    hidden = set(sorted(account.chats)[20:23])
    with hiding("/chats/search", hidden, len(hidden)):
        load(server, target, **VERSIONS)
    assert not target.removed.get("chats")


def test_what_is_too_new_for_the_walk_is_not_removed(account: Account, server: Server) -> None:
    """The walk is answered by a server that lags by a minute, and so are its counts; the increment before it is not."""
    target = Target()
    load(server, target, **VERSIONS)
    account.advance(8 * DAY)
    chat = account.add_chat()
    account.add_message(chat, "just now")
    account.advance(30)
    server.deviations += [Played("stale", "chats", after=1), Played("stale", "chats/search")]
    output = load(server, target, refresh_messages_days=7, **VERSIONS)
    assert {"chats", "messages"} <= set(activated(output))
    assert not any(target.removed.values())


def test_a_version_begins_anew_where_runs_did_not_carry_it(account: Account, server: Server) -> None:
    target = Target()
    load(server, target)
    account.advance(8 * DAY)
    output = load(server, target, **VERSIONS)
    assert set(activated(output)) >= {"chats", "customers"}
    assert not any(target.removed.values())


# What is missing in bulk is removed when two walks agree


@contextmanager
def rebuilding(account: Account, stream: str, shown: float) -> Iterator[None]:
    """Let the index hold only a part of the rows, the oldest; its totals agree."""
    rows = getattr(account, stream)
    hidden = {number: rows.pop(number) for number in sorted(rows)[round(shown * len(rows)) :]}
    account.touch()
    try:
        yield
    finally:
        rows.update(hidden)
        account.touch()


@pytest.mark.parametrize("stream", ["chats", "customers"])
@pytest.mark.parametrize("shown", [0.3, 0.8])
def test_an_index_that_is_being_rebuilt_removes_nothing(
    account: Account, server: Server, *, stream: str, shown: float
) -> None:
    target = Target()
    load(server, target, **VERSIONS)
    account.advance(8 * DAY)
    with rebuilding(account, stream, shown), suppress(HelpCrunchError):
        load(server, target, **VERSIONS)
    assert not target.removed.get(stream)
    for _ in range(2):
        account.advance(8 * DAY)
        load(server, target, **VERSIONS)
    assert not target.removed.get(stream, set()) & set(getattr(account, stream))
    assert set(getattr(account, stream)) == set(target.of(stream))


def test_what_is_gone_is_removed_when_a_second_walk_agrees(account: Account, server: Server) -> None:
    target = Target()
    load(server, target, **VERSIONS)
    account.advance(8 * DAY)
    for chat in sorted(account.chats)[:50]:
        account.delete_chat(chat)
    load(server, target, **VERSIONS)
    assert not target.removed.get("chats")
    account.advance(8 * DAY)
    load(server, target, **VERSIONS)
    assert set(target.of("chats")) == set(account.chats)


def test_a_total_that_counts_only_its_page_proves_nothing(account: Account, server: Server) -> None:
    """Of a few chats a search shows one, and each total is that of the page."""
    for chat in sorted(account.chats)[3:]:
        account.delete_chat(chat)
    server.dialect = Dialect(total="page")
    target = Target()
    load(server, target, **VERSIONS)
    account.advance(8 * DAY)
    with hiding("/chats/search", set(sorted(account.chats)[1:]), fewer=2):
        load(server, target, **VERSIONS)
    assert set(target.of("chats")) == set(account.chats)
