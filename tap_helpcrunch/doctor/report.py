"""The doctor's report: a table for people, JSON for programs. Only forms, names and counts: no value of any row."""

from __future__ import annotations

import json
import typing as t

from tap_helpcrunch.doctor.asking import see
from tap_helpcrunch.doctor.fields import Fields
from tap_helpcrunch.doctor.observations import OBSERVATIONS, differences
from tap_helpcrunch.doctor.seen import MODELS
from tap_helpcrunch.doctor.texts import TEXTS
from tap_helpcrunch.doctor.trouble import trouble

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_helpcrunch.doctor.seen import Answer, Seen
    from tap_helpcrunch.session import Session

Report = dict[str, t.Any]


def examine(session: Session, version: str) -> Report:
    """Ask the account and return the report, as it is written to stdout."""
    seen = see(session)
    return {
        "tap_version": version,
        "asked": session.client.sent,
        "dialect": {name: observe(seen) for name, observe in OBSERVATIONS.items()},
        "trouble": trouble(seen),
        "unknown_fields": {stream: sorted(names) for stream, names in sorted(Fields(seen).unknown.items())},
        "counts": _counts(seen),
    }


def _counts(seen: Seen) -> Report:
    """Return for each stream how many distinct rows were seen, and the total in its first answer."""
    first = {what: seen.lists(what) for what in ("chats", "customers")} | {"messages": seen.messages}
    off = dict(differences(seen))
    found: Report = {}
    for stream in MODELS:
        counted: Report = {"seen": len({str(row.get("id")) for row in seen.rows(stream)})}
        answers: list[Answer] = first.get(stream, [seen[stream]])
        if stream != "organization" and answers and answers[0].is_list:
            counted |= {"total": answers[0].total, "total_at": answers[0].place_of_total}
        if off.get(stream):
            counted["total_differs_by"] = off[stream]
        found[stream] = counted
    return found


def as_json(report: Report) -> str:
    """Return the report as JSON."""
    return json.dumps(report, indent=2)


def table(report: Report) -> Iterator[str]:
    """Yield the lines for people: what was observed and how the tap handles it, what was not, and what is wrong."""
    yield f"After {report['asked']} requests, this is how the account answers:"
    yield from _dialect(report["dialect"])
    for stream, names in report["unknown_fields"].items():
        yield f"Fields of {stream} that the tap does not know, and leaves out: {', '.join(names)}"
    for line in report["trouble"]:
        yield f"Trouble: {line}"
    if not report["trouble"]:
        yield "The tap can work with this account."


def _dialect(dialect: Report) -> Iterator[str]:
    unseen = [name for name, value in dialect.items() if value is None]
    for name, value in dialect.items():
        if value is not None:
            yield f"  {TEXTS[name].what:36} {_said(value):12} {TEXTS[name].does}"
    if dialect["absent"]:
        yield f"Documented fields in no row: {', '.join(dialect['absent'])}"
    if unseen:
        yield "Could not be seen:"
    for name in unseen:
        yield f"  {TEXTS[name].what:36} {TEXTS[name].unseen}"


def _said(value: t.Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return str(len(value) or "none")
    return f"{value:+d} s" if isinstance(value, int) else str(value)
