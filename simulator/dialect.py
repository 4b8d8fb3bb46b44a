"""How an account answers: the documented forms of the same answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args, get_type_hints

TimeForm = Literal["integer", "digits", "decimal", "float"]

_LATER_FIELDS = frozenset(
    {"createdWith", "applicationId", "readByAgent", "readByCustomer", "createdFrom", "integrationId"}
)


@dataclass(frozen=True)
class Dialect:
    """One way to answer; the defaults are a plain mix, the class methods are the known generations.

    Attributes:
        messages_key: The name of the list of messages.
        total: Where the total is: "documented" is `meta` for chats, agents and departments, and the
            top level for messages and customers. Wrong totals are there too: "too many" counts one
            row that is not listed, "page" the rows of the page.
        chat_times: The form of times in chats.
        message_times: The form of times in messages.
        customer_times: The form of times in customers.
        errors: One element with a specific code, or a generic element before it.
        nulls: Where rows without a sort key are: "last" and "first" in descending order, the other
            way round in ascending order; "always last" and "always first" in any order.
        ties: Whether rows with equal sort keys are ordered by id, or differently in every answer;
            messages tie if they share a second.
        updated_at: Whether the search filter `chats.updatedAt` works, is refused, or is ignored.
        empty_messages: The answer for a chat without messages.
        past_end: The answer for an offset past the last message.
        agents_of_chat: The form of a chat's `agents`.
        custom_data: The form of a customer's `customData`; "mixed" is an object in lists and
            pairs in the single customer, "null" is null if there are no attributes.
        agent_fields: Whether a message's agent has an e-mail address and a role.
        new_fields: Whether every object has `futureField`, which is not documented.
        chat_notes: Whether chats have `notes`.
        absent: Names left out of every object.
        reference_paging: Whether agents, departments and applications can be paged; if not, a limit
            or an offset is "ignored" or "refused".
        reference_key: Where their rows are: under `data`, under their own name, or at the root.
        reference_ids: The form of their ids.
        nested_rows: Whether the rows of messages are wrapped in another list.
        date_header: Whether answers have a Date.
        date_skew: The seconds by which the Date is ahead.
        search_none: The answer for a search without a match.
    """

    messages_key: Literal["data", "messages"] = "data"
    total: Literal["documented", "top", "meta", "absent", "too many", "page"] = "documented"
    chat_times: TimeForm = "integer"
    message_times: TimeForm = "decimal"
    customer_times: TimeForm = "integer"
    errors: Literal["one", "two"] = "two"
    nulls: Literal["last", "first", "always last", "always first"] = "last"
    ties: Literal["stable", "shuffled"] = "stable"
    updated_at: Literal["honoured", "refused", "ignored"] = "honoured"
    empty_messages: Literal["list", "404"] = "list"
    past_end: Literal["list", "404"] = "list"
    agents_of_chat: Literal["list", "object", "empty"] = "list"
    custom_data: Literal["object", "pairs", "mixed", "null"] = "object"
    agent_fields: Literal["full", "short"] = "full"
    new_fields: bool = False
    chat_notes: bool = False
    absent: frozenset[str] = frozenset()
    reference_paging: Literal["honoured", "ignored", "refused"] = "honoured"
    reference_key: Literal["data", "own", "bare"] = "data"
    reference_ids: Literal["integer", "text"] = "integer"
    nested_rows: bool = False
    date_header: bool = True
    date_skew: int = 0
    search_none: Literal["list", "404"] = "list"

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
        return cls(
            messages_key="messages",
            errors="one",
            empty_messages="404",
            past_end="404",
            agents_of_chat="object",
            custom_data="mixed",
            agent_fields="short",
            chat_notes=True,
            absent=_LATER_FIELDS,
            reference_paging="ignored",
            search_none="404",
        )

    @classmethod
    def A1(cls) -> Dialect:  # noqa: N802
        """The documents after those: `data` everywhere, chats without `notes`."""
        return cls(
            errors="one",
            empty_messages="404",
            agents_of_chat="empty",
            custom_data="mixed",
            agent_fields="short",
            absent=_LATER_FIELDS,
            reference_paging="ignored",
        )

    @classmethod
    def B0(cls) -> Dialect:  # noqa: N802
        """The schema-like documents: times as digits, two errors, no `chats.updatedAt`."""
        return cls(
            chat_times="digits",
            message_times="digits",
            customer_times="digits",
            updated_at="refused",
            absent=frozenset({"readByAgent", "readByCustomer"}),
        )

    @classmethod
    def B1(cls) -> Dialect:  # noqa: N802
        """The newest documents seen: as B0, with read flags in chats."""
        return cls(chat_times="digits", message_times="digits", customer_times="digits", updated_at="refused")


def _is_of(hint: Any, value: Any) -> bool:
    """Return whether a JSON value is valid for a field."""
    if get_args(hint) == (str,):
        return isinstance(value, list) and all(isinstance(name, str) for name in value)
    return type(value) is hint or (type(value) is str and value in get_args(hint))
