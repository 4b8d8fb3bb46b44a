"""The vendor's large objects: what each field means, of which type it is, and how sure that is.

Those of the small streams stand beside them, in ``streams.small``: nothing below them needs to know them.
"""

from __future__ import annotations

from tap_helpcrunch.api.models.chat import CHAT
from tap_helpcrunch.api.models.customer import CUSTOMER
from tap_helpcrunch.api.models.message import MESSAGE

__all__ = ["CHAT", "CUSTOMER", "MESSAGE"]
