"""The vendor's message model (articles "Message model" and "Get chat messages")."""

from __future__ import annotations

from singer_sdk import typing as th

from tap_helpcrunch.api.models import fields
from tap_helpcrunch.api.values import Model

MESSAGE = Model(
    "messages",
    th.PropertiesList(
        fields.key("Message ID", "The message's identifier. Documented, never null."),
        fields.number("chat", "Chat ID", "The chat the message belongs to; joins chats.id. Documented, never null."),
        th.Property(
            "agent",
            fields.AGENT,
            title="Agent",
            description="Who wrote it. Null for a customer's message and for system messages, which also say "
            "from = agent; chatbots appear as an agent. Documented.",
        ),
        fields.text("from", "Sender", "agent or customer; also agent for bots and system messages. Documented."),
        fields.text(
            "type",
            "Type",
            "message, email, knowledgeBase, private (a note between agents), tech (a line from the system). Documented "
            "as these five, but an open set: other words appear in the vendor's own examples.",
        ),
        fields.text(
            "text",
            "Text",
            "What was written, as Markdown. Null in a documented example. For tech a keyword such as request_rating; "
            "for files a URL or a bare identifier (seen in clients).",
        ),
        fields.flag("read", "Read", "Whether the other side has read it. Changes without updatedAt. Documented."),
        fields.flag("edited", "Edited", "Whether the text was changed after sending. Documented."),
        fields.time(
            "createdAt", "Created at", "When it was sent; to the millisecond if the API gives them. Documented."
        ),
        fields.time(
            "updatedAt",
            "Updated at",
            "When it was last edited; null unless edited (seen live), although older documents show times on unedited "
            "messages.",
        ),
        fields.text(
            "broadcastType",
            "Broadcast type",
            "For automatic and bulk messages: trigger, auto chat, auto email, manual chat, manual email; else null. "
            "Documented.",
        ),
    ),
)
