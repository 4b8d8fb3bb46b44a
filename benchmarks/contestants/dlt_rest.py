# /// script
# dependencies = ["dlt==1.31.0"]
# ///
"""dlt `rest_api` source: declared as its documentation does, into JSON lines in a folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

URL, KEY, FOLDER = sys.argv[1:4]
os.environ |= {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "DATA_WRITER__DISABLE_COMPRESSION": "true",
    "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
}

import dlt  # noqa: E402 - it reads the environment
from dlt.sources.rest_api import rest_api_source  # noqa: E402


def offsets(total: str) -> dict[str, object]:
    return {"type": "offset", "limit": 100, "total_path": total}


source = rest_api_source(
    {
        "client": {"base_url": f"{URL}/", "auth": {"type": "bearer", "token": KEY}},
        "resources": [
            {
                "name": "chats",
                "primary_key": "id",
                "endpoint": {"path": "chats", "data_selector": "data", "paginator": offsets("meta.total")},
            },
            {
                "name": "messages",
                "primary_key": "id",
                "endpoint": {
                    "path": "chats/{resources.chats.id}/messages",
                    "data_selector": "data",
                    "paginator": offsets("total"),
                },
            },
        ],
    }
)
pipeline = dlt.pipeline(
    "bench",
    pipelines_dir=str(Path(FOLDER) / "work"),
    destination=dlt.destinations.filesystem(bucket_url=str(Path(FOLDER) / "rows")),
    dataset_name="bench",
)
pipeline.run(source, loader_file_format="jsonl")
