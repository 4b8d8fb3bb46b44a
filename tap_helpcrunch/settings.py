"""The settings: what they mean, what values are allowed, and where they are read from."""

from __future__ import annotations

import difflib
import json
import math
import os
import re
import typing as t
from dataclasses import dataclass, fields
from importlib.metadata import version
from ipaddress import ip_address
from urllib.parse import urlsplit

from dotenv import dotenv_values, find_dotenv
from singer_sdk import typing as th
from singer_sdk.exceptions import ConfigValidationError

from tap_helpcrunch.api.errors import KEY_ADVICE
from tap_helpcrunch.api.values import moment

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

NAME = "tap-helpcrunch"
PREFIX = "TAP_HELPCRUNCH_"
_LABEL = "[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?"  # of a host's name

SCHEMA: dict[str, t.Any] = th.PropertiesList(
    th.Property(
        "api_key",
        th.StringType,
        required=True,
        secret=True,
        title="API key",
        description="Public API key. In HelpCrunch: Settings, Developers, Public API.",
        examples=["eyJ0eXAiOi..."],
    ),
    th.Property(
        "chat_ids",
        th.ArrayType(th.IntegerType(minimum=1)),
        title="Chat IDs",
        description="The chats to extract, as positive integers (digit strings are accepted). Absent: every chat "
        "of the account. Does not limit customers.",
        examples=[[1568834, 1568901]],
    ),
    th.Property(
        "start_date",
        th.DateTimeType,
        title="Start date",
        description="Messages created before it are not emitted, and chats without activity since are skipped. "
        "Absent: from the beginning.",
        examples=["2024-01-01T00:00:00Z"],
    ),
    th.Property(
        "lookback_hours",
        th.NumberType(minimum=0),
        default=0,
        title="Lookback hours",
        description="How far behind its bookmark an incremental run reads again, to catch late edits and read flags.",
        examples=[24],
    ),
    th.Property(
        "requests_per_minute",
        th.NumberType(exclusive_minimum=0),
        default=120,
        title="Requests per minute",
        description="Maximum number of requests per minute for the whole process, retries included. HelpCrunch allows "
        "120 per account: lower it if other jobs share the key.",
        examples=[60],
    ),
    th.Property(
        "max_in_flight",
        th.IntegerType(minimum=1),
        default=8,
        title="Max in flight",
        description="How many requests may be in flight at once, within requests_per_minute.",
        examples=[4],
    ),
    th.Property(
        "request_timeout",
        th.NumberType(exclusive_minimum=0, maximum=86_400),
        default=60,
        title="Request timeout",
        description="Seconds after which a request is abandoned and retried.",
        examples=[30],
    ),
    th.Property(
        "api_url",
        th.StringType,
        default="https://api.helpcrunch.com/v1",
        title="API URL",
        description="Base URL of the API; change it for a proxy or a simulated account.",
        examples=["https://api.helpcrunch.com/v1"],
    ),
    th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="The User-Agent header. Absent: tap-helpcrunch/<version>.",
        examples=["tap-helpcrunch/0.2.0 (data-team@example.com)"],
    ),
    th.Property(
        "max_run_minutes",
        th.NumberType(exclusive_minimum=0),
        title="Max run minutes",
        description="The run ends by itself after this many minutes, with exit code 0; the next one continues. "
        "Absent: it ends when everything is done.",
        examples=[50],
    ),
    th.Property(
        "refresh_days",
        th.NumberType(exclusive_minimum=0),
        default=7,
        title="Refresh days",
        description="How often, in days, all chats and customers are listed again, to catch changes that "
        "HelpCrunch does not announce. Costs one request per hundred rows.",
        examples=[1],
    ),
    th.Property(
        "refresh_messages_days",
        th.NumberType(exclusive_minimum=0),
        title="Refresh messages days",
        description="How often, in days, the messages of every chat are read again. Costs as much as a first "
        "load, spread over the runs. Absent: never.",
        examples=[90],
    ),
    th.Property(
        "emit_activate_version_messages",
        th.BooleanType,
        default=False,
        title="Emit ACTIVATE_VERSION messages",
        description="Let the target remove, or mark, what was deleted in HelpCrunch, after each complete walk "
        "through the account. Chats and messages are never removed with chat_ids or start_date.",
        examples=[True],
    ),
).to_dict()


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings, checked and in one form.

    ``chat_ids`` are ascending and unique; ``start_date`` is a moment, as ``values.moment`` returns it.
    """

    api_key: str
    chat_ids: tuple[int, ...] | None
    start_date: str | None
    lookback_hours: float
    requests_per_minute: float
    max_in_flight: int
    request_timeout: float
    api_url: str
    user_agent: str
    max_run_minutes: float | None
    refresh_days: float
    refresh_messages_days: float | None
    emit_activate_version_messages: bool

    @classmethod
    def read(cls, config: Mapping[str, t.Any]) -> Settings:
        """Read the settings from a configuration.

        Raises:
            ConfigValidationError: with one line for each fault, without secrets.
        """
        found = faults(config)
        if found:
            raise ConfigValidationError("Config validation failed", errors=found)
        return cls(**{field.name: _READERS[field.name][0](_given(config, field.name)) for field in fields(cls)})


def faults(config: Mapping[str, t.Any]) -> list[str]:
    """Return one line for each invalid setting: its name, its value, and what is allowed."""
    found = []
    for name, (reader, allowed) in _READERS.items():
        value = _given(config, name)
        try:
            reader(value)
        except (ValueError, TypeError, OverflowError):
            found.append(f"{name}: {_shown(name, value)}, but it must be {allowed}")
    return found


def unknown(config: Mapping[str, t.Any], known: Iterable[str]) -> list[str]:
    """Return one line for each setting that does not exist, with the one that was probably meant."""
    lines = []
    for name in sorted(set(config) - set(known)):
        meant = difflib.get_close_matches(name, list(known), n=1)
        lines.append(
            f"there is no setting '{name[:60]}'; it is ignored" + (f" (did you mean '{meant[0]}'?)" if meant else "")
        )
    return lines


def from_environment(schema: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Read the settings of a JSON schema from ``TAP_HELPCRUNCH_*``, in the environment or the nearest ``.env``.

    The SDK's own reader looks for ``.env`` next to its installation, leaves numbers as strings, and ends in a traceback
    on an invalid integer. Lists may be JSON or separated by commas; what cannot be read stays as it is, so that the
    check reports it.
    """
    variables = {**dotenv_values(find_dotenv(usecwd=True)), **os.environ}
    found: dict[str, t.Any] = {}
    for name, kind in schema["properties"].items():
        value = variables.get(PREFIX + name.upper())
        if value is None:
            continue
        types = kind.get("type", ())
        found[name] = value if "string" in types else _decoded(value, types)
    return found


