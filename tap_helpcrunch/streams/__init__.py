"""The streams that users see."""

from __future__ import annotations

from tap_helpcrunch.streams.chats import ChatsStream
from tap_helpcrunch.streams.customers import CustomersStream
from tap_helpcrunch.streams.messages import MessagesStream
from tap_helpcrunch.streams.reference import AgentsStream, ApplicationsStream, DepartmentsStream, OrganizationStream

# In the order of a run: the small ones first, a request each.
STREAMS = (
    AgentsStream,
    DepartmentsStream,
    ApplicationsStream,
    OrganizationStream,
    CustomersStream,
    ChatsStream,
    MessagesStream,
)

__all__ = ["STREAMS", "ChatsStream", "CustomersStream", "MessagesStream"]
