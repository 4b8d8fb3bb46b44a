"""The small streams, read whole at every run: agents, departments, applications, organization."""

from __future__ import annotations

import logging
import typing as t

from tap_helpcrunch.api.envelope import PAGE
from tap_helpcrunch.api.errors import KeyRefusedError, MissingError
from tap_helpcrunch.api.models import AGENT, APPLICATION, DEPARTMENT, ORGANIZATION
from tap_helpcrunch.streams.base import HelpCrunchStream

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record

logger = logging.getLogger("tap-helpcrunch")


class ListingStream(HelpCrunchStream):
    """All rows of a listing.

    Older generations of the API ignore offset and limit there, and a documented ``total`` is wrong.
    """

    path: str

    def get_records(self, context: Context | None) -> Iterator[Record]:  # noqa: ARG002
        """Yield the rows; a short page, one longer than asked for, or one that repeats the last is the end."""
        offset, last = 0, None
        while True:
            page = self.session.account.listing(self.path, self.model, offset).answer()
            ids = [row["id"] for row in page.rows]
            if ids == last:
                return
            yield from page.rows
            if len(ids) != PAGE or page.total == offset + PAGE:
                return
            offset, last = offset + PAGE, ids


class AgentsStream(ListingStream):
    """The team's members."""

    name = "agents"
    model = AGENT
    path = "/agents"


class DepartmentsStream(ListingStream):
    """The departments, each with its agents."""

    name = "departments"
    model = DEPARTMENT
    path = "/departments"


class ApplicationsStream(ListingStream):
    """The widgets, apps and messengers through which chats come in. Not every account or key may read them."""

    name = "applications"
    model = APPLICATION
    path = "/applications"

    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Yield the rows; none, with a warning, where the API does not offer them."""
        try:
            yield from super().get_records(context)
        except (KeyRefusedError, MissingError) as fault:
            passed_over(self.name, fault)


class OrganizationStream(HelpCrunchStream):
    """The account itself: one row. Not every key may read it."""

    name = "organization"
    model = ORGANIZATION

    def get_records(self, context: Context | None) -> Iterator[Record]:  # noqa: ARG002
        """Yield the one row; none, with a warning, where the API does not offer it."""
        try:
            yield self.session.account.single("/organization", self.model).answer()
        except (KeyRefusedError, MissingError) as fault:
            passed_over(self.name, fault)


def passed_over(name: str, fault: KeyRefusedError | MissingError) -> None:
    """Warn of an optional stream that cannot be read. A 401 is the key's fault, not the stream's, and ends the run.

    Raises:
        KeyRefusedError: for 401.
    """
    if isinstance(fault, KeyRefusedError) and fault.status != 403:  # noqa: PLR2004 - Forbidden
        raise fault
    logger.warning("%s is passed over, the API does not offer it to this key: %s", name, fault)
