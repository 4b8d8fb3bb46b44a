"""The vendor's object models: what each field means, of which type it is, and how sure that is."""

from __future__ import annotations

from tap_helpcrunch.api.models.chat import CHAT
from tap_helpcrunch.api.models.customer import CUSTOMER
from tap_helpcrunch.api.models.message import MESSAGE
from tap_helpcrunch.api.models.reference import AGENT, APPLICATION, DEPARTMENT, ORGANIZATION

__all__ = ["AGENT", "APPLICATION", "CHAT", "CUSTOMER", "DEPARTMENT", "MESSAGE", "ORGANIZATION"]
