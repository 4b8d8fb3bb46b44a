"""Customers: all in the first run, then those seen since; including those without lastSeen."""

import typing as t
from math import ceil

import pytest

from simulator import Account, Dialect, Played, Server
from tap_helpcrunch.api.errors import BadAnswerError
from tests.happenings import DAY
from tests.hiding import changing_rows
from tests.rules.helpers import mark
from tests.running import asked, sync
from tests.target import Target


def customers(account: Account, seen: int, never: int, *, apart: float = 60) -> list[int]:
    made = []
    for _ in range(seen):
        account.advance(apart)
        made.append(account.add_customer(name="Max", first_seen=account.now, last_seen=account.now))
    made += [account.add_customer(name="Imported", first_seen=None, last_seen=None) for _ in range(never)]
    return made


@pytest.mark.parametrize("nulls", ["first", "last", "always first", "always last"])
@pytest.mark.parametrize("total", ["documented", "absent"])
@pytest.mark.parametrize(("seen", "never"), [(0, 0), (150, 3), (3, 150), (120, 250), (0, 100)])
def test_a_first_run_brings_every_customer(
    account: Account, server: Server, *, nulls: t.Any, total: t.Any, seen: int, never: int
) -> None:
    server.dialect = Dialect(nulls=nulls, ties="shuffled", total=total)
    customers(account, seen, never)
    account.advance(DAY)
    assert set(sync(server, "customers").ids("customers")) == set(account.customers)


def test_later_runs_bring_those_seen_since_by_one_request(account: Account, server: Server) -> None:
    made = customers(account, 150, 20)
    account.advance(DAY)
    first = sync(server, "customers")
    server.requests.clear()
    second = sync(server, "customers", state=first.state)
    assert (second.ids("customers"), len(server.requests)) == ([], 1)
    account.see_customer(made[3])
    account.see_customer(made[-1])
    account.advance(DAY)
    third = sync(server, "customers", state=second.state)
    assert set(third.ids("customers")) == {made[3], made[-1]}
    assert len(asked(server, "customers")) == 2


def test_no_state_of_a_walk_is_later_than_its_beginning(account: Account, server: Server) -> None:
    """Who was seen just before the run may be listed only after the walk has passed; the next run looks there again."""
    customers(account, 350, 0, apart=10)
    output = sync(server, "customers")
    sinces = [found["since"] for state in output.states if (found := mark(state, "customers"))]
    newest = max(row["lastSeen"] for row in output.records("customers"))
    assert len(sinces) >= 3
    assert max(since for since in sinces if since) == sinces[-1] < newest


def test_230_customers_seen_in_one_second(account: Account, server: Server) -> None:
    server.dialect = Dialect(ties="shuffled")
    customers(account, 230, 0, apart=0)
    account.advance(DAY)
    assert set(sync(server, "customers").ids("customers")) == set(account.customers)


def test_rows_of_one_second_are_no_proof_of_the_order(account: Account, server: Server) -> None:
    made = customers(account, 230, 0, apart=0)
    made += customers(account, 5, 0)
    account.advance(DAY)
    server.dialect = Dialect(total="page")  # which does not show that there are more
    server.deviations.append(Played("order-reversed", "customers/search", times=2))
    assert set(sync(server, "customers").ids("customers")) == set(made)


@pytest.mark.parametrize(
    ("seen", "name", "after", "times", "nulls"),
    [
        (280, "page-repeated", 0, 2, "always first"),
        (120, "order-reversed", 1, 1, "last"),
        (120, "total-of-page", 2, 1, "first"),
    ],
)
def test_odd_answers_do_not_hide_those_never_seen(
    account: Account, server: Server, seen: int, name: str, after: int, times: int, nulls: t.Any
) -> None:
    made = customers(account, seen, 110)
    account.advance(DAY)
    server.dialect = Dialect(nulls=nulls, date_skew=-3 * 3600)
    server.deviations.append(Played(name, "customers", after=after, times=times))
    assert set(sync(server, "customers").ids("customers")) == set(made)


@pytest.mark.usefixtures("no_waits")
@pytest.mark.parametrize("odd", [None, "yesterday"])
def test_a_row_without_its_time_between_others_is_told(account: Account, server: Server, odd: str | None) -> None:
    made = customers(account, 60, 0)
    account.advance(DAY)
    with (
        changing_rows("/customers", lambda row: {**row, "lastSeen": odd} if row["id"] == made[30] else row),
        pytest.raises(BadAnswerError, match="rows without lastSeen between others that have it"),
    ):
        sync(server, "customers")


def test_a_walk_killed_between_two_pages_continues_there(account: Account, server: Server) -> None:
    made = customers(account, 350, 20)
    account.advance(DAY)
    whole = sync(server, "customers")
    for state in whole.states[1:]:
        target = Target()
        lines = whole.lines[: 1 + next(n for n, m in enumerate(whole.messages) if m.get("value") == state)]
        target.load(lines, whole=False)
        missing = len(set(made) - set(target.of("customers")))
        server.requests.clear()
        resumed = sync(server, "customers", state=target.next_state())
        target.load(resumed.lines)
        assert set(target.of("customers")) == set(made)
        assert len(resumed.ids("customers")) <= missing + 20, "only those never seen come again"
        # Pages overlap; all are counted; those never seen are looked for, and those who came back.
        assert len(server.requests) <= ceil(missing / 99) + 12


def test_start_date_leaves_out_no_customer(account: Account, server: Server) -> None:
    """An old customer may have a chat that is still active."""
    made = customers(account, 30, 5, apart=DAY)
    late = sync(server, "customers", start_date="2026-10-10")
    assert set(late.ids("customers")) == set(made)
    assert sync(server, "customers", state=late.state).ids("customers") == made[29:30], "seen within the margin"


@pytest.mark.parametrize("never", [1, 2, 3])
def test_a_few_never_seen_cost_a_few_where_the_total_is_wrong(account: Account, server: Server, never: int) -> None:
    server.dialect = Dialect(total="too many")
    customers(account, 0, never)
    account.advance(DAY)
    assert set(sync(server, "customers").ids("customers")) == set(account.customers)
    assert len(asked(server, "/customers")) <= 20


def test_hundreds_never_seen_cost_their_pages_and_little_more(account: Account, server: Server) -> None:
    customers(account, 20, 1000)
    account.advance(DAY)
    assert set(sync(server, "customers").ids("customers")) == set(account.customers)
    # Pages overlap by a row; two for those seen, five to count and find the others, one for those who came back.
    assert len(server.requests) <= ceil(1000 / 99) + 8
