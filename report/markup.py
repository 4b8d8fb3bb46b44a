"""HTML and SVG, written so that what is a text cannot become a tag."""

from __future__ import annotations

import re
from html import escape

# What a page that is also XML cannot hold.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_VOID = {"meta"}


class Markup(str):
    """A text that is markup already."""

    __slots__ = ()


def tag(name: str, /, *inner: object, **attributes: object) -> Markup:
    """Return an element. Texts within are escaped; class_ is the attribute class, aria_label is aria-label."""
    named = "".join(f' {key.strip("_").replace("_", "-")}="{_safe(value)}"' for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{named}/>")
    return Markup(f"<{name}{named}>{''.join(map(_content, inner))}</{name}>")


def join(*parts: Markup) -> Markup:
    """Return elements one after the other, a line each."""
    return Markup("\n".join(parts))


def _content(inner: object) -> str:
    return inner if isinstance(inner, Markup) else _safe(inner)


def _safe(value: object) -> str:
    # Of a coordinate a tenth is enough.
    text = f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
    return escape(_CONTROL.sub("\ufffd", text))
