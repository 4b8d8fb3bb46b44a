"""Customers without ``lastSeen``: no key to walk by, so their end of the listing is read until nothing new appears."""

from __future__ import annotations

import logging
import typing as t

from tap_helpcrunch.api.account import PAGE

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.account import Account
    from tap_helpcrunch.api.envelope import Page, Row

MOST_PASSES = 10
KEY = "lastSeen"

logger = logging.getLogger("tap-helpcrunch")


def never_seen(account: Account) -> Iterator[Row]:
    """Yield every customer whose ``lastSeen`` is null, once.

    Nulls stand first in one of the two orders, the documents do not say in which. They have no order among themselves
    that could be relied on, and one who comes back leaves them (and is met by the walk that follows): where they fill
    more than a page, passes are made until one of them shows nobody new.
    """
    order, page = _nulls_first(account)
    if page is None:
        return
    known: set[int] = set()
    for _ in range(MOST_PASSES):
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
        if pages == 1 or len(known) == before:
            return
        page = account.customers(sort="customers.lastSeen", order=order, offset=0).answer()
    logger.warning(
        "customers: new ones who were never seen still appeared in pass %d; the next full refresh reads them again",
        MOST_PASSES,
    )


def _nulls_first(account: Account) -> tuple[str, Page | None]:
    for order in ("asc", "desc"):
        page = account.customers(sort="customers.lastSeen", order=order, offset=0).answer()
        if page.rows and not page.rows[0].get(KEY):
            return order, page
        if page.total is not None and page.total <= len(page.rows) and all(row.get(KEY) for row in page.rows):
            break
    return "", None
