"""What cannot be resumed is read in one round, however long: else it would begin anew in each, and never end."""

from __future__ import annotations

import pytest

from simulator import Account, Dialect, Server
from tests.happenings import DAY
from tests.hiding import hiding
from tests.rules.helpers import chats
from tests.virtual import Hours

PACE = 10
COUNT = 150  # chats: more than the requests of a round


@pytest.fixture
def hours(server: Server) -> Hours:
    """Runs of the account, of which none takes for ever."""
    found = Hours(server)

    def happen(_seconds: float) -> None:
        assert len(server.requests) < 4 * COUNT, "the load does not end"

    found.happen = happen
    return found


def test_chats_that_the_search_left_out(account: Account, hours: Hours) -> None:
    """They are compared once in a run, when the walk has passed their places."""
    made = chats(account, COUNT)
    account.advance(DAY)
    with hiding("/chats/search", set(made[20:-20]), COUNT - 40):
        output = hours.run("chats", "messages", requests_per_minute=PACE)
    assert set(output.ids("messages")) == set(account.messages)
    assert hours.at[-1] > 12 * 60


def test_customers_never_seen_who_are_shuffled(account: Account, server: Server, hours: Hours) -> None:
    server.dialect = Dialect(ties="shuffled")
    for _ in range(1500):
        account.add_customer(first_seen=None, last_seen=None)
    account.advance(DAY)
    output = hours.run("customers", requests_per_minute=2)
    assert set(output.ids("customers")) == set(account.customers)
    assert hours.at[-1] > 12 * 60
