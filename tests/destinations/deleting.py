"""Deletions in an account, and what a database still holds of them."""

from __future__ import annotations

import typing as t

from simulator import Account

if t.TYPE_CHECKING:
    from tests.destinations.postgresql import Database

DAY = 86_400
TABLES = ("agents", "chats", "customers", "departments", "messages")

Ids = dict[str, set[int]]


def account(chats: int) -> Account:
    """Return an account with a customer and two messages a chat, and some customers never seen."""
    made = Account()
    for number in range(chats):
        made.advance(3600)
        chat = made.add_chat(customer=made.add_customer(name=f"Customer {number}"))
        made.add_message(chat, "a question")
        made.add_message(chat, "one more")
    for number in range(5):
        made.add_customer(name=f"Never seen {number}", first_seen=None, last_seen=None)
        made.add_agent(f"Agent {number}")
        made.add_department(f"Department {number}")
    made.advance(DAY)
    return made


def ids(made: Account) -> Ids:
    return {table: set(getattr(made, table)) for table in TABLES}


def delete_some(made: Account) -> Ids:
    """Delete a few of everything; return what was deleted."""
    before = ids(made)
    for chat in sorted(made.chats)[3:6]:
        made.delete_chat(chat)
    for customer in (min(made.customers), max(made.customers)):
        made.delete_customer(customer)
    made.delete_message(max(made.messages))
    del made.agents[1], made.departments[2]
    made.touch()
    return {table: before[table] - left for table, left in ids(made).items()}


def held(database: Database) -> Ids:
    """Return what a database holds and does not mark as deleted."""
    return {table: _ids(database, table, "_sdc_deleted_at is null") for table in TABLES}


def marked(database: Database) -> Ids:
    return {table: _ids(database, table, "_sdc_deleted_at is not null") for table in TABLES}


def _ids(database: Database, table: str, condition: str) -> set[int]:
    return {row["id"] for row in database.rows(f"select id from helpcrunch.{table} where {condition}")}  # noqa: S608
