"""Says an account's records in a dialect."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from simulator.account import Account
    from simulator.dialect import Dialect, TimeForm
    from simulator.model import Chat, Customer, Message

Row = dict[str, Any]

FUTURE = {"futureField": "documented tomorrow"}


def _integer(moment: Decimal | None) -> int | None:
    return None if moment is None else int(moment)


def _digits(moment: Decimal | None) -> str | None:
    return None if moment is None else str(int(moment))


def _decimal(moment: Decimal | None) -> str | None:
    return None if moment is None else format(moment, ".3f")


def _float(moment: Decimal | None) -> float | None:
    return None if moment is None else float(moment)


_FORMS: dict[TimeForm, Callable[[Decimal | None], int | str | float | None]] = {
    "integer": _integer,
    "digits": _digits,
    "decimal": _decimal,
    "float": _float,
}


@lru_cache(maxsize=4096)
def camel(name: str) -> str:
    """Return the API's name of a Python name."""
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


class Speaker:
    """Says records; made anew for every request, so it may remember what it said of an agent."""

    def __init__(self, account: Account, dialect: Dialect) -> None:
        """Speak of this account in this dialect."""
        self.account = account
        self.dialect = dialect
        self._extra: Row = FUTURE if dialect.new_fields else {}
        self._agents: dict[tuple[int, bool], Row] = {}
        self._chat_time = _FORMS[dialect.chat_times]
        self._message_time = _FORMS[dialect.message_times]
        self._customer_time = _FORMS[dialect.customer_times]

    def _object(self, row: Row) -> Row:
        row.update(self._extra)
        for name in self.dialect.absent:
            row.pop(name, None)
        return row

    def agent(self, number: int | None, *, short: bool = False) -> Row | None:
        """Say who an agent is; short in messages of old generations."""
        if number is None:
            return None
        said: Row | None = self._agents.get((number, short))
        if said is None:
            who = self.account.agents.get(number)
            if who is None:
                return None
            said = {"id": who.id, "name": who.name}
            if not short:
                said |= {"email": who.email, "role": who.role}
            self._agents[number, short] = said = self._object(said)
        return said

    def _agents_of(self, numbers: Iterable[int]) -> list[Row]:
        return [row for row in map(self.agent, numbers) if row is not None]

    def _customer_of(self, chat: Chat) -> Row | None:
        customer = None if chat.customer is None else self.account.customers.get(chat.customer)
        if customer is None:
            return None
        return self._object(
            {
                "id": customer.id,
                "name": customer.name,
                "email": customer.email,
                "userId": customer.user_id,
            }
        )

    def _department_of(self, chat: Chat) -> Row | None:
        departments = self.account.departments
        place = None if chat.department is None else departments.get(chat.department)
        return None if place is None else self._object({"id": place.id, "name": place.name})

    def chat(self, chat: Chat) -> Row:
        """Say a chat."""
        time = self._chat_time
        found = self._agents_of(chat.agents)
        agents: list[Row] | Row = found
        if found and self.dialect.agents_of_chat != "list":
            agents = found[0] if self.dialect.agents_of_chat == "object" else []
        row: Row = {
            "id": chat.id,
            "closedBy": chat.closed_by,
            "lastCustomerMessageAt": time(chat.last_customer_message_at),
            "status": chat.status,
            "closedAt": time(chat.closed_at),
            "rating": chat.rating,
            "createdAt": time(chat.created_at),
            "lastMessageAt": time(chat.last_message_at),
            "readByAgent": chat.read_by_agent,
            "readByCustomer": chat.read_by_customer,
            "createdWith": chat.created_with,
            "snoozedUntil": time(chat.snoozed_until),
            "lastMessageText": chat.last_message_text,
            "lastMessageId": chat.last_message_id,
            "applicationId": chat.application_id,
            "lastCommunicatedAgentId": chat.last_communicated_agent_id,
            "agents": agents,
            "customer": self._customer_of(chat),
            "assignee": self.agent(chat.assignee),
            "department": self._department_of(chat),
        }
        if self.dialect.chat_notes:
            row["notes"] = chat.notes
        return self._object(row)

    def message(self, message: Message) -> Row:
        """Say a message."""
        time = self._message_time
        return self._object(
            {
                "id": message.id,
                "agent": self.agent(message.agent, short=self.dialect.agent_fields == "short"),
                "type": message.type,
                "text": message.text,
                "read": message.read,
                "createdAt": time(message.created_at),
                "updatedAt": time(message.updated_at),
                "edited": message.edited,
                "broadcastType": message.broadcast_type,
                "chat": message.chat,
                "from": message.sender,
            }
        )

    def customer(self, customer: Customer, *, single: bool = False) -> Row:
        """Say a customer, in a list or alone."""
        time = self._customer_time
        form = self.dialect.custom_data
        data: Row | list[Row] | None = dict(customer.custom_data)
        if form == "null" and not data:
            data = None
        if form == "pairs" or (form == "mixed" and single):
            pairs = customer.custom_data.items()
            data = [{"property": name, "value": value} for name, value in pairs]
        location = customer.location or {"regionCode": None, "countryCode": None, "city": None}
        device = None if customer.device is None else self._object(dict(customer.device))
        return self._object(
            {
                "id": customer.id,
                "name": customer.name,
                "email": customer.email,
                "userId": customer.user_id,
                "company": customer.company,
                "phone": customer.phone,
                "firstSeen": time(customer.first_seen),
                "lastSeen": time(customer.last_seen),
                "location": self._object(dict(location)),
                "device": device,
                "unsubscribed": customer.unsubscribed,
                "blocked": customer.blocked,
                "source": customer.source,
                "referer": customer.referer,
                "lastPage": customer.last_page,
                "locale": customer.locale,
                "createdFrom": customer.created_from,
                "integrationId": customer.integration_id,
                "notes": customer.notes,
                "tags": [self._object(dict(tag)) for tag in customer.tags],
                "customData": data,
            }
        )

    def agents(self) -> list[Row]:
        """Say the team."""
        return self._agents_of(sorted(self.account.agents))

    def departments(self) -> list[Row]:
        """Say the departments with their agents."""
        places = sorted(self.account.departments.values(), key=lambda place: place.id)
        return [
            self._object({"id": place.id, "name": place.name, "agents": self._agents_of(place.agents)})
            for place in places
        ]

    def applications(self) -> list[Row]:
        """Say where chats can come from."""
        return [self._plain(app) for _, app in sorted(self.account.applications.items())]

    def organization(self) -> Row:
        """Say what the account is."""
        return self._plain(self.account.organization)

    def _plain(self, record: object) -> Row:
        return self._object({camel(name): value for name, value in vars(record).items()})
