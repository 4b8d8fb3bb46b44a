# /// script
# dependencies = ["requests==2.34.2"]
# ///
"""floor: `requests` + `json`: what most scripts do, a loop."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

URL, KEY = sys.argv[1:3]
session = requests.Session()
session.headers["Authorization"] = f"Bearer {KEY}"


def pages(path: str) -> Iterator[dict[str, Any]]:
    offset = 0
    while True:
        response = session.get(URL + path, params={"limit": 100, "offset": offset}, timeout=60)
        response.raise_for_status()
        body = response.json()
        yield from body["data"]
        offset += len(body["data"])
        total = body["total"] if "total" in body else body["meta"]["total"]
        if not body["data"] or offset >= total:
            return


for chat in pages("/chats"):
    sys.stdout.write(json.dumps({"stream": "chats", "record": chat}) + "\n")
    for message in pages(f"/chats/{chat['id']}/messages"):
        sys.stdout.write(json.dumps({"stream": "messages", "record": message}) + "\n")
