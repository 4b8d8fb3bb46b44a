"""What batch_config may hold: anything else ends the run before the first request, with a line each."""

from __future__ import annotations

import json
import subprocess
import typing as t

import pytest
from singer_sdk.exceptions import ConfigValidationError

from tap_helpcrunch.tap import TapHelpCrunch
from tests.destinations import lake
from tests.destinations.project import ROOT
from tests.running import config

if t.TYPE_CHECKING:
    from pathlib import Path

    from simulator import Server

PRIVATE = "SECRET-OF-THE-STORAGE"
JSONL, HERE = {"format": "jsonl", "compression": "gzip"}, {"root": "file:///tmp/lake"}
WRONG: list[tuple[t.Any, list[str]]] = [
    (PRIVATE, ["batch_config: must be an object of batch_size, encoding, storage and nothing else"]),
    (
        {"storage": HERE, "batchsize": 5},
        [
            "batch_config: must be an object of batch_size, encoding, storage and nothing else",
            "batch_config.encoding: must be an object of compression, format and nothing else",
        ],
    ),
    (
        {"encoding": JSONL, "storage": {**HERE, "secret": PRIVATE}},
        ["batch_config.storage: must be an object of params, prefix, root and nothing else"],
    ),
    ({"encoding": {"format": "csv"}, "storage": HERE}, ["batch_config.encoding.format: must be jsonl or parquet"]),
    (
        {"encoding": {"format": "jsonl"}, "storage": HERE},
        ["batch_config.encoding.compression: must be gzip with jsonl"],
    ),
    (
        {"encoding": {"format": "parquet", "compression": "lz4"}, "storage": HERE},
        ["batch_config.encoding.compression: must be gzip, none or absent"],
    ),
    (
        {"encoding": JSONL, "storage": {"root": "", "prefix": 5, "params": PRIVATE}},
        [
            "batch_config.storage.root: must be the URL of a folder or bucket, like file:///data or s3://bucket",
            "batch_config.storage.prefix: must be a string",
            "batch_config.storage.params: must be an object",
        ],
    ),
    (
        {"encoding": JSONL, "storage": {"root": f"ftps3://me:{PRIVATE}@there/"}},
        ["batch_config.storage.root: must begin with file://, s3:// or another protocol that fsspec knows"],
    ),
    (
        {"encoding": JSONL, "storage": {"root": "gs://bucket"}},
        [
            (
                "batch_config.storage.root: gs:// needs a package that is not installed: "
                "Please install gcsfs to access Google Storage"
            )
        ],
    ),
    *(
        ({"encoding": JSONL, "storage": HERE, "batch_size": size}, [
            "batch_config.batch_size: must be a whole number of 1 or more",
        ])
        for size in (0, -1, 1.5, "10", True)
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "lines"), WRONG)
def test_what_cannot_work_is_reported_before_the_first_request(server: Server, given: t.Any, lines: list[str]) -> None:
    with pytest.raises(ConfigValidationError) as wrong:
        TapHelpCrunch(config=config(server, batch_config=given))
    assert wrong.value.errors == lines
    assert not server.requests


@pytest.mark.parametrize(
    ("root", "form", "extra"), [("s3://lake", "jsonl", "s3"), ("file:///tmp/lake", "parquet", "parquet")]
)
def test_a_missing_extra_is_named_before_the_first_request(
    tmp_path: Path, server: Server, root: str, form: str, extra: str
) -> None:
    """In the environment that Meltano made of meltano.yml, which has none of them."""
    (tmp_path / "config.json").write_text(json.dumps(config(server, **lake.settings(root, form))))
    done = subprocess.run(
        [ROOT / ".meltano/extractors/tap-helpcrunch/venv/bin/tap-helpcrunch", "--config", "config.json"],
        capture_output=True, timeout=60, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == b""
    (line,) = [line for line in done.stderr.decode().splitlines() if "ERROR" in line]
    assert line.endswith(f": pip install 'tap-helpcrunch[{extra}]'")
    assert not server.requests
