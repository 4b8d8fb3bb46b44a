"""The streams that users see: the list that everything else uses, in the order of a run."""

from __future__ import annotations

from tap_helpcrunch.streams.chats import ChatsStream
from tap_helpcrunch.streams.customers import CustomersStream
from tap_helpcrunch.streams.messages import MessagesStream
from tap_helpcrunch.streams.small import SMALL

# The small ones first: one request each.
STREAMS = (*SMALL, CustomersStream, ChatsStream, MessagesStream)

__all__ = ["SMALL", "STREAMS", "ChatsStream", "CustomersStream", "MessagesStream"]
