"""Which chats changed without a message that moves them: created or closed ones, and those that ``updatedAt`` finds.

Chats have no field ``updatedAt``. The documents offer search filters by ``createdAt`` and ``closedAt`` (joined by OR in
one request) and, in some versions only, a filter by ``chats.updatedAt``: it may work, be refused with 400, or be
ignored, and then everything is returned. A probe decides whether to use it, and nothing depends on it.
"""

from __future__ import annotations

import logging
import typing as t

from tap_helpcrunch.api.errors import HelpCrunchError, KeyRefusedError, RejectedError, UnprovenError
from tap_helpcrunch.api.questions import condition
from tap_helpcrunch.api.values import seconds
from tap_helpcrunch.sync.descent import Descent
from tap_helpcrunch.sync.place import of
from tap_helpcrunch.sync.source import EVER, ByOffset
from tap_helpcrunch.sync.visit import happened

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.api.envelope import Page, Row
    from tap_helpcrunch.api.questions import Api, Question
    from tap_helpcrunch.sync.listing import Listing

FAR_FUTURE = 2_000_000_000  # epoch seconds; in the year 2033, and within 32 bits

logger = logging.getLogger("tap-helpcrunch")


class Announced:
    """Asks for them. One object serves a whole run, so the result of the probe is kept."""

    def __init__(self, api: Api, listing: Listing) -> None:
        """Share the listing with the walks."""
        self._api = api
        self._listing = listing
        self._updated_at: bool | None = None
        self._search_works = True

    def since(self, moment: str, known: Row | None) -> Iterator[list[Row]]:
        """Yield the chats created, closed or otherwise changed at the moment or later, in the order of their creation.

        Args:
            moment: since when.
            known: a chat that exists. It is asked for too: an answer without it shows that the search is wrong.
        """
        if self._search_works:
            try:
                yield from self._proven(moment, known)
            except HelpCrunchError as fault:
                if isinstance(fault, KeyRefusedError):
                    raise
                self._search_works = False
                logger.warning(
                    "%s: created and closed chats are read from the list instead; other changes that move no chat "
                    "arrive with its next visit or refresh",
                    fault,
                )
            else:
                return
        for rows in self._listed(moment):
            yield [row for row in rows if happened(row, moment)]

    def _listed(self, moment: str) -> Iterator[list[Row]]:
        """Yield the lists with the chats created or closed at the moment or later."""
        yield from self._listing.newest_first(stop=moment)
        try:
            yield from Descent(self._listing.by_offset("closedAt"), stop=moment)
        except HelpCrunchError as fault:
            if isinstance(fault, KeyRefusedError):
                raise
            logger.warning("%s: all chats are listed to find the closed ones", fault)
            yield from self._listing.newest_first()

    def asked_along(self, moment: str, known: Row | None, *, twice: bool) -> Iterator[list[Row]]:
        """Yield what ``updatedAt`` finds among the known chat and newer ones: ``since`` asks for those as proofs.

        Args:
            moment: since when.
            known: the chat.
            twice: whether an answer without rows, which may be odd, is worth a second request. One that counts rows is.
        """
        created = _created(known, moment)
        if created >= moment or not self._search_works or self._updated_at is False:
            return
        source = self._search("AND", {"chats.createdAt": created, "chats.updatedAt": moment}, optional=True)
        answers = self._answers(source.ask(0), twice=twice)
        # Where the filter by `updatedAt` is ignored, the known chat is there.
        if not any(answers):
            self._note_updated_at(works=bool(answers))
        elif self._updated_at_works():
            yield from filter(None, answers)
            yield from Descent(source)

    def any_chat(self) -> bool:
        """Return whether the search finds any chat: if the listing is empty, the account may have none."""
        ever = condition("chats.createdAt", ">=", EVER)
        return bool(self._api.search("chats", [ever], sort="chats.createdAt", order="desc", limit=1).answer().rows)

    def _proven(self, moment: str, known: Row | None) -> Iterator[list[Row]]:
        """Yield what the search finds, searching again if that fails: some changes are found nowhere else."""
        try:
            yield from self._searched(moment, known)
        except (RejectedError, UnprovenError):
            yield from self._searched(moment, known)

    def _searched(self, moment: str, known: Row | None) -> Iterator[list[Row]]:
        created = min(moment, _created(known, moment))
        updates = {"chats.updatedAt": moment} if self._updated_at_works() else {}
        source = self._search("OR", {"chats.createdAt": created, "chats.closedAt": moment, **updates})
        missing = {known["id"]} if known is not None else set()
        for rows in Descent(source):
            missing.difference_update(row["id"] for row in rows)
            # The row of a chat that `updatedAt` found does not show when it changed.
            yield [row for row in rows if happened(row, moment) or (updates and of(row, "createdAt")[0] < created)]
        if missing:
            raise UnprovenError(f"{source.name} leaves out a chat that GET /chats lists")

    def _search(self, comparison: str, asked: dict[str, str], *, optional: bool = False) -> ByOffset:
        """Return a search for chats whose fields have these times or later ones, in the order of their creation."""
        filters = [condition(field, ">=", max(EVER, seconds(since))) for field, since in asked.items()]

        def ask(offset: int) -> Question[Page]:
            return self._api.search(
                "chats",
                filters,
                optional=optional,
                comparison=comparison,
                sort="chats.createdAt",
                order="desc",
                offset=offset,
            )

        source = ByOffset("POST /chats/search for what changed", "createdAt", self._listing.searched, ask)
        source.is_odd = lambda row: not row.get("createdAt")
        return source

    def _updated_at_works(self) -> bool:
        """Ask once for chats updated in the far future: no rows mean that the filter is honoured."""
        if self._updated_at is None:
            field = condition("chats.updatedAt", ">=", FAR_FUTURE)
            future = self._api.search("chats", [field], optional=True, sort="chats.createdAt", order="desc")
            page = self._unless_refused(future) or self._unless_refused(future.again())
            self._note_updated_at(works=page is not None and not page.rows)
        return self._updated_at is True

    def _note_updated_at(self, *, works: bool) -> None:
        self._updated_at = works
        if not works:
            logger.info(
                "this account cannot search by chats.updatedAt: changes that move no chat arrive with its next visit "
                "or refresh"
            )

    def _answers(self, question: Question[Page], *, twice: bool) -> list[list[Row]]:
        """Return the rows of the answer, and of a second one if the first has none and may be odd."""
        page = self._unless_refused(question)
        answers = [] if page is None else [page.rows]
        if not any(answers) and (twice or (page and page.total)):
            again = self._unless_refused(question.again())
            answers += [] if again is None else [again.rows]
        return answers

    @staticmethod
    def _unless_refused(question: Question[Page]) -> Page | None:
        """Return the answer, or None if the request fails."""
        try:
            return question.answer()
        except KeyRefusedError:
            raise
        except HelpCrunchError:
            return None


def _created(known: Row | None, otherwise: str) -> str:
    return (known or {}).get("createdAt") or otherwise
