"""Every question the tap asks, and its answer in one form."""

from __future__ import annotations

import typing as t
from contextlib import suppress

from tap_helpcrunch.api import envelope
from tap_helpcrunch.api.client import Request
from tap_helpcrunch.api.envelope import PAGE
from tap_helpcrunch.api.errors import BadAnswerError, HelpCrunchError, MissingError
from tap_helpcrunch.api.models import CHAT, CUSTOMER, MESSAGE

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from tap_helpcrunch.api.client import Client
    from tap_helpcrunch.api.envelope import Page, Row
    from tap_helpcrunch.api.values import Model

Filter = dict[str, t.Any]

R = t.TypeVar("R")


def condition(field: str, operator: str, value: int) -> Filter:
    """Return one filter of a search: a field like ``chats.createdAt``, an operator, and an id or epoch seconds."""
    return {"field": field, "operator": operator, "value": value}


class Question(t.Generic[R]):
    """A request under way, with what makes its answer readable."""

    def __init__(
        self,
        client: Client,
        future: Future[t.Any],
        read: Callable[[t.Any], R],
        missing: Callable[[], R] | None = None,
    ) -> None:
        """Keep the request and how to read its answer; ``missing`` says what a 404 means, where it means something."""
        self._client = client
        self._future = future
        self._read = read
        self._missing = missing
        self._arrived: R | None = None

    def answer(self) -> R:
        """Wait for the answer.

        Raises:
            HelpCrunchError: the request failed for good; a 404 only where it does not mean "nothing there".
        """
        if self._arrived is not None:
            return self._arrived
        try:
            return self._read(self._client.result(self._future))
        except MissingError:
            if self._missing is None:
                raise
            return self._missing()

    def arrived(self) -> R | None:
        """Return the answer if it is there and good, without waiting; None else (``answer`` tells what is wrong)."""
        if self._arrived is None and self._future.done() and self._future.exception() is None:
            with suppress(HelpCrunchError):
                self._arrived = self._read(self._future.result())
        return self._arrived

    def cancel(self) -> None:
        """Spare the request if it has not been sent yet."""
        self._future.cancel()


class Account:
    """The account as the API shows it. Each method starts one request and returns at once."""

    def __init__(self, client: Client) -> None:
        """Ask through this client."""
        self.client = client
        self._listed: set[str] = set()

    def chats(self, *, sort: str, order: str, offset: int) -> Question[Page]:
        """List chats (``GET /chats``), sorted by a documented field."""
        params = {"sort": sort, "order": order, "offset": offset, "limit": PAGE}
        return self._page(Request("/chats", params), CHAT, lists="chats")

    def search(self, what: str, filters: list[Filter], **paging: t.Any) -> Question[Page]:
        """Search chats or customers (``POST /chats/search``); a search without a match may be a 404, which is no row.

        Args:
            what: "chats" or "customers".
            filters: conditions, joined by AND unless ``comparison="OR"`` is given.
            paging: sort, order, offset, comparison.
        """
        body = {"filter": filters, "comparison": "AND", "offset": 0, "limit": PAGE} | paging
        if len(filters) < 2:  # noqa: PLR2004 - documented as needed with two filters or more only
            del body["comparison"]
        model = CHAT if what == "chats" else CUSTOMER
        return self._page(
            Request(f"/{what}/search", body=body), model, missing=lambda: self._nothing(what, envelope.Page([], 0))
        )

    def chat(self, chat_id: int) -> Question[Row | None]:
        """Get one chat (``GET /chats/{id}``); None when it is gone."""
        request = Request(f"/chats/{chat_id}")
        return self._ask(
            request,
            lambda body: CHAT.read(envelope.single(body, str(request))),
            missing=lambda: self._nothing("chats", None),
        )

    def messages(self, chat_id: int, offset: int, turn: int = 0) -> Question[Page | None]:
        """List a chat's messages, newest first (``GET /chats/{id}/messages``).

        Args:
            chat_id: the chat.
            offset: how many newer messages to leave out.
            turn: of the chat, where it is asked ahead.

        Returns:
            The page; None for a 404, which means that the chat is gone, or has no messages, or not so many.
        """
        request = Request(f"/chats/{chat_id}/messages", {"offset": offset, "limit": PAGE})

        def read(body: t.Any) -> Page | None:
            page = _read_page(body, MESSAGE, request)
            for row in page.rows:
                if row.get("chat") is None:
                    row["chat"] = chat_id
            return page

        return self._ask(request, read, lambda: self._nothing("chats", None), turn)

    def customers(self, *, sort: str, order: str, offset: int) -> Question[Page]:
        """List customers (``GET /customers``)."""
        params = {"sort": sort, "order": order, "offset": offset, "limit": PAGE}
        return self._page(Request("/customers", params), CUSTOMER, lists="customers")

    def count(self, what: str) -> int | None:
        """Return how many "chats" or "customers" there are, for one request; None where the API does not tell."""
        request = Request(f"/{what}", {"offset": 0, "limit": 1})
        page = self._ask(request, lambda body: envelope.page(body, str(request))).answer()
        # A total that is smaller than what is listed cannot be true.
        return page.total if page.total is not None and page.total >= len(page.rows) else None

    def listing(self, path: str, model: Model, offset: int) -> Question[Page]:
        """List agents, departments or applications; older generations ignore offset and limit."""
        return self._page(Request(path, {"offset": offset, "limit": PAGE}), model)

    def single(self, path: str, model: Model) -> Question[Row]:
        """Get the one object of an endpoint without id (``GET /organization``)."""
        request = Request(path)
        return self._ask(request, lambda body: model.read(envelope.single(body, str(request))))

    def _nothing(self, what: str, nothing: R) -> R:
        """Return what a 404 means, once the listing of the same things has shown that the API is there at all.

        With a wrong api_url everything is a 404; taken for "no chat", it would move the bookmark past all of them.

        Raises:
            MissingError: the listing is a 404, too.
        """
        if what not in self._listed:
            self.client.fetch(Request(f"/{what}", {"limit": 1}))
            self._listed.add(what)
        return nothing

    def _page(
        self, request: Request, model: Model, missing: Callable[[], Page] | None = None, lists: str | None = None
    ) -> Question[Page]:
        def read(body: t.Any) -> Page:
            page = _read_page(body, model, request)
            if lists:
                self._listed.add(lists)
            return page

        return self._ask(request, read, missing)

    def _ask(
        self,
        request: Request,
        read: Callable[[t.Any], R],
        missing: Callable[[], R] | None = None,
        turn: int = 0,
    ) -> Question[R]:
        return Question(self.client, self.client.submit(request, turn), read, missing)


def _read_page(body: t.Any, model: Model, request: Request) -> Page:
    page = envelope.page(body, str(request))
    rows = [model.read(row) for row in page.rows]
    if any(row.get("id") is None for row in rows):
        raise BadAnswerError(f"{request} answered a row without an integer 'id'")
    return envelope.Page(rows, page.total)
