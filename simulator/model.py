"""The records of an account, with Python names and exact times."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Any

Moment = int | float | str | Decimal

# Only the team sees messages of these types, and they do not change who has to answer.
SILENT_TYPES = frozenset({"private", "tech"})


def exact(moment: Moment) -> Decimal:
    """Return the moment as an exact Decimal."""
    return Decimal(repr(moment)) if isinstance(moment, float) else Decimal(moment)


def whole(moment: Moment) -> Decimal:
    """Return the moment, cut to the whole second."""
    return exact(moment).quantize(Decimal(1), rounding=ROUND_FLOOR)


def milli(moment: Moment) -> Decimal:
    """Return the moment, cut to the millisecond."""
    return exact(moment).quantize(Decimal("0.001"), rounding=ROUND_FLOOR)


@dataclass
class Agent:
    """A member of the team, or its chatbot."""

    id: int
    name: str
    email: str | None = None
    role: str = "agent"


@dataclass
class Department:
    """A group of agents."""

    id: int
    name: str
    agents: list[int] = field(default_factory=list)


@dataclass
class Application:
    """A widget, an app or a messenger that chats come through."""

    id: int
    name: str
    display_name: str | None = None
    active: bool = True
    type: str = "web"


# The small tables by their names in the API, listed whole, ascending by id. A record needs no more than a name.
SMALL: dict[str, type] = {"agents": Agent, "departments": Department, "applications": Application}


@dataclass
class Organization:
    """The account itself."""

    id: int = 55
    domain: str = "shop"
    team_online: bool = True
    chat_enabled: bool = True


@dataclass
class Customer:
    """A person who writes, or who was imported and never seen."""

    id: int
    name: str | None = None
    email: str | None = None
    user_id: str | None = None
    company: str | None = None
    phone: str | None = None
    first_seen: Decimal | None = None
    last_seen: Decimal | None = None
    location: dict[str, Any] | None = None
    device: dict[str, Any] | None = None
    unsubscribed: bool = False
    blocked: bool = False
    source: str | None = None
    referer: str | None = None
    last_page: str | None = None
    locale: str | None = "en"
    created_from: str | None = None
    integration_id: str | None = None
    notes: str | None = None
    tags: list[dict[str, str]] = field(default_factory=list)
    custom_data: dict[str, Any] = field(default_factory=dict)


@dataclass
class Chat:
    """A conversation; every time is a whole second."""

    id: int
    created_at: Decimal
    customer: int | None = None
    status: str = "empty"
    closed_by: str | None = None
    closed_at: Decimal | None = None
    last_message_at: Decimal | None = None
    last_customer_message_at: Decimal | None = None
    snoozed_until: Decimal | None = None
    rating: str | None = None
    last_message_text: str | None = None
    last_message_id: int | None = None
    last_communicated_agent_id: int | None = None
    application_id: int | None = None
    created_with: str = "customer_message"
    read_by_agent: bool = True
    read_by_customer: bool = True
    agents: list[int] = field(default_factory=list)
    assignee: int | None = None
    department: int | None = None
    notes: str | None = None
    # No answer shows it; only the search filter of that name uses it.
    updated_at: Decimal = Decimal(0)


@dataclass
class Message:
    """One line of a conversation; its times have milliseconds."""

    id: int
    chat: int
    created_at: Decimal
    text: str | None = None
    sender: str = "customer"
    type: str = "message"
    agent: int | None = None
    read: bool = False
    edited: bool = False
    updated_at: Decimal | None = None
    broadcast_type: str | None = None
    # Notes and system lines may leave the chat's lastMessage* as they are.
    moves_chat: bool = True
