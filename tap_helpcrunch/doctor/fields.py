"""Which fields the rows have, compared with those that the models declare."""

from __future__ import annotations

import re
import typing as t
from collections import defaultdict

from tap_helpcrunch.doctor.seen import MODELS

if t.TYPE_CHECKING:
    from tap_helpcrunch.api.envelope import Row
    from tap_helpcrunch.doctor.seen import Seen

# A field is only named if its name looks like this; any other name could be a person's text.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
ANOTHER = "(not a plain name)"
# Fields of chats that hardly any generation has, so their absence means nothing.
_RARE = frozenset({"notes", "updatedAt"})


class Fields:
    """The fields of every row seen.

    Attributes:
        unknown: paths of fields that no model declares, by stream.
        present: names that were seen.
        declared: names that the models declare for the objects that were seen.
    """

    def __init__(self, seen: Seen) -> None:
        """Look at every row."""
        self.unknown: dict[str, set[str]] = defaultdict(set)
        self.present: set[str] = set()
        self.declared: set[str] = set()
        for stream, model in MODELS.items():
            for row in seen.rows(stream):
                self._look(stream, model.schema, row, "")
                if stream == "chats":
                    self.declared |= model.schema["properties"].keys() - _RARE

    def _look(self, stream: str, schema: dict[str, t.Any], row: Row, path: str) -> None:
        kinds = schema["properties"]
        self.present |= row.keys()
        if path or stream != "chats":
            self.declared |= kinds.keys()
        for name, value in row.items():
            if name not in kinds:
                self.unknown[stream].add(path + (name if _NAME.fullmatch(name) else ANOTHER))
                continue
            inner = kinds[name].get("items", kinds[name])
            if inner.get("properties"):
                for one in value if isinstance(value, list) else [value]:
                    if isinstance(one, dict):
                        self._look(stream, inner, one, f"{path}{name}.")

    @property
    def absent(self) -> list[str]:
        """The declared names that no object has."""
        return sorted(self.declared - self.present)
