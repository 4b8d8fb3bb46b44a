"""What changed since: one test for each rule, which fails if the rule is removed."""

from __future__ import annotations

import json
import typing as t

import pytest

from simulator import Account, Dialect, Fault, Server
from simulator.deviations import Played
from tap_helpcrunch.api.clock import Clock
from tap_helpcrunch.api.values import moment
from tap_helpcrunch.sync.bookmark import Bookmark
from tap_helpcrunch.sync.cutting import Cutting
from tap_helpcrunch.sync.evidence import Limit
from tap_helpcrunch.sync.increment import MOST_LOOKS, Increment
from tap_helpcrunch.sync.listing import Listing
from tap_helpcrunch.sync.round import Moments, Round
from tap_helpcrunch.sync.visit import Bounds
from tests.happenings import DAY
from tests.rules.helpers import chats, deletion, ids, meddle
from tests.running import asked

if t.TYPE_CHECKING:
    from tap_helpcrunch.api.questions import Api

UpdatedAt = t.Literal["honoured", "refused", "ignored"]
DIALECTS: list[UpdatedAt] = ["honoured", "refused", "ignored"]


class Found:
    """The chats that changed since a moment, round by round."""

    def __init__(self, api: Api, since: str | None, bookmark: Bookmark | None = None) -> None:
        self.bookmark = Bookmark(since=since) if bookmark is None else bookmark
        listing = Listing(api, Limit(), "chats", "createdAt")
        cutting = Cutting(Bounds(None, 0), lambda _row: True, 20)
        self.increment = Increment(api, listing, cutting, {"chats": self.bookmark})
        self._clock = Clock()
        self._moments = Moments(self._clock, api.client.server_clock)

    def round(self, most: int | None = None) -> list[int]:
        """Return the ids of a round, or of its first ``most`` groups."""
        found: list[int] = []
        groups = 0
        for page in self.increment.pages(Round(self._moments, self._clock.now())):
            for group in page:
                if groups == most:
                    return found
                found += ids(group.rows)
                group.on_written()
                groups += bool(group.rows)
        return found

    def killed(self, api: Api) -> Found:
        """Return the next run after this one is killed."""
        written = json.loads(json.dumps(self.bookmark.to_state("9999")))
        return Found(api, None, Bookmark.read(written))


@pytest.fixture
def made(account: Account) -> list[int]:
    """Return 300 chats, known since yesterday."""
    made = chats(account, 300)
    account.advance(DAY)
    return made


@pytest.fixture
def since(account: Account, made: list[int]) -> str:
    """Return the moment that they are complete as of; whatever a test does comes later."""
    assert made
    known = moment(account.now)
    account.advance(3600)
    assert known
    return known


def say(account: Account, numbers: list[int]) -> None:
    for number in numbers:
        account.advance(10)
        account.add_message(number, "moved")


class TestWhatIsFound:
    @pytest.mark.parametrize("updated_at", DIALECTS)
    def test_nothing_for_four_requests_when_nothing_changed(
        self, server: Server, api: Api, since: str, updated_at: UpdatedAt
    ) -> None:
        server.dialect = Dialect(updated_at=updated_at)
        assert Found(api, since).round() == []
        assert len(server.requests) <= 4

    @pytest.mark.parametrize("updated_at", DIALECTS)
    def test_moved_created_closed_and_where_told_updated_chats(
        self,
        account: Account,
        server: Server,
        api: Api,
        made: list[int],
        since: str,
        updated_at: UpdatedAt,
    ) -> None:
        server.dialect = Dialect(updated_at=updated_at)
        account.close_chat(made[7])
        account.rate_chat(made[9], "great")
        empty = account.add_chat()
        say(account, [made[3], made[5]])
        rated = [made[9]] if updated_at == "honoured" else []
        assert Found(api, since).round() == [made[5], made[3], empty, *rated, made[7]], "the newest change first"

    @pytest.mark.parametrize("updated_at", DIALECTS)
    def test_old_chats_that_moved_bring_no_newer_ones(
        self,
        account: Account,
        server: Server,
        api: Api,
        *,
        made: list[int],
        since: str,
        updated_at: UpdatedAt,
    ) -> None:
        """The chat that is requested along with the created ones, as a proof, is the newest."""
        server.dialect = Dialect(updated_at=updated_at)
        say(account, made[:120])
        assert sorted(Found(api, since).round()) == made[:120]
        assert len(server.requests) <= 3 + 2 + 2 * 2

    def test_a_bookmark_that_knows_nothing_asks_nothing(self, server: Server, api: Api) -> None:
        assert Found(api, None).round() == []
        assert server.requests == []

    def test_when_all_is_brought_the_bookmark_moves(
        self, account: Account, api: Api, made: list[int], since: str
    ) -> None:
        say(account, made[:150])
        found = Found(api, since)
        found.round()
        assert (found.bookmark.since or "") > since
        assert found.bookmark.moved.ends == found.bookmark.closed.ends == []


