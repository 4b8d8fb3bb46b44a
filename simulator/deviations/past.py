"""The account as it was a short while ago, for stale answers."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.account import Account
from simulator.endpoints import Endpoints

if TYPE_CHECKING:
    from decimal import Decimal

    from simulator.model import Chat, Customer


def account_before(account: Account, seconds: int) -> Account:
    """Return the account without the chats, messages and customers of the last seconds.

    A chat that was closed since then is open. Other changes (ratings, edits, read flags) are as they
    are now, and deleted rows stay deleted, because the account does not remember them.
    """
    past = Account(account.now - seconds)
    past.small, past.organization = account.small, account.organization
    for number, chat in account.chats.items():
        if chat.created_at <= past.now:
            thread = account.threads[number]
            past.threads[number] = thread[: bisect_right(thread, past.now, key=lambda message: message.created_at)]
            past.chats[number] = _chat(past, chat) if chat.updated_at > past.now else chat
    writers = {chat.customer for chat in past.chats.values()}
    for number, customer in account.customers.items():
        if number in writers or customer.first_seen is None or customer.first_seen <= past.now:
            past.customers[number] = _customer(customer, past.now)
    return past


def _chat(past: Account, chat: Chat) -> Chat:
    """Return the chat as it was after its messages of that time."""
    was = replace(chat)
    past.summarise(was)
    was.updated_at = max(was.created_at, was.last_message_at or was.created_at)
    if was.closed_at is not None and was.closed_at > past.now:
        was.status, was.closed_by, was.closed_at = "opened", None, None
    return was


def _customer(customer: Customer, now: Decimal) -> Customer:
    """Return the customer without visits since then; only the first visit is known from before."""
    first = customer.first_seen
    if first is not None and first > now:
        first = None
    late = customer.last_seen is not None and customer.last_seen > now
    return replace(customer, first_seen=first, last_seen=first if late else customer.last_seen)


class Past:
    """Keeps the endpoints of the past account until the account changes."""

    def __init__(self) -> None:
        """Begin with none."""
        self._of: tuple[int, int, Decimal, int] | None = None
        self._endpoints: Endpoints | None = None

    def endpoints(self, account: Account, seconds: int) -> Endpoints:
        """Return the endpoints of the account as it was these seconds ago."""
        key = (id(account), account.version, account.now, seconds)
        if self._endpoints is None or self._of != key:
            self._of, self._endpoints = key, Endpoints(account_before(account, seconds))
        return self._endpoints
