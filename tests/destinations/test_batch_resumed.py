"""BATCH in runs that do not complete, and to an S3 bucket, of moto's server."""

import itertools
import json
import typing as t
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from moto.server import ThreadedMotoServer

from simulator import Account, Server
from tests.destinations import lake
from tests.destinations.test_docs import blocks
from tests.running import run, sync

Message = dict[str, t.Any]
SIZE = 90


@pytest.fixture
def account() -> Account:
    """Return an account of several pages of chats and of customers, quiet for an hour."""
    made = Account.generate(seed=3, chats=110, messages=700, customers=350)
    made.advance(3600)
    return made


def held(*parts: list[Message]) -> dict[str, dict[int, Message]]:
    """Return what a warehouse holds after the runs that wrote these messages, by stream and id."""
    named = lake.named([message for part in parts for message in part])
    return {stream: lake.by_id(lake.rows(files)) for stream, files in named.items()}


def assert_whole(rows: dict[str, dict[int, Message]], account: Account) -> None:
    assert set(rows["chats"]) == set(account.chats)
    assert set(rows["customers"]) == set(account.customers)
    said = {number: message.text for number, message in account.messages.items()}
    assert {number: row["text"] for number, row in rows["messages"].items()} == said


@pytest.mark.parametrize("by_id", [False, True])
def test_from_every_state_the_next_run_brings_what_is_missing(
    tmp_path: Path, account: Account, server: Server, *, by_id: bool
) -> None:
    """Wherever a run is killed: what a target got is its output up to some line, and the last STATE counts."""
    some: Message = {"chat_ids": sorted(account.chats)} if by_id else {}
    messages = sync(server, **some, **lake.settings(tmp_path.as_uri(), size=SIZE)).messages
    ends = [place for place, message in enumerate(messages) if message["type"] == "STATE"]
    assert len(ends) > 4
    read_again = []
    for end in ends:
        before = len(server.requests)
        resumed = sync(server, state=messages[end]["value"], **some)
        read_again.append(len(server.requests) - before)
        rows = held(messages[:end])
        for stream in ("chats", "customers", "messages"):
            rows.setdefault(stream, {}).update(lake.by_id(resumed.records(stream)))
        assert_whole(rows, account)
    # And the STATE does move with the files: the later it is, the less is left to do.
    assert read_again[len(ends) // 2] < read_again[0]


REGION, USER, SECRET = "eu-central-1", "tester", "SECRET-KEY-OF-THE-BUCKET"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Return the address of a server with one bucket, ``lake``."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    fsspec.filesystem("s3", **params(address)).mkdir("lake")
    yield address
    server.stop()


def params(address: str) -> dict[str, t.Any]:
    """Return what batch_config.storage.params says of it; s3fs reads them."""
    return {"endpoint_url": address, "key": USER, "secret": SECRET, "client_kwargs": {"region_name": REGION}}


def test_a_bucket_holds_what_stdout_would(
    tmp_path: Path, server: Server, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the settings of docs/destinations.md and AWS's variables."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", USER)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    settings = json.loads(blocks("destinations.md", "json")[1])
    settings["batch_config"]["batch_size"] = 100
    assert settings["batch_config"]["encoding"] == lake.ENCODING
    root = settings["batch_config"]["storage"]["root"]
    output = run(tmp_path, server, **{**settings, "api_key": server.key})
    assert output.code == 0, output.log
    assert SECRET not in output.log
    named, plain = lake.named(output.messages), sync(server)
    storage = fsspec.filesystem("s3", **params(url), use_listings_cache=False)
    assert sorted(f"s3://{path}" for path in storage.find(root)) == sorted(itertools.chain(*named.values()))
    assert len(named["messages"]) > 1
    for stream, files in named.items():
        assert lake.by_id(lake.rows(files, **params(url))) == lake.by_id(plain.records(stream))


def test_a_bucket_that_takes_no_file_ends_the_run_with_a_line(tmp_path: Path, server: Server) -> None:
    given = params("http://127.0.0.1:9") | {"config_kwargs": {"retries": {"max_attempts": 0}}}
    output = run(tmp_path, server, **lake.settings("s3://lake/helpcrunch", params=given))
    assert output.code == 1, output.log
    (line,) = [line for line in output.log.splitlines() if "ERROR" in line]
    assert "agents: writing to the storage of batch_config failed: " in line
    assert "Traceback" not in output.log
    assert SECRET not in output.log
    # It is known after the small tables, not after an hour of requests.
    assert len(server.requests) <= 5