def _decoded(value: str, types: Iterable[str]) -> t.Any:
    try:
        decoded = json.loads(value)
    except ValueError:
        decoded = value.split(",") if "array" in types else {"true": True, "false": False}.get(value.lower(), value)
    if "array" in types and not isinstance(decoded, list):
        return [decoded]
    return (
        [item.strip() if isinstance(item, str) else item for item in decoded] if isinstance(decoded, list) else decoded
    )


def _given(config: Mapping[str, t.Any], name: str) -> t.Any:
    """Return the value given, or the default; null counts as not given, as Meltano writes it for unset settings."""
    value = config.get(name)
    return SCHEMA["properties"][name].get("default") if value is None else value


def _shown(name: str, value: t.Any) -> str:
    if value is None:
        return "is missing"
    if name == "api_key":
        return "is empty" if value == "" else "is not printable ASCII text without spaces (and without 'Bearer')"
    text = json.dumps(value, default=str, ensure_ascii=True)
    if name == "api_url":
        text = re.sub(r"//[^/@]*@", "//***@", text)
    return f"is {text if len(text) <= 80 else text[:77] + '...'}"  # noqa: PLR2004 - fits in a line


def _key(value: t.Any) -> str:
    # Printable ASCII without spaces: the header that carries it allows nothing else.
    if not isinstance(value, str) or not re.fullmatch("[!-~]+", value.strip()):
        raise ValueError
    return value.strip()


