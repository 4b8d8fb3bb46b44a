"""How an account answers: the documented forms of the same answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args, get_type_hints

TimeForm = Literal["integer", "digits", "decimal", "float"]

_READ = frozenset({"readByAgent", "readByCustomer"})
_LATER_FIELDS = _READ | {"createdWith", "applicationId", "createdFrom", "integrationId"}


@dataclass(frozen=True)
class Dialect:
    """One way to answer; the defaults are a plain mix, the class methods are the known generations."""

    messages_key: Literal["data", "messages"] = "data"
    # "documented" is `meta` for chats, agents and departments, the top level for messages and customers. Wrong totals
    # are in the same places: "too many" counts one row that is not listed, "page" the rows of the page.
    total: Literal["documented", "top", "meta", "absent", "too many", "page"] = "documented"
    chat_times: TimeForm = "integer"
    message_times: TimeForm = "decimal"
    customer_times: TimeForm = "integer"
    errors: Literal["one", "two"] = "two"  # elements of an error: a specific one, or a generic one before it
    # Rows without a sort key: "last" and "first" in descending order, the other way round in ascending order.
    nulls: Literal["last", "first", "always last", "always first"] = "last"
    # Equal sort keys: by id, or differently each time; messages by second.
    ties: Literal["stable", "shuffled"] = "stable"
    updated_at: Literal["honoured", "refused", "ignored"] = "honoured"  # the search filter `chats.updatedAt`
    empty_messages: Literal["list", "404"] = "list"
    past_end: Literal["list", "404"] = "list"  # an offset past the last message
    agents_of_chat: Literal["list", "object", "empty"] = "list"
    custom_data: Literal["object", "pairs", "mixed", "null"] = "object"  # mixed: pairs in the single customer only
    agent_fields: Literal["full", "short"] = "full"  # whether a message's agent has an e-mail address and a role
    new_fields: bool = False  # whether every object has `futureField`, which is not documented
    chat_notes: bool = False
    absent: frozenset[str] = frozenset()  # names left out of every object
    reference_paging: Literal["honoured", "ignored", "refused"] = "honoured"  # limit and offset of the small tables
    reference_key: Literal["data", "own", "bare"] = "data"  # their rows under `data`, their own name, or at the root
    reference_ids: Literal["integer", "text"] = "integer"
    nested_rows: bool = False  # whether the rows of messages are wrapped in another list
    date_header: bool = True
    date_skew: int = 0  # seconds by which the Date is ahead
    search_none: Literal["list", "404"] = "list"  # a search without a match

    @classmethod
    def read(cls, value: Any) -> Dialect:
        """Read a dialect from JSON: an object with its fields, or one that holds it as `dialect`; null is the default.

        Raises:
            ValueError: It is not a dialect; the message says why.
        """
        asked = value.get("dialect", value) if isinstance(value, dict) else None
        if not isinstance(asked, dict):
            raise ValueError("not an object with the fields of a dialect")
        hints = get_type_hints(cls)
        for name, one in asked.items():
            if name not in hints:
                raise ValueError(f"a dialect has no field {name!r}")
            if one is not None and not _is_of(hints[name], one):
                raise ValueError(f"{name} cannot be {one!r}")
        said = {name: one for name, one in asked.items() if one is not None}
        return cls(**(said | {"absent": frozenset(said.get("absent", ()))}))

    @classmethod
    def A0(cls) -> Dialect:  # noqa: N802 - the names of the generations
        """The oldest documents: `messages`, `notes` in chats, 404 for nothing."""
        a0 = replace(cls.A1(), messages_key="messages", agents_of_chat="object", chat_notes=True)
        return replace(a0, past_end="404", search_none="404")

    @classmethod
    def A1(cls) -> Dialect:  # noqa: N802
        """The documents after those: `data` everywhere, chats without `notes`."""
        a1 = cls(errors="one", empty_messages="404", reference_paging="ignored", absent=_LATER_FIELDS)
        return replace(a1, agents_of_chat="empty", custom_data="mixed", agent_fields="short")

    @classmethod
    def B0(cls) -> Dialect:  # noqa: N802
        """The schema-like documents: times as digits, two errors, no `chats.updatedAt`."""
        return replace(cls.B1(), absent=_READ)

    @classmethod
    def B1(cls) -> Dialect:  # noqa: N802
        """The newest documents seen: as B0, with read flags in chats."""
        return cls(chat_times="digits", message_times="digits", customer_times="digits", updated_at="refused")


def _is_of(hint: Any, value: Any) -> bool:
    """Return whether a JSON value is valid for a field."""
    if get_args(hint) == (str,):
        return isinstance(value, list) and all(isinstance(name, str) for name in value)
    return type(value) is hint or (type(value) is str and value in get_args(hint))
