"""A Singer target that tests can inspect.

Like real targets it keeps what came before the last STATE, and removes rows of older versions.
"""

import copy
import json
import typing as t
from collections.abc import Iterable

from tests.declared import Declared

Message = dict[str, t.Any]


class Target:
    """Rows by stream and id, and the STATE for the next run."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[int, Message]] = {}
        self.versions: dict[str, dict[int, int]] = {}
        self.removed: dict[str, set[int]] = {}
        self.state: Message = {}
        self._declared = Declared()

    def load(self, lines: Iterable[str | bytes], *, whole: bool = True) -> None:
        """Take a tap's output.

        Args:
            lines: what it wrote.
            whole: whether the run ended normally; if not, the target died too and keeps only what precedes a STATE.
        """
        pending: list[Message] = []
        for line in lines:
            message = json.loads(line)
            self._declared.check(message)
            if message["type"] in {"RECORD", "ACTIVATE_VERSION"}:
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
            rows = self.rows.setdefault(message["stream"], {})
            versions = self.versions.setdefault(message["stream"], {})
            if message["type"] == "RECORD":
                number = message["record"]["id"]
                rows[number], versions[number] = message["record"], message.get("version", 0)
                continue
            gone = {number for number in rows if versions[number] < message["version"]}
            self.removed.setdefault(message["stream"], set()).update(gone)
            for number in gone:
                del rows[number], versions[number]
        pending.clear()
