"""The account as it was a while ago, for stale answers."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.account import Account
from simulator.endpoints import Endpoints

if TYPE_CHECKING:
    from decimal import Decimal

    from simulator.model import Customer


def account_before(account: Account, seconds: int) -> Account:
    """Return the account without the chats, messages and customers of the last seconds.

    What was only changed since (closed, rated, edited, read) is as it is now, and what was deleted
    stays away. A customer who came again since was seen for the first time only.
    """
    past = Account(account.now - seconds)
    past.agents, past.departments, past.applications = account.agents, account.departments, account.applications
    past.organization = account.organization
    for number, chat in account.chats.items():
        if chat.created_at > past.now:
            continue
        thread = account.threads[number]
        past.threads[number] = thread[: bisect_right(thread, past.now, key=lambda message: message.created_at)]
        past.chats[number] = chat
        if len(past.threads[number]) < len(thread):
            past.chats[number] = replace(chat)
            past.summarise(past.chats[number])
    for number, customer in account.customers.items():
        if customer.first_seen is None or customer.first_seen <= past.now:
            past.customers[number] = _customer(customer, past.now)
    return past


def _customer(customer: Customer, now: Decimal) -> Customer:
    late = customer.last_seen is not None and customer.last_seen > now
    return replace(customer, last_seen=customer.first_seen) if late else customer


class Past:
    """Keeps what answers for the past until the account changes."""

    def __init__(self) -> None:
        """Know no past yet."""
        self._of: tuple[int, int, Decimal, int] | None = None
        self._endpoints: Endpoints | None = None

    def endpoints(self, account: Account, seconds: int) -> Endpoints:
        """Return what answers as the account did those seconds ago."""
        key = (id(account), account.version, account.now, seconds)
        if self._endpoints is None or self._of != key:
            self._of, self._endpoints = key, Endpoints(account_before(account, seconds))
        return self._endpoints
