"""What is missing, refused or failing is reported, and no other row is lost with it."""

from pathlib import Path

import pytest

from simulator import Account, Fault, Played, Server
from tap_helpcrunch.api.errors import BadAnswerError
from tap_helpcrunch.api.times import moment
from tests.expected import STREAMS, records
from tests.happenings import DAY, refuse
from tests.lives.runners import End
from tests.rules.helpers import chats, load, mark
from tests.running import asked, run, sync
from tests.target import Target


def test_what_is_gone_or_refused_is_skipped_and_summed_up(tmp_path: Path) -> None:
    """Chats that are gone, one whose messages answer 404, endpoints not offered: exit code 0 and a line each."""
    account = Account.generate(seed=7, chats=30, messages=120)
    chats = sorted(account.chats)
    mute = next(chat for chat in chats[10:] if account.threads[chat])
    with Server(account) as server:
        refuse(server, {f"/{mute}/messages": 404, "/organization": 403, "/applications": 404})
        output = run(tmp_path, server, chat_ids=[*chats[10:], 1, 2])
    assert output.code == 0, output.log
    warnings = [line.split("| ", 3)[-1] for line in output.log.splitlines()]
    (told,) = [warning for warning in warnings if warning.startswith("organization is skipped: ")]
    assert "403" in told
    assert any(warning.startswith("applications is skipped: ") for warning in warnings)
    assert any("2 chats of chat_ids not found: 2, 1" in warning for warning in warnings)
    assert set(output.ids("chats")) == set(chats[10:])
    assert set(output.ids("messages")) == {
        message.id for message in account.messages.values() if message.chat in chats[10:] and message.chat != mute
    }
    assert output.ids("agents") == sorted(account.agents)
    assert output.ids("departments")
    assert (output.ids("applications"), output.ids("organization")) == ([], [])


def test_a_visit_for_a_new_message_does_not_pay_for_older_ones(
    tmp_path: Path, account: Account, server: Server
) -> None:
    """Its newest page can be read, but not the others: the chat stays owed until they can."""
    chat = account.add_chat()
    for number in range(250):
        account.add_message(chat, f"{number}")
    account.advance(3600)
    server.fault = lambda request, _: Fault(status=400) if request.params.get("offset") == "200" else None
    first = run(tmp_path, server)
    account.add_message(chat, "new")
    account.advance(3600)
    second = run(tmp_path, server, state=first.state)
    server.fault = None
    third = run(tmp_path, server, state=second.state)
    assert [first.code, second.code, third.code] == [1, 1, 0]
    assert f"1 chat could not be read; the next run reads them first: {chat} (" in second.log
    assert set(account.messages) <= set(third.ids("messages"))


# A stream that fails, fails alone

UNKNOWN = b'{"first": [], "second": [], "count": 0}'


@pytest.mark.usefixtures("no_waits")
@pytest.mark.parametrize("stream", ["chats", "messages", "agents"])
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
        assert [chat for chat, *_ in mark(first.state)["owed"]] == [bad]
        assert len(asked(server, f"/{bad}/messages")) == 2, "at its turn, and at the end of the run"
        server.fault = None
        server.requests.clear()
        second = run(tmp_path, server, state=first.state)
        assert second.code == 0, second.log
        paths = [request.path for request in server.requests if "/chats" in request.path]
    assert second.ids("messages") == [m.id for m in account.messages_of(bad)]
    assert paths.count(f"/v1/chats/{bad}/messages") == 1
    assert second.state["bookmarks"]["messages"]["account"]["owed"] == []


@pytest.mark.parametrize("streams", [("chats",), ("chats", "messages")])
def test_a_chat_of_chat_ids_whose_row_cannot_be_read(
    account: Account, server: Server, streams: tuple[str, ...]
) -> None:
    made = chats(account, 5)
    account.advance(DAY)
    refuse(server, {f"/chats/{made[2]}": 400})
    target = load(server, streams=streams, chat_ids=made, end=End.WITH_1)
    assert set(target.of("chats")) == set(made) - {made[2]}
    server.fault = None
    load(server, target, streams=streams, chat_ids=made)
    assert set(target.of("chats")) == set(made)


def test_a_later_start_date_does_not_pay_for_older_messages(tmp_path: Path, account: Account, server: Server) -> None:
    chat = account.add_chat()
    account.add_message(chat, "old")
    account.advance(10 * DAY)
    account.add_message(chat, "new")
    account.advance(DAY)
    refuse(server, {f"/{chat}/messages": 400})
    first = run(tmp_path, server)
    server.fault = None
    second = run(tmp_path, server, state=first.state, start_date=moment(account.now - 3 * DAY))
    third = run(tmp_path, server, state=second.state)
    fourth = run(tmp_path, server, state=third.state)
    assert [first.code, second.code, third.code, fourth.code] == [1, 0, 0, 0]
    assert second.ids("messages") == [2]
    assert third.ids("messages") == [2, 1]
    assert fourth.ids("messages") == []


@pytest.mark.parametrize("status", [200, 403, 404])
@pytest.mark.parametrize("count", [10, 120])
def test_many_old_chats_in_a_row_that_cannot_be_read(
    account: Account, server: Server, *, status: int, count: int
) -> None:
    """A plan hides their messages: the others come, and what changes goes on."""
    made = chats(account, 200)
    account.advance(DAY)
    bad = made[30 : 30 + count]
    if status == 200:
        for chat in bad:
            server.deviations.append(Played("page-empty-total-0", "messages", path=f"/chats/{chat}/messages"))
    else:
        refuse(server, {f"/chats/{chat}/messages": status for chat in bad})
    target = Target()
    for _ in range(4):
        load(server, target, end=None)
        account.advance(3600)
    wanted = {message.id for message in account.messages.values() if message.chat not in bad}
    assert set(target.of("messages")) == wanted
    account.add_message(made[-1], "new")
    account.advance(3600)
    load(server, target, end=None)
    assert max(account.messages) in target.of("messages")


def test_a_chat_that_fails_rings_for_a_day_and_is_tried_on(account: Account, server: Server) -> None:
    made = chats(account, 30)
    account.advance(DAY)
    bad = f"/v1/chats/{made[7]}/messages"
    server.fault = lambda request, _: Fault(status=400) if request.path == bad else None
    target = load(server, end=End.WITH_1)
    since = mark(target.state)["since"]
    account.advance(5 * 3600)
    load(server, target, end=End.WITH_1)
    assert mark(target.state)["since"] > since, "it keeps nothing else back"
    account.advance(DAY)
    load(server, target, end=End.WELL)
    assert [request for request in server.requests if request.path == bad]
    server.fault = None
    account.advance(3600)
    load(server, target)
    assert set(target.of("messages")) == set(account.messages)
