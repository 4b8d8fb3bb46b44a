"""Every question the tap asks, and its answer in one form."""

from __future__ import annotations

import typing as t
from concurrent.futures import CancelledError
from contextlib import suppress

from tap_helpcrunch.api import envelope
from tap_helpcrunch.api.client import Request
from tap_helpcrunch.api.envelope import PAGE
from tap_helpcrunch.api.errors import BadAnswerError, HelpCrunchError, MissingError
from tap_helpcrunch.api.models import CHAT, CUSTOMER, MESSAGE

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tap_helpcrunch.api.client import Client
    from tap_helpcrunch.api.envelope import Page, Row
    from tap_helpcrunch.api.values import Model

Filter = dict[str, t.Any]

R = t.TypeVar("R")


def condition(field: str, operator: str, value: int) -> Filter:
    """Return one filter of a search: a field like ``chats.createdAt``, an operator, and an id or epoch seconds."""
    return {"field": field, "operator": operator, "value": value}


class Question(t.Generic[R]):
    """A request in flight, with what makes its answer readable."""

    def __init__(
        self,
        client: Client,
        request: Request,
        read: Callable[[t.Any], R],
        missing: Callable[[], R] | None = None,
        turn: int = 0,
    ) -> None:
        """Send the request.

        Args:
            client: sends it.
            request: what to ask.
            read: turns the parsed body into the answer.
            missing: returns what the API's own 404 means, if it means anything.
            turn: the chat's turn, if this is asked ahead.
        """
        self._client = client
        self._request = request
        self._read = read
        self._missing = missing
        self._future = client.submit(request, read, turn)

    def answer(self) -> R:
        """Wait for the answer.

        Raises:
            HelpCrunchError: the request failed for good, or a 404 does not mean "nothing there".
        """
        try:
            return self._client.result(self._future)
        except MissingError:
            if self._missing is None:
                raise
            return self._missing()

    def arrived(self) -> R | None:
        """Return the answer if it has arrived and is good, else None; do not wait (``answer`` raises what is wrong)."""
        if self._future.done():
            with suppress(HelpCrunchError, CancelledError):
                return self._future.result()
        return None

    def again(self) -> Question[R]:
        """Ask the same question again."""
        return Question(self._client, self._request, self._read, self._missing)

    def cancel(self) -> None:
        """Do not send the request, if it has not been sent yet."""
        self._future.cancel()


class Api:
    """The API. Each method starts one request and returns at once."""

    def __init__(self, client: Client) -> None:
        """Ask through this client."""
        self.client = client
        self._is_there = False  # a list has been answered, so a 404 elsewhere is about that one object

    def listing(self, what: str, *, sort: str, order: str, offset: int) -> Question[Page]:
        """List "chats" or "customers" (``GET /chats``, ``GET /customers``), sorted by a documented field."""
        params = {"sort": sort, "order": order, "offset": offset, "limit": PAGE}
        return self._page(Request(f"/{what}", params), _MODELS[what])

    def search(self, what: str, filters: list[Filter], *, optional: bool = False, **paging: t.Any) -> Question[Page]:
        """Search chats or customers (``POST /chats/search``); the API's own 404 is an answer without rows.

        Args:
            what: "chats" or "customers".
            filters: conditions, joined by AND unless ``comparison="OR"`` is given.
            optional: whether the run can continue without the answer.
            paging: sort, order, offset, comparison.
        """
        body = {"filter": filters, "comparison": "AND", "offset": 0, "limit": PAGE} | paging
        if len(filters) < 2:  # noqa: PLR2004 - documented for two filters or more
            del body["comparison"]
        request = Request(f"/{what}/search", body=body, optional=optional)
        return self._page(request, _MODELS[what], missing=lambda: self._nothing(envelope.Page([])))

    def chat(self, chat_id: int) -> Question[Row | None]:
        """Get one chat (``GET /chats/{id}``); None when the API says that it is gone."""
        request = Request(f"/chats/{chat_id}")

        def read(body: t.Any) -> Row:
            row = CHAT.read(envelope.single(body, request))
            if row.get("id") != chat_id:
                raise BadAnswerError(f"{request} answered with another chat")
            return row

        return Question(self.client, request, read, lambda: self._nothing(None))

    def messages(self, chat_id: int, offset: int, turn: int = 0, *, optional: bool = False) -> Question[Page]:
        """List a chat's messages, newest first (``GET /chats/{id}/messages``).

        Args:
            chat_id: the chat.
            offset: how many newer messages to leave out.
            turn: the chat's turn, if this is asked ahead.
            optional: whether the run can continue without the answer.

        Returns:
            The page; without rows for the API's own 404, which means that the chat is gone, has no messages, or has no
            more than the offset.
        """
        request = Request(f"/chats/{chat_id}/messages?offset={offset}&limit={PAGE}", optional=optional)

        def read(body: t.Any) -> Page:
            page = read_page(body, MESSAGE, request)
            for row in page.rows:
                chat = row.setdefault("chat", chat_id)
                if chat is None:
                    row["chat"] = chat_id
                elif chat != chat_id:
                    raise BadAnswerError(f"{request} answered with a message of another chat")
            return page

        return Question(self.client, request, read, lambda: self._nothing(envelope.Page([])), turn)

    def count(self, what: str) -> int | None:
        """Return how many "chats" or "customers" there are, with one request; None if the API does not say."""
        request = Request(f"/{what}", {"offset": 0, "limit": 1})
        page = Question(self.client, request, lambda body: envelope.page(body, request)).answer()
        # A total that is smaller than what is listed cannot be true.
        return page.total if page.total is not None and page.total >= len(page.rows) else None

    def reference(self, name: str, model: Model, offset: int | None) -> Question[Page]:
        """List agents, departments or applications; with no offset, as older generations of the API expect."""
        params = {} if offset is None else {"offset": offset, "limit": PAGE}
        return self._page(Request(f"/{name}", params, optional=offset is not None), model)

    def single(self, path: str, model: Model) -> Question[Row]:
        """Get the one object of an endpoint that takes no id (``GET /organization``)."""
        request = Request(path)
        return Question(self.client, request, lambda body: model.read(envelope.single(body, request)))

    def _nothing(self, nothing: R) -> R:
        """Return what a 404 means, once a list has shown that the API is there at all.

        With a wrong api_url everything is a 404. Read as "no chat", it would move the bookmark past all of them.

        Raises:
            MissingError: the list of chats is a 404, too.
        """
        if not self._is_there:
            Question(self.client, Request("/chats", {"limit": 1}), lambda body: envelope.page(body, "/chats")).answer()
            self._is_there = True
        return nothing

    def _page(self, request: Request, model: Model, missing: Callable[[], Page] | None = None) -> Question[Page]:
        def read(body: t.Any) -> Page:
            page = read_page(body, model, request)
            self._is_there = True
            return page

        return Question(self.client, request, read, missing)


_MODELS = {"chats": CHAT, "customers": CUSTOMER}


def read_page(body: t.Any, model: Model, request: Request) -> Page:
    """Return the rows of a list in the form of their model, each id once.

    Raises:
        BadAnswerError: it is not a list of objects with ids.
    """
    page = envelope.page(body, request)
    rows = {row.get("id"): row for row in map(model.read, page.rows)}
    if None in rows:
        raise BadAnswerError(f"{request} answered with a row that has no integer 'id'")
    return envelope.Page(list(rows.values()), page.total, repeats=len(page.rows) - len(rows))
