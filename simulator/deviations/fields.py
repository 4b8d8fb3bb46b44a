"""Deviations of fields: absent, null, or in another form."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from simulator.deviations.envelope import Row, each
from simulator.deviations.shapes import ALL, CHATS, CUSTOMERS, Answer, Deviation, Scene

if TYPE_CHECKING:
    from collections.abc import Callable

_TIMES = frozenset(
    {
        "closedAt",
        "createdAt",
        "firstSeen",
        "lastCustomerMessageAt",
        "lastMessageAt",
        "lastSeen",
        "snoozedUntil",
        "updatedAt",
    }
)
_IDS = frozenset({"id", "chat", "applicationId", "lastCommunicatedAgentId", "lastMessageId"})
_OF_CHATS = CHATS | {"chat"}
_DATED = _OF_CHATS | {"messages"}


def _on_row(change: Callable[[Row], Row]) -> Callable[[Answer, Scene], Answer]:
    return lambda answer, scene: each(answer, scene, change)


def _times(say: Callable[[Decimal], Any]) -> Callable[[Answer, Scene], Answer]:
    """Return the hook that changes the form of all times in the rows."""

    def form(name: str, value: Any) -> Any:
        try:
            return say(Decimal(str(value))) if name in _TIMES else value
        except (ArithmeticError, ValueError):
            # Null, or changed by another deviation already.
            return value

    return _on_row(lambda row: {name: form(name, value) for name, value in row.items()})


def _with_texts(value: Any) -> Any:
    """Return a JSON value with its ids as texts, except `id` in users' own data."""
    if isinstance(value, list):
        return [_with_texts(one) for one in value]
    if not isinstance(value, dict):
        return value
    said = {name: one if name == "customData" else _with_texts(one) for name, one in value.items()}
    return {name: str(one) if name in _IDS and isinstance(one, int) else one for name, one in said.items()}


def _field(name: str, words: str, kinds: frozenset[str]) -> tuple[Deviation, Deviation]:
    """Return the two deviations of a field without values."""

    def missing(row: Row) -> Row:
        return {key: value for key, value in row.items() if key != name}

    def null(row: Row) -> Row:
        return {**row, name: None} if name in row else row

    return (
        Deviation(f"{words}-missing", f"No row has `{name}`.", kinds, say=_on_row(missing)),
        Deviation(f"{words}-null", f"`{name}` is null in every row.", kinds, say=_on_row(null)),
    )


FIELDS = (
    *_field("lastMessageAt", "last-message-at", _OF_CHATS),
    *_field("createdAt", "created-at", _DATED),
    *_field("lastSeen", "last-seen", CUSTOMERS),
    *_field("id", "id", ALL),
    Deviation("ids-as-texts", "Ids are strings of digits.", ALL, say=_on_row(_with_texts)),
    Deviation(
        "times-in-milliseconds",
        "Times are milliseconds.",
        _DATED | CUSTOMERS,
        say=_times(lambda seconds: int(seconds * 1000)),
    ),
    Deviation(
        "times-in-iso-8601",
        "Times are ISO 8601.",
        _DATED | CUSTOMERS,
        say=_times(lambda seconds: datetime.fromtimestamp(float(seconds), timezone.utc).isoformat("T", "milliseconds")),
    ),
)
