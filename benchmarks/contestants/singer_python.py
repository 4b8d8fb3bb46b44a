# /// script
# dependencies = ["singer-python==6.8.0", "requests==2.34.2"]
# ///
"""singer-python + backoff: a tap written by hand, the classic way."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import backoff
import requests
import singer
from singer import metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

URL, KEY = sys.argv[1:3]
TEXT, INTEGER, FLAG = ({"type": ["null", kind]} for kind in ("string", "integer", "boolean"))
TIME = {"type": ["null", "number", "string"]}
OBJECT = {"type": ["null", "object"], "additionalProperties": True}
CHATS = {
    "type": "object",
    "properties": {
        **dict.fromkeys(
            ("id", "createdAt", "closedAt", "updatedAt", "lastMessageAt", "applicationId", "snoozedUntil"), INTEGER
        ),
        **dict.fromkeys(("lastCustomerMessageAt", "lastMessageId", "lastCommunicatedAgentId"), INTEGER),
        **dict.fromkeys(("status", "closedBy", "lastMessageText", "rating", "createdWith"), TEXT),
        **dict.fromkeys(("readByAgent", "readByCustomer"), FLAG),
        **dict.fromkeys(("customer", "assignee", "department"), OBJECT),
        "agents": {"type": ["null", "array"], "items": {}},
    },
}
MESSAGES = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("id", "chat"), INTEGER),
        **dict.fromkeys(("text", "from", "type", "broadcastType"), TEXT),
        **dict.fromkeys(("edited", "read"), FLAG),
        **dict.fromkeys(("createdAt", "updatedAt"), TIME),
        "agent": OBJECT,
    },
}
session = requests.Session()
session.headers["Authorization"] = f"Bearer {KEY}"


def fatal(error: Exception) -> bool:
    response = getattr(error, "response", None)
    return response is not None and response.status_code < 500 and response.status_code != 429  # noqa: PLR2004


@backoff.on_exception(backoff.expo, requests.RequestException, max_tries=5, factor=2, giveup=fatal)
def get(path: str, offset: int) -> dict[str, Any]:
    with metrics.http_request_timer(path.rsplit("/", 1)[-1]):
        response = session.get(URL + path, params={"limit": 100, "offset": offset}, timeout=60)
    response.raise_for_status()
    return dict(response.json())


def pages(path: str) -> Iterator[dict[str, Any]]:
    offset = 0
    while True:
        body = get(path, offset)
        yield from body["data"]
        offset += len(body["data"])
        total = body["total"] if "total" in body else body["meta"]["total"]
        if not body["data"] or offset >= total:
            return


singer.write_schema("chats", CHATS, ["id"])
singer.write_schema("messages", MESSAGES, ["id"])
with (
    singer.Transformer() as transformer,
    metrics.record_counter("chats") as chats,
    metrics.record_counter("messages") as messages,
):
    for chat in pages("/chats"):
        singer.write_record("chats", transformer.transform(chat, CHATS))
        chats.increment()
        for message in pages(f"/chats/{chat['id']}/messages"):
            singer.write_record("messages", transformer.transform(message, MESSAGES))
            messages.increment()
        singer.write_state({"bookmarks": {"chats": {"id": chat["id"]}}})
