"""The streams that users see."""

from __future__ import annotations

from tap_helpcrunch.streams.chats import ChatsStream
from tap_helpcrunch.streams.customers import CustomersStream
from tap_helpcrunch.streams.messages import MessagesStream
from tap_helpcrunch.streams.reference import AgentsStream, ApplicationsStream, DepartmentsStream, OrganizationStream

STREAMS = (
    AgentsStream,
    ApplicationsStream,
    ChatsStream,
    CustomersStream,
    DepartmentsStream,
    MessagesStream,
    OrganizationStream,
)

__all__ = ["STREAMS", "ChatsStream", "CustomersStream", "MessagesStream"]
