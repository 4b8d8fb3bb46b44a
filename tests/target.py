"""A Singer target that a test can look into: it keeps what came before the last STATE, as a real one does."""

from __future__ import annotations

import copy
import json
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable

Message = dict[str, t.Any]


class Target:
    """Rows by stream and id, and the STATE for the next run."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[int, Message]] = {}
        self.state: Message = {}

    def load(self, lines: Iterable[str | bytes], *, whole: bool = True) -> None:
        """Take a tap's output.

        Args:
            lines: what it wrote.
            whole: the run ended well; else the target died with it and keeps only what a STATE follows.
        """
        pending: list[Message] = []
        for line in lines:
            message = json.loads(line)
            if message["type"] == "RECORD":
                pending.append(message)
            elif message["type"] == "STATE":
                self._keep(pending)
                self.state = message["value"]
        if whole:
            self._keep(pending)

    def of(self, stream: str) -> dict[int, Message]:
        return self.rows.get(stream, {})

    def next_state(self) -> Message:
        return copy.deepcopy(self.state)

    def _keep(self, pending: list[Message]) -> None:
        for message in pending:
            self.rows.setdefault(message["stream"], {})[message["record"]["id"]] = message["record"]
        pending.clear()
