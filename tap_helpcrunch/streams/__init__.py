"""The streams that users see: the one list, in the order of a run, that everything else asks."""

from __future__ import annotations

from tap_helpcrunch.streams.chats import ChatsStream
from tap_helpcrunch.streams.customers import CustomersStream
from tap_helpcrunch.streams.messages import MessagesStream
from tap_helpcrunch.streams.small import SMALL

# The small ones first, a request each.
STREAMS = (*SMALL, CustomersStream, ChatsStream, MessagesStream)

__all__ = ["SMALL", "STREAMS", "ChatsStream", "CustomersStream", "MessagesStream"]
