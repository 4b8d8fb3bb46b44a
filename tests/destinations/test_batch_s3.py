"""BATCH to an S3 bucket: files are there before they are named, and a refusal is reported in one line."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.destinations import lake, s3
from tests.destinations.test_docs import blocks
from tests.running import run, sync

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simulator import Server

ROOT = "s3://lake/helpcrunch"
SIZE = 100


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3.S3]:
    """Return a server."""
    with s3.served(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.mark.parametrize(("form", "documented"), [("parquet", True), ("jsonl", False)])
def test_a_bucket_holds_what_stdout_would(
    tmp_path: Path, server: Server, bucket: s3.S3, monkeypatch: pytest.MonkeyPatch, form: str, *, documented: bool
) -> None:
    """By the settings of docs/destinations.md and AWS's variables, or by params."""
    settings = lake.settings(f"{ROOT}-as-{form}", form, SIZE, params=bucket.params)
    if documented:
        for name, value in bucket.variables.items():
            monkeypatch.setenv(name, value)
        settings = json.loads(blocks("destinations.md", "json")[1])
        settings["batch_config"]["batch_size"] = SIZE
        assert settings["batch_config"]["encoding"] == lake.ENCODINGS[form]
    root = settings["batch_config"]["storage"]["root"]
    output = run(tmp_path, server, **{**settings, "api_key": server.key})
    assert output.code == 0, output.log
    assert s3.SECRET not in output.log
    named, plain = lake.named(output.messages), sync(server)
    assert bucket.files(root) == sorted(file for files in named.values() for file in files)
    assert len(named["messages"]) > 1
    for stream, files in named.items():
        properties = plain.schemas(stream)[0]["properties"]
        found = lake.by_id(lake.rows(files, **bucket.params), properties)
        assert found == lake.by_id(plain.records(stream), properties)


@pytest.mark.parametrize("fault", ["unreachable", "no bucket of that name can be"])
def test_a_bucket_that_takes_no_file_ends_the_run_with_a_line(
    tmp_path: Path, server: Server, bucket: s3.S3, fault: str
) -> None:
    params, root = bucket.params, ROOT
    if fault == "unreachable":
        params |= {"endpoint_url": "http://127.0.0.1:9", "config_kwargs": {"retries": {"max_attempts": 0}}}
    else:
        root = "s3://ab/x"  # names have three letters at least
    output = run(tmp_path, server, **lake.settings(root, params=params))
    assert output.code == 1, output.log
    (line,) = [line for line in output.log.splitlines() if "ERROR" in line]
    assert "agents: writing to the storage of batch_config failed: " in line
    assert "Traceback" not in output.log
    assert s3.SECRET not in output.log
    # It is known after the small tables, not after an hour of requests.
    assert len(server.requests) <= 5
