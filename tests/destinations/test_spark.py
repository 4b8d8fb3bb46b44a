"""Files of BATCH read by Spark in local mode. It is 400 MB and wants Java: `make test-spark` installs and runs it."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import typing as t

import pytest

from tests import expected
from tests.destinations import accounts, lake
from tests.destinations.project import ROOT
from tests.running import sync

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simulator import Account, Server

pyspark = pytest.importorskip("pyspark", reason="make test-spark installs it")
assert shutil.which("java"), "Spark wants Java 17: whoever asked for make test-spark shall know that nothing was tried"

Row = dict[str, t.Any]


@pytest.fixture(scope="module")
def spark() -> Iterator[t.Any]:
    """Return a session that uses this machine only."""
    builder = pyspark.sql.SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
    session = builder.config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "1")
    running = session.getOrCreate()
    yield running
    running.stop()


def told(frame: t.Any, wanted: t.Iterable[str]) -> dict[int, Row]:
    """Return a frame's rows by id, in the form in which the tap writes them to stdout."""
    moments = [name for name, kind in frame.dtypes if kind == "timestamp" and name in wanted]
    shown = frame.selectExpr(*(f"unix_millis({name}) as {name}" if name in moments else f"`{name}`" for name in wanted))
    rows = [row.asDict(recursive=True) for row in shown.collect()]
    for row in rows:
        for name, value in row.items():
            if value is not None:
                row[name] = (
                    expected.time(str(value / 1000))
                    if name in moments
                    else (json.loads(value) if name in lake.NESTED and isinstance(value, str) else value)
                )
    return {row["id"]: row for row in rows}


def test_the_pages_example_gives_every_message_once(
    tmp_path: Path, account: Account, server: Server, spark: t.Any
) -> None:
    """After two runs, of which the second brought an edited message again."""
    settings = lake.settings((tmp_path / "lake").as_uri(), "parquet", 100)
    state = sync(server, **settings).state
    accounts.edit(account)
    sync(server, state=state, **settings)

    page = (ROOT / "docs" / "destinations.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert example.count("s3a://lake/helpcrunch") == 1
    script = tmp_path / "example.py"
    script.write_text(example.replace("s3a://lake/helpcrunch", (tmp_path / "lake").as_uri()), encoding="utf-8")
    made = runpy.run_path(str(script))
    assert made["spark"] is spark
    wanted = expected.records(account)["messages"]
    assert made["files"].count() > len(wanted)
    (columns,) = {tuple(row) for row in wanted.values()}
    found = told(made["messages"], columns)
    assert found == wanted
    assert made["messages"].count() == len(wanted)


def test_spark_reads_what_duckdb_reads(tmp_path: Path, server: Server, spark: t.Any) -> None:
    parquet = sync(server, **lake.settings((tmp_path / "parquet").as_uri(), "parquet", 100))
    for stream, files in lake.named(parquet.messages).items():
        (schema,) = parquet.schemas(stream)
        wanted = lake.by_id(lake.rows(files, "parquet"))
        assert told(spark.read.parquet(*files), schema["properties"]) == wanted
    lines = lake.named(sync(server, **lake.settings((tmp_path / "jsonl").as_uri(), "jsonl", 100)).messages)["messages"]
    names = ("id", "text", "createdAt")
    found = told(spark.read.schema("id bigint, text string, createdAt timestamp").json(lines), names)
    assert found == {row["id"]: {name: row[name] for name in names} for row in lake.rows(lines, "jsonl")}
