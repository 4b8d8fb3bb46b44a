"""What is in DuckDB: rows per table, what a run brought, one conversation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from demo.processes import DemoError

if TYPE_CHECKING:
    from pathlib import Path

_TABLES = "select table_name from information_schema.tables where table_schema = 'helpcrunch' order by 1"
_CONVERSATIONS = """
    select c.id, count(m.id) from helpcrunch.chats c left join helpcrunch.messages m on m.chat = c.id group by c.id
"""
_NEWS = """
    attach '{before}' as before (read_only);
    with now as (select columns(lambda name: not starts_with(name, '_sdc_')) from helpcrunch.{table}),
        old as (select columns(lambda name: not starts_with(name, '_sdc_')) from before.helpcrunch.{table})
    select count(*) filter (old.id is null), count(*) filter (old.id is not null and now is distinct from old)
    from now left join old using (id)
"""
# A STATE in which the walk through the chats has come to a moment.
DONE = re.compile(r'"messages": {"account": {[^{]*"walk": {[^{}]*"place": \["\d')
# A few turns by two sides, with an emoji and another alphabet, all of them short, so that it is easy to read.
_CONVERSATION = r"""
    with talk as (
        select chat, count(*) as turns, count(distinct "from") as sides, max(length(text)) as longest,
            bool_or(regexp_matches(text, '[\x{1F300}-\x{1FAFF}]')) as smiling,
            bool_or(regexp_matches(text, '[\x{0370}-\x{1FFF}\x{3000}-\x{D7FF}]')) as lettered
        from helpcrunch.messages group by chat
    ), chosen as (
        select chat from talk where turns between 6 and 10 and sides = 2 and longest < 120
        order by smiling desc, lettered desc, chat limit 1
    )
    select m.chat, strftime(m.createdat, '%Y-%m-%d'), strftime(m.createdat, '%H:%M'),
        if(m."from" = 'agent', coalesce(m.agent->>'name', 'HelpCrunch'), coalesce(c.customer->>'name', 'a customer')),
        m.type, coalesce(m.text, '')
    from chosen join helpcrunch.messages m using (chat) join helpcrunch.chats c on c.id = m.chat
    order by m.createdat, m.id
"""


@dataclass(frozen=True)
class Turn:
    """One message of a conversation."""

    chat: int
    day: str
    time: str
    who: str
    kind: str
    text: str


class Warehouse:
    """A DuckDB file that target-duckdb writes."""

    def __init__(self, path: Path) -> None:
        """Look into the file at a path."""
        self.path = path

    def counts(self) -> dict[str, int]:
        """Return how many rows each table has."""
        each = [f"select '{table}', count(*) from helpcrunch.{table}" for (table,) in self._rows(_TABLES)]  # noqa: S608
        return dict(self._rows(" union all ".join(each))) if each else {}

    def conversations(self) -> dict[int, int]:
        """Return how many messages each chat has."""
        return dict(self._rows(_CONVERSATIONS))

    @staticmethod
    def has_history(states: Path) -> bool:
        """Return whether the target has passed on a STATE: some of the history is in DuckDB."""
        return bool(DONE.search(states.read_text(encoding="utf-8")))

    def news(self, table: str, before: Path) -> tuple[int, int]:
        """Return how many rows of a table are new, and how many changed, since the file was copied."""
        ((new, changed),) = self._rows(_NEWS.format(table=table, before=before))
        return new, changed

    def conversation(self) -> list[Turn]:
        """Return a conversation that is pleasant to read, oldest message first."""
        return [Turn(*row) for row in self._rows(_CONVERSATION)]

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            with duckdb.connect(self.path, read_only=True) as connection:
                return connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise DemoError(f"DuckDB did not answer from {self.path}:\n\n{error}") from error
