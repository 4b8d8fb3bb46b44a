"""Property builders that the models share."""

from __future__ import annotations

from singer_sdk import typing as th


def key(title: str, description: str) -> th.Property[int]:
    """Return the property ``id``: a required integer."""
    return th.Property("id", th.IntegerType, required=True, title=title, description=description)


def text(name: str, title: str, description: str) -> th.Property[str]:
    """Return a nullable text. Enumerations are only described, as open sets: a new value must not be refused."""
    return th.Property(name, th.StringType, title=title, description=description)


def number(name: str, title: str, description: str) -> th.Property[int]:
    """Return a nullable integer."""
    return th.Property(name, th.IntegerType, title=title, description=description)


def flag(name: str, title: str, description: str) -> th.Property[bool]:
    """Return a nullable boolean."""
    return th.Property(name, th.BooleanType, title=title, description=description)


def time(name: str, title: str, description: str) -> th.Property[str]:
    """Return a nullable time; on stdout it is RFC 3339 in UTC, with milliseconds."""
    return th.Property(name, th.DateTimeType, title=title, description=description)


AGENT = th.ObjectType(
    number("id", "Agent ID", "The agent's identifier; joins agents.id."),
    text("name", "Name", "The agent's name."),
    text("email", "E-mail", "The agent's e-mail address; left out by older versions of the API."),
    text("role", "Role", "agentChatOnly, agent, superviser (the vendor's spelling), admin, or a custom role."),
)
