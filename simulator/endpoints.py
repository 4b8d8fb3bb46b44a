"""Answers requests: which records, in which envelope, or which error."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING, Any

from simulator.model import SMALL, whole
from simulator.query import MOST, Order, Page, Refusal, Shelf, invalid, read_search
from simulator.speech import Row, Speaker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.account import Account
    from simulator.dialect import Dialect

# The code of the second element in newer error bodies, if no field is to blame.
_STATUS_CODES = {401: "unauthorized", 404: "not_found", 405: "method_not_allowed", 429: "too_many_requests"}


def error_body(dialect: Dialect, refusal: Refusal) -> Row:
    """Return the documented body of an error."""
    if dialect.errors == "one":
        return {"errors": [{"code": refusal.code, "message": refusal.message}]}
    code = refusal.field or _STATUS_CODES.get(refusal.status, refusal.code)
    generic = {"code": "invalid_request", "message": "The request is invalid."}
    return {"errors": [generic, {"code": code, "message": refusal.message}]}


def too_many() -> Refusal:
    """Return the refusal of a request that exceeds the quota."""
    return Refusal(429, "too_many_requests", "You have exceeded your requests limit")


def _missing(code: str, what: str) -> Refusal:
    return Refusal(404, code, f"{what} missing")


def _number(text: str, kind: str) -> int:
    if not re.fullmatch(r"[0-9]{1,19}", text) or not 0 < int(text) < 2**63:
        code = f"invalid_{kind}_value"
        raise Refusal(400, code, f"Invalid {kind} ID", code)
    return int(text)


def _body(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise Refusal(400, "invalid_json", "The body is not JSON", "invalid_json") from None
    if not isinstance(body, dict):
        raise invalid("body", "This value should be of type object.")
    return body


class Endpoints:
    """The reading part of the API, for one account."""

    def __init__(self, account: Account, seed: int = 0, most: int = MOST) -> None:
        """Answer for this account; the seed is for ties in random order, `most` is the largest page."""
        self.account = account
        self._most = most
        self._shelf = Shelf(account, random.Random(seed))

    def answer(
        self, dialect: Dialect, method: str, path: str, params: Mapping[str, str], raw: bytes
    ) -> tuple[int, Any]:
        """Answer a request with a valid key; `path` is what follows /v1."""
        try:
            return 200, self._answer(Speaker(self.account, dialect), method, path, params, raw)
        except Refusal as refusal:
            return refusal.status, error_body(dialect, refusal)

    def _answer(self, speaker: Speaker, method: str, path: str, params: Mapping[str, str], raw: bytes) -> Any:
        parts = path.strip("/").split("/")
        searching = parts in (["chats", "search"], ["customers", "search"])
        if method != ("POST" if searching else "GET"):
            raise Refusal(405, "method_not_allowed", "Method not allowed")
        match parts:
            case [kind, "search"] if searching:
                return self._search(speaker, kind, _body(raw))
            case ["chats" | "customers" as kind]:
                return self._list(speaker, kind, params)
            case ["chats" | "customers" as kind, number]:
                return self._single(speaker, kind[:-1], _number(number, kind[:-1]))
            case ["chats", chat, "messages"]:
                return self._messages(speaker, _number(chat, "chat"), params)
            case [kind] if kind in SMALL:
                return self._small(speaker, kind, params)
            case ["organization"]:
                return {"data": speaker.organization()}
        raise _missing("entity_not_found", "Entity is")

    @staticmethod
    def _envelope(dialect: Dialect, kind: str, rows: list[Any], total: int) -> Row:
        own = kind in SMALL and dialect.reference_key == "own"
        key = dialect.messages_key if kind == "messages" else kind if own else "data"
        answer: Row = {key: [rows] if kind == "messages" and dialect.nested_rows else rows}
        if dialect.total == "absent":
            return answer
        counted = {"total": {"too many": total + 1, "page": len(rows)}.get(dialect.total, total)}
        if dialect.total in ("top", "meta"):
            return answer | (counted if dialect.total == "top" else {"meta": counted})
        if kind in SMALL and dialect.reference_paging != "honoured":
            return answer
        return answer | ({"meta": counted} if kind in SMALL or kind == "chats" else counted)

    def _list(self, speaker: Speaker, kind: str, params: Mapping[str, str]) -> Row:
        order, page = Order.read(kind, params), Page.read(params, self._most)
        return self._rows(speaker, kind, page, self._shelf.ordered(kind, order, speaker.dialect))

    def _rows(self, speaker: Speaker, kind: str, page: Page, records: list[Any]) -> Row:
        say = speaker.chat if kind == "chats" else speaker.customer
        return self._envelope(speaker.dialect, kind, [say(record) for record in page.of(records)], len(records))

    def _search(self, speaker: Speaker, kind: str, body: dict[str, Any]) -> Row:
        dialect = speaker.dialect
        test, order, page = read_search(kind, body, dialect, self._most)
        records = self._shelf.ordered(kind, order, dialect)
        if test is not None:
            records = [record for record in records if test(record)]
        if not records and dialect.search_none == "404":
            raise _missing("entity_not_found", "Entities are")
        return self._rows(speaker, kind, page, records)

    def _single(self, speaker: Speaker, kind: str, number: int) -> Row:
        if kind == "chat" and number in self.account.chats:
            return speaker.chat(self.account.chats[number])
        if kind == "customer" and number in self.account.customers:
            return speaker.customer(self.account.customers[number], single=True)
        raise _missing(f"{kind}_not_found", f"{kind.title()} is")

    def _messages(self, speaker: Speaker, number: int, params: Mapping[str, str]) -> Row:
        dialect = speaker.dialect
        page = Page.read(params, self._most)
        if number not in self.account.threads:
            raise _missing("chat_not_found", "Chat is")
        thread = self.account.threads[number]
        if dialect.ties == "shuffled":
            thread = self._shelf.shuffled(thread, lambda message: whole(message.created_at))
        total = len(thread)
        end = max(0, total - page.offset)
        found = thread[max(0, end - page.limit) : end]
        form = dialect.past_end if total else dialect.empty_messages
        if not found and form == "404":
            raise _missing("messages_not_found", "Messages are")
        return self._envelope(dialect, "messages", [speaker.message(one) for one in reversed(found)], total)

    def _small(self, speaker: Speaker, kind: str, params: Mapping[str, str]) -> Row | list[Row]:
        dialect = speaker.dialect
        rows = speaker.small(kind)
        total = len(rows)
        if dialect.reference_ids == "text":
            rows = [{**row, "id": str(row["id"])} for row in rows]
        if dialect.reference_paging == "honoured":
            rows = Page.read(params, self._most).of(rows)
        for name in ("limit", "offset"):
            if name in params and dialect.reference_paging == "refused":
                raise invalid(name, "This field was not expected.")
        return rows if dialect.reference_key == "bare" else self._envelope(dialect, kind, rows, total)
