"""What the tap cannot work with: a run would end with exit code 1.

Much that is odd is no trouble. If the list of chats cannot be used the search is, and the other way round; and the tap
copes with an order or a filter that is ignored, a time that cannot be read, and a count that is wrong.
"""

from __future__ import annotations

import typing as t

from tap_helpcrunch.api import envelope
from tap_helpcrunch.api.envelope import PAGE
from tap_helpcrunch.api.errors import BadAnswerError
from tap_helpcrunch.streams import SMALL

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.doctor.seen import Answer, Seen

# Here the API's own 404 or 403 means that there are no rows.
MAY_BE_MISSING = frozenset(stream.name for stream in SMALL if stream.may_be_missing)
# No stream is read from these, except the chats of chat_ids.
MAY_BE_FORBIDDEN = MAY_BE_MISSING | {"chat", "no chat", "customer"}
NAMES = {
    "chat": "GET /chats/{id}",
    "chats": "GET /chats",
    "chats found": "POST /chats/search",
    "customers": "GET /customers",
    "customers found": "POST /customers/search",
    "messages": "GET /chats/{id}/messages",
}


def trouble(seen: Seen) -> list[str]:
    """Return one line for each, without repeats."""
    found = [*_key(seen), *_chats(seen), *_messages(seen), *_customers(seen), *_small(seen)]
    return list(dict.fromkeys(found))


def _wrong(name: str, answer: Answer) -> str | None:
    """Return what is wrong with an answer that should list rows."""
    if answer.status == "unasked":
        return None
    if answer.fault is not None:
        return answer.fault
    if not answer.is_list:
        return f"{NAMES.get(name, f'GET /{name}')} does not answer with a list of objects"
    bad = sum(not _is_id(row.get("id")) for row in answer.rows)
    return f"{NAMES.get(name, f'GET /{name}')}: {bad} of {len(answer.rows)} rows have no integer 'id'" if bad else None


def _is_id(value: t.Any) -> bool:
    return type(value) is int or (isinstance(value, str) and value.isdecimal())


def _key(seen: Seen) -> Iterator[str]:
    """Yield the refusals of the key."""
    answers = {f"{listing.key} {listing.order}": listing.answer for listing in seen.listings} | seen.answers
    if seen.wants_chats:
        # The chats of chat_ids are read by id.
        yield from filter(None, [_single(seen)])
    for name, answer in answers.items():
        if answer.status == "refused" and answer.fault and not (name in MAY_BE_FORBIDDEN and "(403" in answer.fault):
            yield answer.fault


def _single(seen: Seen) -> str | None:
    """Return what is wrong with the answer for a single chat."""
    answer = seen["chat"]
    if answer.status == "unasked":
        return None
    try:
        number = envelope.single(answer.body, "")["id"]
    except BadAnswerError:
        return answer.fault or f"{NAMES['chat']} does not answer with an object that has an 'id'"
    return None if str(number) == seen.chat else f"{NAMES['chat']} answers with another chat"


def _chats(seen: Seen) -> Iterator[str]:
    """Yield what is wrong with both ways to the chats."""
    listed = [_wrong("chats", answer) for answer in seen.lists("chats")]
    searched = [_wrong("chats found", seen["chats found"])]
    if any(listed) and any(searched):
        yield from filter(None, [*listed, *searched])


def _messages(seen: Seen) -> Iterator[str]:
    for answer in seen.messages:
        if answer.status != "missing" and (line := _wrong("messages", answer)):
            yield line
    # The chats were listed with a last message, so they have some.
    if seen.messages and all(answer.is_nothing for answer in seen.messages):
        yield f"{NAMES['messages']} answers with none for chats that have a last message"
    if any(_is_of_another(chat, answer) for chat, answer in zip(seen.chats, seen.messages, strict=True)):
        yield f"{NAMES['messages']} answers with messages of another chat"
    yield from _behind_the_end(seen)


def _is_of_another(chat: str, answer: Answer) -> bool:
    return any(str(row.get("chat") or chat) != chat for row in answer.rows)


def _behind_the_end(seen: Seen) -> Iterator[str]:
    """Yield what keeps the tap from reading a chat's second page."""
    behind = seen["messages behind the end"]
    if behind.status == "rejected":
        yield behind.fault or ""
    # If pages are just short, the next one continues; if the offset is ignored, it repeats.
    first = {row.get("id") for answer in seen.messages for row in answer.rows}
    if any(row.get("id") in first for row in behind.rows):
        yield f"{NAMES['messages']} ignores the offset: only the newest messages of a long chat can be read"


def _customers(seen: Seen) -> Iterator[str]:
    found = seen["customers found"]
    yield from filter(None, [_wrong("customers", answer) for answer in seen.lists("customers")])
    if found.status != "missing" and (line := _wrong("customers found", found)):
        yield line
    yield from _contradiction(seen)
    yield from _second_page(seen)


def _contradiction(seen: Seen) -> Iterator[str]:
    """Yield contradictions between the list and the search of customers."""
    found, listed = seen["customers found"], seen.lists("customers")
    if found.is_nothing and any(row.get("lastSeen") for answer in listed for row in answer.rows):
        yield f"{NAMES['customers found']} finds none of those that {NAMES['customers']} lists"
    if found.rows and all(answer.is_nothing for answer in listed):
        yield f"{NAMES['customers']} lists none of those that {NAMES['customers found']} finds"


def _second_page(seen: Seen) -> Iterator[str]:
    first, second = seen.lists("customers")[:1], seen["second customer"]
    if second.status == "rejected":
        yield second.fault or ""
    elif first and second.rows and len(first[0].rows) == PAGE:
        one, two = (row.get("id") for row in first[0].rows[:2])
        if second.rows[0].get("id") == one != two:
            yield f"{NAMES['customers']} ignores the offset: only the first page can be read"


def _small(seen: Seen) -> Iterator[str]:
    for name in (stream.name for stream in SMALL):
        answer = seen[name]
        if name in MAY_BE_MISSING and answer.status in {"missing", "refused"}:
            continue
        if name == "organization" and answer.status == "ok":
            if seen.organization is None:
                yield "GET /organization does not answer with an object that has an 'id'"
        elif line := _wrong(name, answer):
            yield line
