"""The vendor's message model (article "Message model", and "Get chat messages" for what lists carry)."""

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
        fields.text("from", "Sender", "agent or customer; bots and system messages say agent too. Documented."),
        fields.text(
            "type",
            "Type",
            "message, email, knowledgeBase, private (a note between agents), tech (a machine's line). Documented as "
            "these "
            "five, but an open set: other words appear in the vendor's own examples.",
        ),
        fields.text(
            "text",
            "Text",
            "What was written, as Markdown. Null in a documented example. For tech a machine word such as "
            "request_rating; for files an address or bare identifier (seen in clients).",
        ),
        fields.flag("read", "Read", "Whether the other side has read it. Changes without updatedAt. Documented."),
        fields.flag("edited", "Edited", "Whether the text was changed after sending. Documented."),
        fields.time(
            "createdAt", "Created at", "When it was sent; to the millisecond where the API gives them. Documented."
        ),
        fields.time(
            "updatedAt",
            "Updated at",
            "When it was last edited; null unless edited (seen live), though older documents show times on unedited "
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
