"""How a small stream is read, completely in every run: as a list, or as the only object of its endpoint."""

from __future__ import annotations

import time
import typing as t

from typing_extensions import override

from tap_helpcrunch.api.errors import KeyRefusedError, MissingError, RejectedError, UnreachableError
from tap_helpcrunch.streams.base import HelpCrunchStream
from tap_helpcrunch.sync.evidence import Evidence

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record

    from tap_helpcrunch.api.envelope import Page
    from tap_helpcrunch.api.questions import Question

# In the STATE: the version carried by the records of the last run.
VERSION = "version"

R = t.TypeVar("R")


class ReferenceStream(HelpCrunchStream):
    """A small stream; every run reads all of it.

    Attributes:
        doubt: why some rows may be missing; None if there is no doubt.
        may_be_missing: whether the API's own 403 or 404 means that there are no rows.
    """

    doubt: str | None = None
    may_be_missing = False

    def begin_version(self) -> None:
        """Let the records carry a version for this run, if the settings ask for versions."""
        if self.session.settings.emit_activate_version_messages:
            version = max(self.stream_state.get(VERSION, 0) + 1, int(time.time()))
            self.keep({VERSION: version})
            self.carry(version)

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Yield the rows; none, with a warning, if the API does not offer them to this key."""
        try:
            yield from self.read()
        except (KeyRefusedError, MissingError) as fault:
            if not self.may_be_missing or fault.refuses_all:
                raise
            self.doubt = "the API does not offer it"
            self.logger.warning("%s is skipped: the API does not offer it to this key: %s", self.name, fault)

    def read(self) -> Iterator[Record]:
        """Yield the rows."""
        raise NotImplementedError


class ListingStream(ReferenceStream):
    """All rows of a list.

    Older generations of the API ignore offset and limit here, or may refuse them, and a documented ``total`` is wrong.
    """

    @override
    def read(self) -> Iterator[Record]:
        """Yield the rows; read the list twice if they do not match the total, or if a total is needed and missing."""
        self._evidence = Evidence(self.session.limit)
        self._pages = True
        seen: set[int] = set()
        total = yield from self._once(seen)
        before = len(seen)
        self.doubt = None if before else "it is empty"
        settings = self.session.settings
        if not seen or (total or 0) > before or (total is None and settings.emit_activate_version_messages):
            total = yield from self._once(seen)
            if len(seen) != before:
                self.doubt = "two readings differ"
            elif (total or 0) > before:
                self.doubt = f"the API counts {total:,} rows, {before:,} were listed"

    def _once(self, seen: set[int]) -> t.Generator[Record, None, int | None]:
        first = page = self._ask(0)
        offset = 0
        while True:
            fresh = [row for row in page.rows if row["id"] not in seen]
            seen.update(row["id"] for row in fresh)
            yield from fresh
            if not fresh or not self._pages or self._evidence.is_last(page, offset):
                return page.total
            offset += max(1, len(page.rows) - 1)
            page = self._ask(offset)
            if page.rows == first.rows:
                return page.total  # offsets are ignored: the first page was everything

    def _ask(self, offset: int) -> Page:
        """Return the page at an offset, or all rows if paging is refused."""
        if self._pages:
            try:
                return answered(lambda: self.session.api.reference(self.name, self.model, offset))
            except (RejectedError, UnreachableError):
                self._pages = False
        return answered(lambda: self.session.api.reference(self.name, self.model, None))


class ObjectStream(ReferenceStream):
    """The only object of an endpoint."""

    @override
    def read(self) -> Iterator[Record]:
        """Yield the only row."""
        yield answered(lambda: self.session.api.single(f"/{self.name}", self.model))


def answered(ask: t.Callable[[], Question[R]]) -> R:
    """Ask; believe a refusal only the second time, except for a wrong key."""
    try:
        return ask().answer()
    except (KeyRefusedError, MissingError) as fault:
        if fault.refuses_all:
            raise
        return ask().answer()
