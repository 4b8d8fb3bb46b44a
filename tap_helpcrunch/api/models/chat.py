"""The vendor's chat model (articles "Chat model", "Get chats", "Search for chats")."""

from __future__ import annotations

from singer_sdk import typing as th

from tap_helpcrunch.api.models import fields
from tap_helpcrunch.api.values import Model

CHAT = Model(
    "chats",
    th.PropertiesList(
        fields.key("Chat ID", "The chat's identifier; messages.chat joins it. Documented, never null."),
        fields.text(
            "status",
            "Status",
            "new, opened, pending, on hold (also spelt onhold, on-hold), closed, no communication, empty; an open set. "
            "Documented.",
        ),
        fields.time("createdAt", "Created at", "When the chat was created. Documented, never null, never changes."),
        fields.time("closedAt", "Closed at", "When the chat was closed; null while it is open. Documented."),
        fields.text("closedBy", "Closed by", "agent or customer; null while the chat is open. Documented."),
        fields.time(
            "lastMessageAt",
            "Last message at",
            "Time of the last message from an agent or the customer; null for a chat without messages. Documented.",
        ),
        fields.time(
            "lastCustomerMessageAt",
            "Last customer message at",
            "Time of the customer's last message; null if only agents wrote. Documented.",
        ),
        fields.text("lastMessageText", "Last message text", "The last message's text; can be null. Documented."),
        fields.number(
            "lastMessageId", "Last message ID", "Joins messages.id; null for a chat without messages. Documented."
        ),
        fields.number(
            "lastCommunicatedAgentId",
            "Last communicated agent ID",
            "The agent who wrote last; joins agents.id. Documented.",
        ),
        fields.time("snoozedUntil", "Snoozed until", "Until when the chat is snoozed; null if it is not. Documented."),
        fields.text(
            "rating",
            "Rating",
            "great, average, poor; or, on a scale of five, perfect, great, average, poor, very poor; null if unrated. "
            "Documented.",
        ),
        fields.flag("readByAgent", "Read by agent", "Documented in the newest version only."),
        fields.flag("readByCustomer", "Read by customer", "Documented in the newest version only."),
        fields.text(
            "createdWith",
            "Created with",
            "public_api, broadcast_reply, agent_message, customer_message; an open set. Documented in newer versions.",
        ),
        fields.number("applicationId", "Application ID", "Joins applications.id. Documented in newer versions."),
        th.Property(
            "agents",
            th.ArrayType(fields.AGENT),
            title="Agents",
            description="The agents who took part. A list here, although one documented form is a single object.",
        ),
        th.Property(
            "customer",
            th.ObjectType(
                fields.number("id", "Customer ID", "Joins customers.id."),
                fields.text("name", "Name", "The customer's name; can be null."),
                fields.text("email", "E-mail", "The customer's e-mail address; can be null."),
                fields.text("userId", "User ID", "The customer's identifier in your own system; can be null."),
            ),
            title="Customer",
            description="The customer of the chat. Documented.",
        ),
        th.Property(
            "assignee",
            fields.AGENT,
            title="Assignee",
            description="The agent in charge; null if nobody or a bot is. Documented.",
        ),
        th.Property(
            "department",
            th.ObjectType(
                fields.number("id", "Department ID", "Joins departments.id."),
                fields.text("name", "Name", "The department's name."),
            ),
            title="Department",
            description="The department in charge; can be null. Documented.",
        ),
        fields.text("notes", "Notes", "Notes about the customer; only in the oldest version of the API."),
        fields.time(
            "updatedAt",
            "Updated at",
            "In no documented answer, although two clients look for it. Declared in case the API sends it.",
        ),
    ),
)
