"""The doctor's requests: a few, which only read, at the pace of any run."""

from __future__ import annotations

import logging
import re
import typing as t
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import urlsplit

from typing_extensions import override

from tap_helpcrunch.api.client import Request
from tap_helpcrunch.api.envelope import PAGE
from tap_helpcrunch.api.errors import HelpCrunchError, KeyRefusedError, MissingError, RejectedError
from tap_helpcrunch.api.questions import condition
from tap_helpcrunch.doctor.order import is_settled, nulls_of, ties_of
from tap_helpcrunch.doctor.seen import Answer, Listing, Seen
from tap_helpcrunch.streams import SMALL

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.doctor.seen import Status
    from tap_helpcrunch.session import Session

MOST_REQUESTS = 30
# When this many kinds of request fail, the trouble is not in one place.
MOST_FAILURES = 3
NO_CHAT = 2_147_483_647  # the largest 32-bit integer: a chat id that no account has reached, and a time in 2038
LONG_AGO = 1
CHATS_TRIED, EMPTY_TRIED, TIMES_REPEATED = 3, 2, 3
ONE_DAY, ROUNDED = 86_400, 60


@dataclass(frozen=True)
class Discreet(Request):
    """A request that shows no id in logs and errors."""

    optional: bool = True  # a few tries are enough

    @override
    def __str__(self) -> str:
        """Return the request as logs and errors show it, without ids."""
        return re.sub(r"/\d+", "/{id}", Request.__str__(self))


@contextmanager
def _no_addresses() -> Iterator[None]:
    """Keep the URLs that the HTTP library logs at DEBUG out of the log, because they contain ids."""
    logger = logging.getLogger("urllib3")
    before = logger.level
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(before)


class Asking:
    """Asks, and limits the number of requests."""

    def __init__(self, session: Session) -> None:
        """Ask with the session's client."""
        self._session = session
        self._host = urlsplit(session.settings.api_url).hostname or ""
        self._failed: set[str] = set()
        self._is_over = False
        self.asked = 0

    def __call__(self, path: str, body: dict[str, t.Any] | None = None, **params: t.Any) -> Answer:
        """Ask, and return the answer, whatever it is."""
        request = Discreet(path, params, body)
        kind = str(request).partition("?")[0]
        if self._is_over or kind in self._failed or self.asked >= MOST_REQUESTS:
            return Answer()
        self.asked += 1
        client = self._session.client
        try:
            return Answer("ok", client.result(client.submit(request, lambda body: body)))
        except HelpCrunchError as fault:
            status = _status(fault)
            if status == "failed":
                self._failed.add(kind)
            self._is_over = status == "refused" and self.asked == 1
            self._is_over = self._is_over or len(self._failed) >= MOST_FAILURES
            return Answer(status, elements=fault.elements, fault=str(fault).replace(self._host, "api_url"))


def _status(fault: HelpCrunchError) -> Status:
    if isinstance(fault, KeyRefusedError):
        return "refused"
    if isinstance(fault, MissingError):
        return "missing"
    return "rejected" if isinstance(fault, RejectedError) else "failed"


def see(session: Session) -> Seen:
    """Ask everything and return what was observed."""
    ask, seen = Asking(session), Seen(wants_chats=session.settings.chat_ids is not None)
    with _no_addresses():
        for look in (_lists, _searches, _small, _single, _threads, _ties):
            look(ask, seen)
    _clock(session, seen)
    return seen


def _list(ask: Asking, seen: Seen, what: str, key: str, order: str) -> None:
    answer = ask(f"/{what}", sort=f"{what}.{key}", order=order, offset=0, limit=PAGE)
    seen.listings.append(Listing(what, key, order, answer))


def _lists(ask: Asking, seen: Seen) -> None:
    """List chats and customers in both orders, until it is known where rows without a sort key are."""
    for what, key in (("chats", "lastMessageAt"), ("customers", "lastSeen"), ("chats", "closedAt")):
        if key != "closedAt" or nulls_of(seen) is None:
            for order in ("desc", "asc"):
                _list(ask, seen, what, key, order)
    for name, what, sort in (
        ("second chat", "chats", "chats.lastMessageAt"),
        ("second customer", "customers", "customers.lastSeen"),
    ):
        seen.answers[name] = ask(f"/{what}", sort=sort, order="desc", offset=1, limit=1)


def _search(ask: Asking, what: str, field: str, sign: str, value: int) -> Answer:
    asked = {"filter": [condition(field, sign, value)], "sort": field, "order": "asc", "offset": 0, "limit": PAGE}
    if field == "chats.updatedAt":
        asked |= {"sort": "chats.createdAt"}
    return ask(f"/{what}/search", asked)