class TestWhatChangesMeanwhile:
    @pytest.mark.parametrize("updated_at", DIALECTS)
    def test_a_chat_that_moves_past_the_reading_comes_too(
        self, account: Account, server: Server, api: Api, *, made: list[int], since: str, updated_at: UpdatedAt
    ) -> None:
        """As deep as if it had not moved: the bookmark stays until it has been looked for."""
        server.dialect = Dialect(updated_at=updated_at)
        say(account, made[:150])
        meddle(server, {2: lambda: say(account, [made[10]])})
        found = Found(api, since)
        assert sorted(found.round()) == made[:150]
        assert len(server.requests) <= 12

    @pytest.mark.parametrize("number", range(2, 6))
    def test_nor_does_one_that_moves_back_get_lost(
        self, account: Account, server: Server, api: Api, made: list[int], since: str, number: int
    ) -> None:
        """The message that moved it is deleted: it is where it was, behind the moment when the run began."""
        server.dialect = Dialect(updated_at="refused")
        say(account, made[:250])
        account.advance(1200)
        said: list[int] = []
        meddle(
            server,
            {
                number: lambda: said.append(account.add_message(made[10], "moved")),
                number + 3: lambda: account.delete_message(said[0]),
            },
        )
        assert sorted(Found(api, since).round()) == made[:250]

    @pytest.mark.parametrize("number", range(2, 6))
    def test_nor_one_that_moves_by_a_message_of_yesterday(
        self, account: Account, server: Server, api: Api, made: list[int], since: str, number: int
    ) -> None:
        """As an e-mail that was delivered late: the chat moves up, but not to the first page."""
        server.dialect = Dialect(updated_at="refused")
        say(account, made[:250])
        late = account.now - 1205
        account.advance(1200)
        meddle(server, {number: lambda: account.add_message(made[10], "late", created_at=late)})
        assert sorted(Found(api, since).round()) == made[:250]

    def test_a_listing_of_several_pages_is_read_once_more(
        self, account: Account, server: Server, api: Api, made: list[int], since: str
    ) -> None:
        """And not again, unless more than its first page has moved since: here all have, in the last minutes."""
        server.dialect = Dialect(updated_at="refused")
        say(account, made[:150])
        account.advance(1200)
        assert sorted(Found(api, since).round()) == made[:150]
        assert len(asked(server, "GET /chats {")) <= 5
        server.requests.clear()
        for number in made[:150]:
            account.advance(1)
            account.add_message(number, "moved")
        assert sorted(Found(api, since).round()) == made[:150]
        assert len(asked(server, "GET /chats {")) <= 2 * MOST_LOOKS + 1

    def test_a_chat_deleted_while_the_listing_is_read_hides_none(
        self, account: Account, server: Server, api: Api, made: list[int], since: str
    ) -> None:
        say(account, made[:250])
        meddle(server, {2: deletion(account, chats=made[245:250]), 3: account.add_chat})
        assert set(made[:245]) <= set(Found(api, since).round())

    @pytest.mark.parametrize("ties", ["stable", "shuffled"])
    def test_a_broadcast_gives_230_chats_one_time(
        self, account: Account, server: Server, api: Api, made: list[int], since: str, ties: t.Any
    ) -> None:
        server.dialect = Dialect(ties=ties, updated_at="refused")
        account.advance(60)
        for number in made[:230]:
            account.add_message(number, "news for everyone")
        assert sorted(Found(api, since).round()) == made[:230]

    def test_more_than_a_page_of_closed_chats_hides_none(
        self, account: Account, server: Server, api: Api, made: list[int], since: str
    ) -> None:
        for number in made[:150]:
            account.close_chat(number)
        fresh = chats(account, 20, messages=0)
        # Deleted at a page's edge while the search is read.
        meddle(server, {n: lambda n=n: account.delete_chat(made[n]) for n in range(3, 8)})  # type: ignore[misc]
        assert set(made[8:150]) | set(fresh) <= set(Found(api, since).round())


