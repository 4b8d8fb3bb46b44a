"""Pieces that several models share."""

from __future__ import annotations

from singer_sdk import typing as th


def key(title: str, description: str) -> th.Property[int]:
    """Return the property ``id``: an integer, always there."""
    return th.Property("id", th.IntegerType, required=True, title=title, description=description)


def text(name: str, title: str, description: str) -> th.Property[str]:
    """Return a nullable text. Enumerations stay open sets, told in words: a new word must not be refused."""
    return th.Property(name, th.StringType, title=title, description=description)


def number(name: str, title: str, description: str) -> th.Property[int]:
    """Return a nullable integer."""
    return th.Property(name, th.IntegerType, title=title, description=description)


def flag(name: str, title: str, description: str) -> th.Property[bool]:
    """Return a nullable boolean."""
    return th.Property(name, th.BooleanType, title=title, description=description)


def time(name: str, title: str, description: str) -> th.Property[str]:
    """Return a nullable time; on stdout RFC 3339, UTC, with milliseconds."""
    return th.Property(name, th.DateTimeType, title=title, description=description)


AGENT = th.ObjectType(
    number("id", "Agent ID", "The agent's identifier; joins agents.id."),
    text("name", "Name", "The agent's name."),
    text("email", "E-mail", "The agent's address; left out by older versions of the API."),
    text("role", "Role", "agentChatOnly, agent, superviser (the vendor's spelling), admin, or a custom role."),
)
