"""What the table says about each observation."""

from __future__ import annotations

import typing as t


class Text(t.NamedTuple):
    """The texts for one observation.

    Attributes:
        what: what was observed.
        does: what the tap does, whatever the value.
        unseen: why there may be no value.
    """

    what: str
    does: str
    unseen: str


_NO_MESSAGE = "no chat with messages was seen"
_ANY_TIME = "becomes RFC 3339 in UTC"

TEXTS = {
    "messages_key": Text("messages are under", "reads both names", _NO_MESSAGE),
    "total": Text("the total is", "believes it once it has proved right", "the totals match no known form"),
    "chat_times": Text("times of chats", _ANY_TIME, "no chat, or forms that differ"),
    "message_times": Text("times of messages", _ANY_TIME, "no message, or forms that differ"),
    "customer_times": Text("times of customers", _ANY_TIME, "no customer was ever seen, or forms that differ"),
    "errors": Text("elements of an error", "goes by the status and shows every code", "no error could be provoked"),
    "nulls": Text("rows without a sort key are", "reads them wherever they are", "no such rows among those listed"),
    "ties": Text("rows with equal sort keys", "reads them until all are seen", "too few rows with equal keys"),
    "updated_at": Text("search by chats.updatedAt", "uses it only if it works", "the searches were inconclusive"),
    "empty_messages": Text("a chat without messages", "reads both as none", "no chat without messages was seen"),
    "past_end": Text("an offset after the last message", "reads both as the end", _NO_MESSAGE),
    "agents_of_chat": Text("agents of a chat", "makes a list of them", "no chat in which an agent wrote"),
    "custom_data": Text("customData", "makes an object of it", "no customer with custom attributes"),
    "agent_fields": Text("agent of a message", "takes what there is", "no message from an agent"),
    "new_fields": Text("fields that are not documented", "leaves them out and logs their names", "no row was seen"),
    "chat_notes": Text("chats have notes", "takes them if they are there", "no chat was seen"),
    "absent": Text("documented fields in no row", "leaves them null", "no chat or no customer was seen"),
    "reference_paging": Text("paging of small tables", "asks again without it", "no agent was seen"),
    "reference_key": Text("small tables are under", "reads every form", "the table could not be read"),
    "reference_ids": Text("ids in small tables", "makes integers of them", "no agent was seen"),
    "nested_rows": Text("messages in another list", "unwraps them", _NO_MESSAGE),
    "date_header": Text("answers have a Date", "uses this host's clock without it", "nothing was answered"),
    "date_skew": Text("its clock, against this host's", "goes by the account's", "no Date, or more than a day apart"),
    "search_none": Text("a search without a match", "reads both as none", "the search found something, or failed"),
}
