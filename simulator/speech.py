"""Renders an account's records in a dialect."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from simulator.model import Department

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simulator.account import Account
    from simulator.dialect import Dialect, TimeForm
    from simulator.model import Chat, Customer, Message

Row = dict[str, Any]
_FORMS: dict[TimeForm, Callable[[Decimal], int | str | float]] = {
    "integer": int,
    "digits": lambda moment: str(int(moment)),
    "decimal": lambda moment: format(moment, ".3f"),
    "float": float,
}


@lru_cache(maxsize=4096)
def camel(name: str) -> str:
    """Return the API's name for a Python name."""
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def _said(record: object, time: Callable[[Decimal], int | str | float] = int) -> Row:
    """Return a record's fields by their API names, with times in the given form."""
    return {camel(name): time(value) if isinstance(value, Decimal) else value for name, value in vars(record).items()}


class Speaker:
    """Renders records; made for each request, so it can cache agents."""

    def __init__(self, account: Account, dialect: Dialect) -> None:
        """Render this account in this dialect."""
        self.account = account
        self.dialect = dialect
        self._agents: dict[tuple[int | None, bool], Row] = {}

    def _object(self, row: Row) -> Row:
        if self.dialect.new_fields:
            row["futureField"] = "documented tomorrow"
        for name in self.dialect.absent:
            row.pop(name, None)
        return row

    def agent(self, number: int | None, *, short: bool = False) -> Row | None:
        """Render an agent; short in messages of older generations."""
        if number not in self.account.agents:
            return None
        if (number, short) not in self._agents:
            row = _said(self.account.agents[number])
            self._agents[number, short] = self._object({"id": number, "name": row["name"]} if short else row)
        return self._agents[number, short]

    def _agents_of(self, numbers: Iterable[int]) -> list[Row]:
        return [row for row in map(self.agent, numbers) if row is not None]

    def _customer_of(self, chat: Chat) -> Row | None:
        if chat.customer not in self.account.customers:
            return None
        who = self.account.customers[chat.customer]
        return self._object({"id": who.id, "name": who.name, "email": who.email, "userId": who.user_id})

    def _department_of(self, chat: Chat) -> Row | None:
        place = self.account.departments.get(chat.department)
        return None if place is None else self._object({"id": place.id, "name": place.name})

    def chat(self, chat: Chat) -> Row:
        """Render a chat."""
        found = self._agents_of(chat.agents)
        agents: list[Row] | Row = found
        if found and self.dialect.agents_of_chat != "list":
            agents = found[0] if self.dialect.agents_of_chat == "object" else []
        row = _said(chat, _FORMS[self.dialect.chat_times]) | {
            "agents": agents,
            "customer": self._customer_of(chat),
            "assignee": self.agent(chat.assignee),
            "department": self._department_of(chat),
        }
        del row["updatedAt"]
        if not self.dialect.chat_notes:
            del row["notes"]
        return self._object(row)

    def message(self, message: Message) -> Row:
        """Render a message."""
        row = _said(message, _FORMS[self.dialect.message_times])
        row["from"] = row.pop("sender")
        row["agent"] = self.agent(message.agent, short=self.dialect.agent_fields == "short")
        del row["movesChat"]
        return self._object(row)

    def customer(self, customer: Customer, *, single: bool = False) -> Row:
        """Render a customer, as in a list or as a single object."""
        form = self.dialect.custom_data
        data: Row | list[Row] | None = dict(customer.custom_data)
        if form == "null" and not data:
            data = None
        if form == "pairs" or (form == "mixed" and single):
            data = [{"property": name, "value": value} for name, value in customer.custom_data.items()]
        location = customer.location or {"regionCode": None, "countryCode": None, "city": None}
        row = _said(customer, _FORMS[self.dialect.customer_times]) | {
            "location": self._object(dict(location)),
            "device": None if customer.device is None else self._object(dict(customer.device)),
            "tags": [self._object(dict(tag)) for tag in customer.tags],
            "customData": data,
        }
        return self._object(row)

    def small(self, table: str) -> list[Row]:
        """Render one of the small tables."""
        return [self._small(record) for _, record in sorted(self.account.small[table].items())]

    def _small(self, record: object) -> Row:
        row = _said(record)
        if isinstance(record, Department):
            row["agents"] = self._agents_of(record.agents)
        return self._object(row)

    def organization(self) -> Row:
        """Render the organization."""
        return self._object(_said(self.account.organization))
