"""The small streams, read completely in every run, however they page, and whether the key may read them or not."""

import logging
import typing as t

import pytest

from simulator import Account, Dialect, Server
from tap_helpcrunch.api.errors import KeyRefusedError, MissingError, WrongKeyError
from tap_helpcrunch.streams.small import SMALL
from tests.conftest import NOW
from tests.happenings import refuse
from tests.running import asked, sync

NAMES = [stream.name for stream in SMALL]
LISTED = sorted({*NAMES} - {"organization"})
OPTIONAL = [stream.name for stream in SMALL if stream.may_be_missing]
NEEDED = sorted({*NAMES, "chats", "customers"} - {*OPTIONAL})


@pytest.fixture
def account() -> Account:
    """Return an account with a row in each small table."""
    made = Account(now=NOW)
    for table in made.small:
        made.add(table, name=f"The first of {table}")
    return made


@pytest.mark.parametrize("count", [1, 100, 101, 250])
@pytest.mark.parametrize("paging", ["honoured", "ignored"])
@pytest.mark.parametrize("total", ["documented", "absent"])
@pytest.mark.parametrize("name", LISTED)
def test_every_row_comes_once_whether_the_listing_pages_or_not(
    account: Account,
    name: str,
    count: int,
    paging: t.Literal["honoured", "ignored"],
    total: t.Literal["documented", "absent"],
) -> None:
    for number in range(1, count):
        account.add(name, name=f"Number {number}")
    with Server(account, Dialect(reference_paging=paging, total=total)) as server:
        output = sync(server, name)
        pages = (count + 1) // 100 + 1 + (total == "absent")
        assert len(server.requests) <= (pages if paging == "honoured" else 2)
    assert output.ids(name) == list(account.small[name])


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("name", OPTIONAL)
def test_an_optional_endpoint_not_offered_costs_one_line(
    server: Server, caplog: pytest.LogCaptureFixture, name: str, status: int
) -> None:
    refuse(server, {f"/{name}": status})
    with caplog.at_level(logging.INFO, logger="tap-helpcrunch"):
        output = sync(server, *NAMES)
    assert 2 <= len(asked(server, f"/{name}")) <= 4, "a refusal is not believed when it is said once"
    assert output.ids(name) == []
    assert output.schemas(name), "the table is made all the same"
    assert all(len(output.ids(other)) == 1 for other in NAMES if other != name)
    (warning,) = [text for text in caplog.messages if text.startswith(f"{name} is skipped: ")]
    assert str(status) in warning


@pytest.mark.parametrize("name", NAMES)
def test_401_ends_the_run_also_at_an_optional_endpoint(server: Server, name: str) -> None:
    refuse(server, {f"/{name}": 401})
    with pytest.raises(WrongKeyError, match="Settings, Developers, Public API"):
        sync(server)
    assert not asked(server, "/chats"), "the others are not asked for"


# A list of chats or customers that answers the API's own 404 is empty.
NOT_SKIPPED = {(name, status) for name in NEEDED for status in (403, 404)} - {("chats", 404), ("customers", 404)}


@pytest.mark.parametrize(("name", "status"), sorted(NOT_SKIPPED))
def test_an_endpoint_that_is_not_optional_is_not_skipped(server: Server, name: str, status: int) -> None:
    refuse(server, {f"/{name}": status, "/search": status})
    with pytest.raises((KeyRefusedError, MissingError)):
        sync(server, name)
