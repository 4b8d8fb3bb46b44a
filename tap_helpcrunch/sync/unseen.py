"""Customers without ``lastSeen``: no key to walk by, so their end of the listing is read until all are found."""

from __future__ import annotations

import logging
import typing as t

from tap_helpcrunch.api.account import condition
from tap_helpcrunch.api.envelope import PAGE

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.account import Account
    from tap_helpcrunch.api.envelope import Page, Row

# Where the API does not count, or counts otherwise, so many passes in a row that show nobody new end it.
QUIET_PASSES = 6
KEY = "lastSeen"

logger = logging.getLogger("tap-helpcrunch")


def never_seen(account: Account) -> Iterator[Row]:
    """Yield every customer whose ``lastSeen`` is null, once.

    Nulls stand first in one of the two orders, the documents do not say in which. They have no order among themselves
    that could be relied on, and one who comes back leaves them (and is met by the walk that follows): where they fill
    more than a page, passes are made until there are as many as all customers less those who were seen.
    """
    order, page = _nulls_first(account)
    if page is None:
        return
    expected = _expected(account, page)
    known: set[int] = set()
    quiet = 0
    while quiet < QUIET_PASSES:
        before, offset, pages = len(known), 0, 1
        while True:
            nulls = [row for row in page.rows if not row.get(KEY)]
            yield from (row for row in nulls if row["id"] not in known)
            known.update(row["id"] for row in nulls)
            offset += len(page.rows)
            if len(nulls) < len(page.rows) or len(page.rows) < PAGE or offset == page.total:
                break
            page = account.customers(sort="customers.lastSeen", order=order, offset=offset).answer()
            pages += 1
        if pages == 1 or (expected is not None and len(known) >= expected):
            return
        quiet = quiet + 1 if len(known) == before else 0
        page = account.customers(sort="customers.lastSeen", order=order, offset=0).answer()
    if expected is not None:
        logger.warning("customers: %d of %d who were never seen could be listed", len(known), expected)


def _expected(account: Account, page: Page) -> int | None:
    """Return how many were never seen, where that is more than a page and the API counts."""
    if page.total is None or len(page.rows) < PAGE or page.rows[-1].get(KEY):
        return None
    ever = [condition("customers.lastSeen", ">=", 0)]
    seen = account.search("customers", ever, sort="customers.lastSeen", order="asc").answer().total
    return None if seen is None else page.total - seen


def _nulls_first(account: Account) -> tuple[str, Page | None]:
    for order in ("asc", "desc"):
        page = account.customers(sort="customers.lastSeen", order=order, offset=0).answer()
        if page.rows and not page.rows[0].get(KEY):
            return order, page
        if page.total is not None and page.total <= len(page.rows) and all(row.get(KEY) for row in page.rows):
            break
    return "", None