class TestAnIncrementThatWasKilled:
    @pytest.mark.parametrize("updated_at", DIALECTS)
    @pytest.mark.parametrize("groups", [1, 4, 6])
    def test_it_continues_where_it_was(
        self,
        account: Account,
        server: Server,
        api: Api,
        made: list[int],
        since: str,
        *,
        groups: int,
        updated_at: UpdatedAt,
    ) -> None:
        server.dialect = Dialect(updated_at=updated_at)
        say(account, made[:150])
        account.advance(3600)
        killed = Found(api, since)
        before = killed.round(most=groups)
        after = killed.killed(api).round()
        assert sorted({*before, *after}) == made[:150]
        assert len(set(before) & set(after)) == 0, "what the STATE says is done does not come again"

    def test_what_changed_after_the_kill_comes_too(
        self, account: Account, api: Api, made: list[int], since: str
    ) -> None:
        say(account, made[:150])
        account.advance(3600)
        killed = Found(api, since)
        before = killed.round(most=3)
        account.advance(3600)
        say(account, [before[0], made[200]])
        account.close_chat(before[1])
        after = killed.killed(api).round()
        assert set(after) == (set(made[:150]) - set(before)) | {before[0], before[1], made[200]}


class TestTheProbe:
    """A filter by chats.updatedAt may be honoured, refused or ignored."""

    @staticmethod
    def probes(server: Server) -> list[str]:
        return [text for text in asked(server, "chats.updatedAt") if "2000000000" in text]

    def test_it_is_asked_once_a_run(self, server: Server, api: Api, since: str) -> None:
        server.dialect = Dialect(updated_at="ignored")
        found = Found(api, since)
        found.round()
        found.round()
        assert len(self.probes(server)) == 1

    @pytest.mark.parametrize("count", [1, 2, 150])
    def test_a_change_of_the_newest_chat_is_not_taken_for_a_proof(
        self, account: Account, server: Server, api: Api, count: int
    ) -> None:
        """The newest chat is requested along with the others, and with it those of its second."""
        server.dialect = Dialect(updated_at="honoured")
        newest = [*chats(account, 3), *chats(account, 1), *chats(account, count - 1, apart=0)][3:]
        account.advance(DAY)
        known = moment(account.now)
        account.advance(3600)
        account.rate_chat(newest[0], "great")
        assert Found(api, known).round() == [newest[0]]

    @pytest.mark.parametrize("status", [400, 404, 500])
    def test_one_that_fails_costs_nothing_but_what_it_would_tell(
        self, account: Account, server: Server, api: Api, made: list[int], since: str, status: int
    ) -> None:
        def fault(request: t.Any, _number: int) -> Fault | None:
            return Fault(status=status) if "chats.updatedAt" in json.dumps(request.body or {}) else None

        server.fault = fault
        account.close_chat(made[7])
        say(account, [made[3]])
        assert Found(api, since).round() == [made[3], made[7]]


