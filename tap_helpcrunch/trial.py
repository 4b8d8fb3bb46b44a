"""``--test``: answers the three questions of a new user, with at most five requests."""

from __future__ import annotations

import math
import typing as t
from datetime import datetime, timedelta, timezone

from tap_helpcrunch.api.envelope import PAGE
from tap_helpcrunch.api.errors import KeyRefusedError, MissingError, RejectedError
from tap_helpcrunch.api.questions import condition
from tap_helpcrunch.progress import counted, duration
from tap_helpcrunch.streams.small import AgentsStream, OrganizationStream
from tap_helpcrunch.sync.visit import GROUP

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.envelope import Page
    from tap_helpcrunch.session import Session
    from tap_helpcrunch.settings import Settings

NEWEST_DAYS = 30
BEGINNING = 9  # requests of a run before its history: small tables, and what changed


def answers(session: Session) -> Iterator[str]:
    """Yield lines that say whether the key works, what is there, and how long the first load will take.

    Raises:
        HelpCrunchError: the key does not work, or the API is not there; the error says what to do.
    """
    api, settings = session.api, session.settings
    chats = api.count("chats")
    yield f"The key works{_where(session)}."
    customers = api.count("customers")
    agents = api.reference("agents", AgentsStream.model, 0).answer()
    yield (
        f"There are {_number(chats, 'chat')}, {_number(customers, 'customer')} and "
        f"{_number(max(agents.total or 0, len(agents.rows)), 'agent')}."
    )
    odd = _is_odd(chats, customers, agents)
    if settings.chat_ids is not None:
        chats = len(settings.chat_ids)
        yield f"The settings ask for {_number(chats, 'chat')} by id (chat_ids)."
    if chats is None or customers is None:
        yield "The API does not say how many there are, so the duration of the first load cannot be estimated."
    else:
        if settings.chat_ids is None and (newest := _newest(session, chats)) is not None:
            yield _forecast_of_newest(settings, newest, customers)
        yield _forecast(settings, chats, customers)
    if odd:
        yield "The numbers look wrong: run --doctor instead of --test to see how this account answers."


def _newest(session: Session, chats: int) -> int | None:
    """Return how many chats were created in the newest days; None if the API does not say."""
    now = session.client.server_clock.at(session.clock.now()) or datetime.now(timezone.utc)
    opened = condition("chats.createdAt", ">=", int((now - timedelta(days=NEWEST_DAYS)).timestamp()))
    try:
        page = session.api.search("chats", [opened], sort="chats.createdAt", order="desc", limit=1).answer()
    except RejectedError:
        return None
    return page.total if page.total is not None and len(page.rows) <= page.total <= chats else None


def _forecast_of_newest(settings: Settings, newest: int, customers: int) -> str:
    """Say when the newest conversations are loaded: before all others, alongside a page of customers per group."""
    pages = math.ceil(newest / PAGE) + min(math.ceil(customers / PAGE), math.ceil(newest / GROUP))
    requests = BEGINNING + newest + pages
    return (
        f"The newest {NEWEST_DAYS} days ({counted(newest, 'chat')}) are loaded after about {requests:,} requests, "
        f"{duration(requests / settings.requests_per_minute * 60)}."
    )


def _forecast(settings: Settings, chats: int, customers: int) -> str:
    """Say how long the first load takes."""
    # One request per chat, or two if chats are read by id; a page per hundred rows for what is listed.
    each = 1 if settings.chat_ids is None else 2
    listed = (chats if settings.chat_ids is None else 0) + customers
    requests = each * chats + math.ceil(listed / PAGE)
    pace = settings.requests_per_minute
    return (
        f"The first load takes {'at most ' if settings.start_date else ''}about {requests:,} requests, "
        f"{duration(requests / pace * 60)} at {pace:,g} a minute, and one more for each further {PAGE} messages of "
        "a chat."
    )


def _is_odd(chats: int | None, customers: int | None, agents: Page) -> bool:
    """Return whether a total is missing, contradicts the rows, or may count only the page: the 1 row asked for."""
    if chats is None or customers is None or (chats, customers) == (1, 1):
        return True
    listed = len(agents.rows)
    return agents.total is not None and (agents.total < listed or listed < min(agents.total, PAGE))


def _where(session: Session) -> str:
    """Return the organization's name for the line above; nothing if the key may not read it."""
    try:
        domain = session.api.single("/organization", OrganizationStream.model).answer().get("domain")
    except (KeyRefusedError, MissingError):
        return ""
    return f": this is the organization {domain}" if domain else ""


def _number(count: int | None, what: str) -> str:
    return f"an unknown number of {what}s" if count is None else counted(count, what)
