"""What the demo prints: plain text, aligned."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from demo.warehouse import Turn
    from simulator import Logged

_WIDTH = 60
_ROWS = 5


def title(text: str) -> None:
    """Print a headline."""
    print(f"\n\n{text}\n{'-' * len(text)}\n", flush=True)


def say(text: str = "") -> None:
    """Print a line."""
    print(f"  {text}".rstrip(), flush=True)


def tables(rows: Mapping[str, int], expected: Mapping[str, int]) -> None:
    """Print the number of rows in each table next to the account's own count."""
    say(f"{'table':<16}{'in DuckDB':>12}{'in the account':>18}")
    for table in sorted({*rows, *expected}):
        say(f"{table:<16}{rows.get(table, 0):>12,}{expected.get(table, 0):>18,}")


def requests(who: str, asked: Sequence[Logged]) -> None:
    """Print how often each endpoint was requested."""
    kinds = Counter(f"{one.method} {re.sub('/[0-9]+', '/{id}', one.path.removeprefix('/v1'))}" for one in asked)
    say(f"{who} made {len(asked)} requests:")
    for kind, number in kinds.most_common():
        say(f"{number:>5}  {kind}")


def answer(rows: Sequence[Mapping[str, object]]) -> None:
    """Print the first rows of a query's result."""
    shown = rows[:_ROWS]
    columns = [_column(name, [row[name] for row in shown]) for name in (shown[0] if shown else ())]
    for line in zip(*columns, strict=True):
        say("  ".join(line))
    if len(rows) > len(shown):
        say(f"and {len(rows) - len(shown):,} more")


def _column(name: str, values: Sequence[object]) -> list[str]:
    """Return a heading and its values, padded to one width, with numbers right-aligned."""
    texts = [name, *map(_short, values)]
    width = max(map(_cells, texts))
    spaces = [" " * (width - _cells(text)) for text in texts]
    if all(value is None or isinstance(value, (int, float)) for value in values):
        return [space + text for text, space in zip(texts, spaces, strict=True)]
    return [text + space for text, space in zip(texts, spaces, strict=True)]


def _short(value: object) -> str:
    """Return a value in a short form: times to the minute, no `.0`."""
    text = "-" if value is None else str(value)
    return re.sub(r"(\d\d:\d\d):[0-9.]+$", r"\1", text).removesuffix(".0")


def conversation(turns: Sequence[Turn]) -> None:
    """Print who said what, and when."""
    say(f"Chat {turns[0].chat}, {turns[0].day}")
    say()
    width = max(_cells(turn.who) for turn in turns)
    for turn in turns:
        text = turn.text if turn.kind == "message" else f"({turn.kind}) {turn.text}"
        head = f"{turn.time}  {turn.who}{' ' * (width - _cells(turn.who))}  "
        for line in _wrapped(text):
            say(head + line)
            head = " " * _cells(head)


def _wrapped(text: str) -> Iterable[str]:
    return [
        part
        for line in text.splitlines()
        for part in textwrap.wrap(line, _WIDTH, break_long_words=False, break_on_hyphens=False)
    ] or [""]


def _cells(text: str) -> int:
    """Return the width of a text on a terminal: some letters take two cells."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
