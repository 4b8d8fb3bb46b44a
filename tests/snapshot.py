"""The discovered catalog as a file to review, one field per line: ``python -m tests.snapshot`` rewrites it."""

import json
import typing as t
from pathlib import Path

from tap_helpcrunch.tap import TapHelpCrunch

FILE = Path(__file__).with_name("catalog.json")
# A value that is shorter, or contains no object, is one line.
SHORT = 160


def discovered() -> dict[str, dict[str, t.Any]]:
    """Return the catalog's entries by stream, as they are written to a file."""
    text = TapHelpCrunch(config={}, validate_config=False).catalog_json_text
    return {entry["tap_stream_id"]: entry for entry in json.loads(text)["streams"]}


def reviewed() -> dict[str, dict[str, t.Any]]:
    """Return the entries that the file holds."""
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def as_json(value: t.Any, margin: str = "") -> str:
    """Return a value as JSON."""
    line = json.dumps(value, ensure_ascii=False)
    inner = list(value.values()) if isinstance(value, dict) else value
    if len(line) < SHORT or not isinstance(inner, list) or not any(isinstance(one, (dict, list)) for one in inner):
        return line
    names = [f"{json.dumps(name)}: " for name in value] if isinstance(value, dict) else [""] * len(value)
    parts = [f"{margin}  {name}{as_json(one, margin + '  ')}" for name, one in zip(names, inner, strict=True)]
    begin, end = "{}" if isinstance(value, dict) else "[]"
    return f"{begin}\n" + ",\n".join(parts) + f"\n{margin}{end}"


if __name__ == "__main__":
    FILE.write_text(as_json(discovered()) + "\n", encoding="utf-8")
