"""The vendor's large objects: what each field means, its type, and how certain that is.

The models of the small streams are next to the streams, in ``streams.small``, because nothing else needs them.
"""

from __future__ import annotations

from tap_helpcrunch.api.models.chat import CHAT
from tap_helpcrunch.api.models.customer import CUSTOMER
from tap_helpcrunch.api.models.message import MESSAGE

__all__ = ["CHAT", "CUSTOMER", "MESSAGE"]
