"""All deviations by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.deviations.clocks import CLOCKS
from simulator.deviations.errors import ERRORS
from simulator.deviations.fields import FIELDS
from simulator.deviations.forms import FORMS
from simulator.deviations.pages import PAGES
from simulator.deviations.rows import ROWS
from simulator.deviations.totals import TOTALS
from simulator.deviations.transport import TRANSPORT

if TYPE_CHECKING:
    from simulator.deviations.shapes import Deviation

_GROUPS: tuple[tuple[Deviation, ...], ...] = (ROWS, PAGES, TOTALS, FORMS, FIELDS, ERRORS, CLOCKS, TRANSPORT)

DEVIATIONS: dict[str, Deviation] = {deviation.name: deviation for group in _GROUPS for deviation in group}
