# /// script
# dependencies = ["singer-sdk==0.54.9"]
# ///
"""SDK template as it is: a RESTStream, its child, an offset paginator. Nothing is tuned."""

from __future__ import annotations

import decimal
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import BearerTokenAuthenticator
from singer_sdk.helpers.jsonpath import extract_jsonpath
from singer_sdk.pagination import BaseOffsetPaginator

if TYPE_CHECKING:
    from collections.abc import Iterable

    import requests

OBJECT = th.ObjectType(additional_properties=True)


class Paginator(BaseOffsetPaginator):
    def has_more(self, response: requests.Response) -> bool:
        body = response.json()
        total = body["total"] if "total" in body else body["meta"]["total"]
        return bool(body["data"]) and self.current_value + len(body["data"]) < total


class HelpCrunchStream(RESTStream[int]):
    records_jsonpath = "$.data[*]"
    primary_keys = ("id",)

    @property
    def url_base(self) -> str:
        return str(self.config["api_url"])

    @property
    def authenticator(self) -> BearerTokenAuthenticator:
        return BearerTokenAuthenticator(token=self.config["api_key"])

    def get_new_paginator(self) -> Paginator:
        return Paginator(0, 100)

    def get_url_params(self, context: Any, next_page_token: int | None) -> dict[str, Any]:  # noqa: ARG002
        return {"limit": 100, "offset": next_page_token or 0}

    def parse_response(self, response: requests.Response) -> Iterable[dict[str, Any]]:
        yield from extract_jsonpath(self.records_jsonpath, input=response.json(parse_float=decimal.Decimal))


class ChatsStream(HelpCrunchStream):
    name = "chats"
    path = "/chats"
    schema = th.PropertiesList(
        th.Property("id", th.IntegerType),
        *(th.Property(name, th.IntegerType) for name in ("createdAt", "closedAt", "updatedAt", "lastMessageAt")),
        *(
            th.Property(name, th.IntegerType)
            for name in ("lastCustomerMessageAt", "lastMessageId", "lastCommunicatedAgentId")
        ),
        *(th.Property(name, th.StringType) for name in ("status", "closedBy", "lastMessageText", "rating")),
        *(th.Property(name, OBJECT) for name in ("customer", "assignee", "department")),
        th.Property("agents", th.ArrayType(th.CustomType({}))),
        th.Property("createdWith", th.StringType),
        th.Property("applicationId", th.IntegerType),
        th.Property("snoozedUntil", th.IntegerType),
        th.Property("readByAgent", th.BooleanType),
        th.Property("readByCustomer", th.BooleanType),
    ).to_dict()

    def get_child_context(self, record: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG002
        return {"chat_id": record["id"]}


class MessagesStream(HelpCrunchStream):
    name = "messages"
    path = "/chats/{chat_id}/messages"
    parent_stream_type = ChatsStream
    schema = th.PropertiesList(
        th.Property("id", th.IntegerType),
        th.Property("chat", th.IntegerType),
        th.Property("chat_id", th.IntegerType),
        *(th.Property(name, th.StringType) for name in ("text", "from", "type", "broadcastType")),
        *(th.Property(name, th.CustomType({})) for name in ("createdAt", "updatedAt")),
        th.Property("agent", OBJECT),
        th.Property("edited", th.BooleanType),
        th.Property("read", th.BooleanType),
    ).to_dict()


class TapTemplate(Tap):
    name = "tap-template"
    config_jsonschema = th.PropertiesList(
        th.Property("api_key", th.StringType, required=True, secret=True),
        th.Property("api_url", th.StringType, required=True),
    ).to_dict()

    def discover_streams(self) -> list[HelpCrunchStream]:
        return [ChatsStream(self), MessagesStream(self)]


def main() -> None:
    """Run it with the arguments that all contestants take."""
    config = Path(sys.argv[3]) / "config.json"
    config.write_text(json.dumps({"api_url": sys.argv[1], "api_key": sys.argv[2]}))
    TapTemplate.cli(["--config", str(config)])


if __name__ == "__main__":
    main()