class TestAnotherWay:
    """The detection of changes is itself checked."""

    @pytest.mark.parametrize(
        "deviation", ["order-ignored", "order-reversed", "last-message-at-missing", "last-message-at-null", "own-400"]
    )
    def test_where_the_listing_tells_no_changes_all_are_listed(
        self,
        account: Account,
        server: Server,
        api: Api,
        caplog: pytest.LogCaptureFixture,
        *,
        made: list[int],
        since: str,
        deviation: str,
    ) -> None:
        say(account, made[:3])
        account.close_chat(made[7])
        server.deviations.append(Played(deviation, "chats"))
        assert set(Found(api, since).round()) >= {*made[:3], made[7]}
        assert "all chats are listed to find the changed ones" in caplog.text
        assert len(server.requests) < 40

    @pytest.mark.parametrize("deviation", ["own-400", "page-empty-total-0", "own-404"])
    def test_where_the_search_fails_created_and_closed_are_listed(
        self, account: Account, server: Server, api: Api, made: list[int], since: str, deviation: str
    ) -> None:
        account.close_chat(made[7])
        empty = account.add_chat()
        say(account, [made[3]])
        server.deviations.append(Played(deviation, "chats/search"))
        assert set(Found(api, since).round()) == {made[3], made[7], empty}

    @pytest.mark.parametrize("moved", [3, 150])
    def test_where_closed_chats_are_not_listed_either_all_are_listed(
        self, account: Account, server: Server, api: Api, made: list[int], since: str, moved: int
    ) -> None:
        """As where no offset beyond a limit is answered, and more chats have changed: no run would get past it."""
        for number in made[160:290]:
            account.close_chat(number)
        empty = account.add_chat()
        say(account, made[:moved])

        def fault(request: t.Any, _number: int) -> Fault | None:
            offset = (request.body or request.params).get("offset", 0)
            return Fault(status=400) if int(offset) >= 90 else None

        server.fault = fault
        found = Found(api, since)
        assert sorted(found.round()) == sorted({*made[:moved], *made[160:290], empty})
        assert (found.bookmark.since or "") > since

    def test_chats_without_messages_first(
        self, account: Account, server: Server, api: Api, since: str, made: list[int]
    ) -> None:
        server.dialect = Dialect(nulls="first")
        chats(account, 350, messages=0)
        say(account, made[:3])
        found = Found(api, since)
        assert set(made[:3]) <= set(found.round())
        assert found.bookmark.without_messages == 350

    @pytest.mark.parametrize("known", [0, 349])
    def test_a_count_of_them_beyond_the_highest_offset_is_not_needed(
        self, account: Account, server: Server, api: Api, since: str, made: list[int], known: int
    ) -> None:
        """A first load has counted more than the API lists by offset, but they come last."""
        chats(account, 350, messages=0)
        say(account, made[:3])

        def fault(request: t.Any, _number: int) -> Fault | None:
            return Fault(status=400) if int(request.params.get("offset", 0)) > 200 else None

        server.fault = fault
        found = Found(api, since)
        found.bookmark.without_messages = known
        assert set(made[:3]) <= set(found.round())
        assert found.bookmark.without_messages == 0
        assert sum(request.path == "/v1/chats" for request in server.requests) <= 2

    def test_if_they_fill_what_is_listed_few_requests_show_it(
        self, account: Account, server: Server, api: Api, since: str, made: list[int]
    ) -> None:
        """They come first, and pages beyond an offset are empty."""
        server.dialect = Dialect(nulls="first")
        chats(account, 350, messages=0)
        say(account, made[:3])
        server.deviations.append(Played("offset-empty", "chats"))
        assert set(made[:3]) <= set(Found(api, since).round())
        assert len(server.requests) < 30