def _ids(value: t.Any) -> tuple[int, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value:
        raise ValueError
    return tuple(sorted({_positive_id(one) for one in value}))


def _positive_id(value: t.Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
        value = int(value)
    if type(value) is not int or value <= 0:
        raise ValueError
    return value


def _date(value: t.Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d", value):
        raise ValueError
    return moment(value)


def _number(name: str) -> Callable[[t.Any], t.Any]:
    """Return a reader of numbers within the bounds of the setting's schema."""
    about = SCHEMA["properties"][name]
    whole = "integer" in about["type"]

    def read(value: t.Any) -> t.Any:
        if isinstance(value, (bool, str)) or not math.isfinite(value) or (whole and value != int(value)):
            raise ValueError
        if value <= about.get("exclusiveMinimum", -math.inf) or value < about.get("minimum", -math.inf):
            raise ValueError
        if value > about.get("maximum", math.inf):
            raise ValueError
        return int(value) if whole else float(value)

    return read


def _optional(read: Callable[[t.Any], t.Any]) -> Callable[[t.Any], t.Any]:
    return lambda value: None if value is None else read(value)


def _switch(value: t.Any) -> bool:
    if type(value) is not bool:
        raise ValueError
    return value


def _url(value: t.Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    url: str = value.strip()
    parts = urlsplit(url)
    is_local = _is_local(parts.hostname or "")
    _ = parts.port  # raises ValueError if the port is invalid
    if parts.scheme not in ({"http", "https"} if is_local else {"https"}):
        raise ValueError
    if parts.query or parts.fragment or not parts.path.isprintable():
        raise ValueError
    return url.rstrip("/")


def _is_local(host: str) -> bool:
    """Return whether a host is this machine.

    Raises:
        ValueError: it is neither an address nor a name.
    """
    if re.fullmatch(r"[0-9.]+|.*:.*", host):
        return ip_address(host).is_loopback
    if not re.fullmatch(rf"{_LABEL}(\.{_LABEL})*\.?", host):
        raise ValueError
    return host == "localhost"


def _agent(value: t.Any) -> str:
    if value is None:
        return f"{NAME}/{version(NAME)}"
    if not isinstance(value, str) or not value.strip() or not value.isascii() or not value.isprintable():
        raise ValueError
    return value.strip()


_READERS: dict[str, tuple[Callable[[t.Any], t.Any], str]] = {
    "api_key": (_key, f"a key: {KEY_ADVICE}"),
    "chat_ids": (_ids, "a list of one or more positive integers (leave it out for every chat)"),
    "start_date": (_date, "a date or date-time like 2024-01-01T00:00:00Z"),
    "lookback_hours": (_number("lookback_hours"), "a number of 0 or more"),
    "requests_per_minute": (_number("requests_per_minute"), "a number above 0"),
    "max_in_flight": (_number("max_in_flight"), "a whole number of 1 or more"),
    "request_timeout": (_number("request_timeout"), "a number of seconds above 0, at most a day"),
    "api_url": (_url, "an https address (http only on this machine) like https://api.helpcrunch.com/v1"),
    "user_agent": (_agent, "printable ASCII text"),
    "max_run_minutes": (_optional(_number("max_run_minutes")), "a number of minutes above 0"),
    "refresh_days": (_number("refresh_days"), "a number of days above 0"),
    "refresh_messages_days": (_optional(_number("refresh_messages_days")), "a number of days above 0"),
    "emit_activate_version_messages": (_switch, "true or false"),
}
