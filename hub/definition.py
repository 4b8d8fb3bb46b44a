"""The plugin definition for MeltanoHub, made from `tap-helpcrunch --about --format json`."""

from __future__ import annotations

import tomllib
import typing as t
from pathlib import Path

import yaml

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_REPOSITORY: str = _PROJECT["urls"]["Repository"]
# What --about does not say.
_TOLD: dict[str, t.Any] = {
    "description": "Customer communication platform: live chat, e-mail and a knowledge base",
    "domain_url": "https://helpcrunch.com",
    "keywords": ["api", "meltano_sdk"],
    "label": "HelpCrunch",
    # The picture is added to the Hub's repository together with the definition.
    "logo_url": "/assets/logos/extractors/helpcrunch.png",
    "maintenance_status": "active",
    "next_steps": "",
    "pip_url": f"git+{_REPOSITORY}.git",
    "prereq": "A key for HelpCrunch's public API. In HelpCrunch: Settings, Developers, Public API.",
    # The Hub rates it.
    "quality": "unknown",
    "repo": _REPOSITORY,
    "settings_preamble": "",
    "usage": f"Guarantees, and what the API cannot tell: {_REPOSITORY}/blob/main/docs/behavior.md",
    "variant": _REPOSITORY.split("/")[-2],
}
# The widest first: what may be one locale or a list of them is a list, what may be a number or a string is a string.
# Numbers are not decimal, because a decimal from the environment ends Meltano 4.4; the Hub's own tool uses integer too.
_KINDS = {
    "array": "array",
    "object": "object",
    "string": "string",
    "number": "integer",
    "integer": "integer",
    "boolean": "boolean",
}


def definition(about: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the definition, with its settings sorted by name, as in the Hub."""
    settings = sorted(_settings(about["settings"]["properties"]), key=lambda setting: setting["name"])
    return _TOLD | {
        "capabilities": sorted(about["capabilities"]),
        "executable": about["name"],
        "name": about["name"],
        "namespace": about["name"].replace("-", "_"),
        "settings": settings,
        "settings_group_validation": [about["settings"]["required"]],
        "supported_python_versions": about["supported_python_versions"],
    }


def text(made: Mapping[str, t.Any]) -> str:
    """Return the content of the file, with keys in alphabetical order at every level, as the Hub requires."""
    return yaml.safe_dump(dict(made), sort_keys=True, allow_unicode=True, width=120)


def _settings(properties: Mapping[str, t.Any], above: str = "") -> Iterator[dict[str, t.Any]]:
    """Yield a setting for each property; those inside an object become their own, like batch_config.storage.root."""
    for name, about in properties.items():
        inside = about.get("properties")
        # The names in stream_maps are streams, and __else__ is one of them.
        if inside and name != "stream_maps":
            yield from _settings(inside, f"{above}{name}.")
        else:
            yield _setting(above + name, about)


def _setting(name: str, about: Mapping[str, t.Any]) -> dict[str, t.Any]:
    setting: dict[str, t.Any] = {
        "description": " ".join([about["description"], *_bounds(about)]),
        "kind": _kind(about),
        "label": about["title"],
        "name": name,
    }
    if "enum" in about:
        setting["options"] = [{"label": value.title(), "value": value} for value in about["enum"]]
    if about.get("secret"):
        setting["sensitive"] = True
    if "default" in about:
        setting["value"] = about["default"]
    return setting


def _bounds(about: Mapping[str, t.Any]) -> Iterator[str]:
    """Yield the bounds of a number in words, since the Hub has no field for them."""
    words = {"minimum": "At least", "exclusiveMinimum": "More than", "maximum": "At most"}
    for bound, told in words.items():
        if bound in about:
            yield f"{told} {about[bound]:,}."


def _kind(about: Mapping[str, t.Any]) -> str:
    if "enum" in about:
        return "options"
    if about.get("format") == "date-time":
        return "date_iso8601"
    forms = [one.get("type", ()) for one in (about, *about.get("oneOf", ()))]
    types = {kind for form in forms for kind in ([form] if isinstance(form, str) else form)}
    return next(kind for name, kind in _KINDS.items() if name in types)
