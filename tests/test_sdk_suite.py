"""The SDK's standard suite for every stream, against a simulated account over real HTTP."""

import typing as t
from collections.abc import Iterator

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from simulator import Account, Dialect, Server
from tap_helpcrunch.tap import TapHelpCrunch
from tests.running import config

# The suite needs its settings on import, but the account is served when it runs: the fixture fills them in.
SETTINGS: dict[str, t.Any] = {"api_key": "not-served-yet"}

StandardSuite: type = get_tap_test_class(
    TapHelpCrunch, config=SETTINGS, suite_config=SuiteConfig(max_records_limit=None), parse_env_config=False
)


@pytest.fixture(scope="module", autouse=True)
def _served() -> Iterator[None]:
    with Server(Account.generate(seed=9, chats=60, messages=300), Dialect(chat_notes=True, new_fields=True)) as server:
        SETTINGS.update(config(server))
        yield
        assert any("/messages" in request.path for request in server.requests), "the suite asked nothing"


# The one field that no documented answer carries: it is declared for the day when one does.
@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records. .{'updatedAt'}.$:UserWarning")
class TestStandardSuite(StandardSuite):  # type: ignore[misc]
    """Discovery, connection, schemas, records, keys and the type of every attribute."""