def _searches(ask: Asking, seen: Seen) -> None:
    """Search for what exists, for what cannot exist, and by ``chats.updatedAt``."""
    seen.answers |= {
        "chats found": _search(ask, "chats", "chats.createdAt", ">=", LONG_AGO),
        "no chat found": _search(ask, "chats", "chats.createdAt", ">=", NO_CHAT),
        "updated later": _search(ask, "chats", "chats.updatedAt", ">=", NO_CHAT),
        "updated ever": _search(ask, "chats", "chats.updatedAt", ">=", LONG_AGO),
        "customers found": _search(ask, "customers", "customers.lastSeen", ">=", LONG_AGO),
    }


def _small(ask: Asking, seen: Seen) -> None:
    """Read the small tables, and one of them past its end."""
    for stream in SMALL:
        seen.answers[stream.name] = ask(f"/{stream.name}")
    if count := len(seen["agents"].rows):
        seen.answers["agents behind the end"] = ask("/agents", offset=count, limit=PAGE)


def _single(ask: Asking, seen: Seen) -> None:
    """Read a chat that cannot exist, one that exists, and a customer with custom attributes."""
    seen.answers["no chat"] = ask(f"/chats/{NO_CHAT}")
    ids = _ids(seen.rows("chats"))
    if ids:
        seen.chat = ids[0]
        seen.answers["chat"] = ask(f"/chats/{seen.chat}")
    customers = sorted(seen.rows("customers"), key=lambda row: not row.get("customData"))
    if ids := _ids(customers[:1]):
        seen.answers["customer"] = ask(f"/customers/{ids[0]}")


def _ids(rows: list[Row]) -> list[str]:
    """Return the ids of rows; anything that is not an id must not get into a URL."""
    found = [str(row.get("id")) for row in rows]
    return list(dict.fromkeys(text for text in found if re.fullmatch(r"[1-9][0-9]{0,18}", text)))


def _threads(ask: Asking, seen: Seen) -> None:
    """Read chats until one is complete and has an agent's message, then past its end, then one without messages."""
    rows = seen.rows("chats")
    spoken = [row for row in rows if row.get("lastMessageAt", "") is not None]
    for chat in _ids(sorted(spoken, key=lambda row: row.get("lastCommunicatedAgentId") is None))[:CHATS_TRIED]:
        if _thread(ask, seen, chat):
            break
    silent = [row for row in rows if row.get("lastMessageAt", "") is None and row.get("lastMessageId") is None]
    for chat in _ids(silent)[:EMPTY_TRIED]:
        seen.answers["no messages"] = answer = ask(f"/chats/{chat}/messages", offset=0, limit=PAGE)
        if not answer.rows:
            break


def _thread(ask: Asking, seen: Seen, chat: str) -> bool:
    """Read a chat, and past its end if it is the first complete one; return whether that is enough."""
    behind = "messages behind the end"
    seen.chats.append(chat)
    seen.messages.append(ask(f"/chats/{chat}/messages", offset=0, limit=PAGE))
    said = len(seen.messages[-1].rows)
    if 0 < said < PAGE and behind not in seen.answers:
        seen.answers[behind] = ask(f"/chats/{chat}/messages", offset=said, limit=PAGE)
    return behind in seen.answers and any(isinstance(row.get("agent"), dict) for row in seen.rows("messages"))


def _ties(ask: Asking, seen: Seen) -> None:
    """Ask for the page with the most rows of equal keys again, until it shows whether they keep their order."""
    listings = [listing for listing in seen.listings if ties_of(listing.answer.rows, listing.key)]
    if not listings:
        return
    most = max(listings, key=lambda listing: ties_of(listing.answer.rows, listing.key))
    seen.repeated_key, seen.repeats = most.key, [most.answer]
    for _ in range(TIMES_REPEATED):
        sort = f"{most.what}.{most.key}"
        seen.repeats.append(ask(f"/{most.what}", sort=sort, order=most.order, offset=0, limit=PAGE))
        if is_settled(seen):
            break


def _clock(session: Session, seen: Seen) -> None:
    """Compare the account's clock with this host's, in whole minutes: the rest is due to network and rounding."""
    if not any(answer.status == "ok" for answer in (*seen.answers.values(), *seen.lists("chats"))):
        return
    at = session.client.server_clock.at(session.clock.now())
    seen.has_date = at is not None
    if at is not None:
        skew = round((at - datetime.now(timezone.utc)).total_seconds() / ROUNDED) * ROUNDED
        seen.skew = skew if abs(skew) <= ONE_DAY else None
