"""What the table says of each observation."""

from __future__ import annotations

import typing as t


class Text(t.NamedTuple):
    """The words for one observation.

    Attributes:
        what: what was looked at.
        does: what the tap does, whatever the value.
        unseen: why there may be no value.
    """

    what: str
    does: str
    unseen: str


_NO_MESSAGE = "no chat with messages was seen"
_ANY_TIME = "becomes RFC 3339 in UTC"

TEXTS = {
    "messages_key": Text("messages stand under", "reads both names", _NO_MESSAGE),
    "total": Text("the total stands", "believes it once it has proved right", "the totals agree with no known form"),
    "chat_times": Text("times of chats", _ANY_TIME, "no chat, or forms that differ"),
    "message_times": Text("times of messages", _ANY_TIME, "no message, or forms that differ"),
    "customer_times": Text("times of customers", _ANY_TIME, "no customer was ever seen, or forms that differ"),
    "errors": Text("elements of an error", "goes by the status and tells every code", "no error could be provoked"),
    "nulls": Text("rows without a sort key stand", "reads them wherever they stand", "no such rows among those listed"),
    "ties": Text("rows with equal sort keys", "reads them until all are seen", "too few rows with equal keys"),
    "updated_at": Text("search by chats.updatedAt", "uses it only where it works", "the search showed neither"),
    "empty_messages": Text("a chat without messages", "takes both for none", "no chat without messages was seen"),
    "past_end": Text("an offset after the last message", "takes both for the end", _NO_MESSAGE),
    "agents_of_chat": Text("agents of a chat", "makes a list of them", "no chat in which an agent wrote"),
    "custom_data": Text("customData", "makes an object of it", "no customer with attributes of its own"),
    "agent_fields": Text("agent of a message", "takes what there is", "no message of an agent"),
    "new_fields": Text("fields that are not documented", "leaves them out and names them", "no row was seen"),
    "chat_notes": Text("chats carry notes", "takes them where they are", "no chat was seen"),
    "absent": Text("documented fields in no row", "leaves them null", "no chat or no customer was seen"),
    "reference_paging": Text("paging of small tables", "asks again without it", "no agent was seen"),
    "reference_key": Text("small tables stand under", "reads every form", "the table could not be read"),
    "reference_ids": Text("ids in small tables", "makes integers of them", "no agent was seen"),
    "nested_rows": Text("messages in one more list", "unwraps them", _NO_MESSAGE),
    "date_header": Text("answers carry a Date", "uses this host's clock without it", "nothing was answered"),
    "date_skew": Text("its clock, against this host's", "goes by the account's", "no Date, or more than a day apart"),
    "search_none": Text("a search without a match", "takes both for none", "the search found something, or failed"),
}
