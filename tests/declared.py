"""What is emitted is what was declared: every test that reads Singer lines checks it here, and cannot forget to."""

import json
import re
import typing as t
from collections.abc import Iterable

from jsonschema import Draft7Validator, FormatChecker

Message = dict[str, t.Any]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
# What a schema may say for the shape of a record to decide whether the record is valid.
OF_SHAPE = {
    "$schema", "type", "properties", "items", "required", "additionalProperties", "format", "title", "description",
}  # fmt: skip

formats = FormatChecker(formats=())
formats.checks("date-time")(lambda value: not isinstance(value, str) or MOMENT.fullmatch(value) is not None)


def shape(value: t.Any) -> t.Any:
    """Return what decides whether a value is valid: the types in it, and which strings are moments."""
    if isinstance(value, dict):
        return tuple([(shape(name) and name, shape(inner)) for name, inner in value.items()])
    if isinstance(value, list):
        return frozenset([shape(inner) for inner in value])
    if isinstance(value, str):
        assert "\0" not in value, "a NUL, which databases refuse"
        return len(value) == 24 and MOMENT.fullmatch(value) is not None
    return type(value)


class Declared:
    """The schemas that a tap has written; records are checked by them, one of each shape."""

    _valid: t.ClassVar[set[t.Any]] = set()

    def __init__(self) -> None:
        self._schemas: dict[str, str] = {}

    def check(self, message: Message) -> None:
        """Take a line; a RECORD must be valid by the newest SCHEMA of its stream.

        Raises:
            AssertionError: it is not, or its stream has none.
        """
        if message["type"] == "SCHEMA":
            _decided_by_shape(message["schema"])
            self._schemas[message["stream"]] = json.dumps(message["schema"])
        elif message["type"] == "RECORD":
            assert message["stream"] in self._schemas, f"a RECORD of {message['stream']} before its SCHEMA"
            schema, record = self._schemas[message["stream"]], message["record"]
            if (known := (schema, shape(record))) not in self._valid:
                found = next(Draft7Validator(json.loads(schema), format_checker=formats).iter_errors(record), None)
                assert found is None, f"{message['stream']}: {found.json_path} {found.message}"
                self._valid.add(known)


def check(lines: Iterable[str | bytes]) -> None:
    """Check the whole output of a run."""
    declared = Declared()
    for line in lines:
        declared.check(json.loads(line))


def _decided_by_shape(schema: t.Any) -> None:
    if isinstance(schema, dict):
        assert schema.keys() <= OF_SHAPE, f"extend tests/declared.py: {schema.keys() - OF_SHAPE}"
        for inner in [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]:
            _decided_by_shape(inner)
