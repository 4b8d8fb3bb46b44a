"""Reads the repository's pages, so that tests can compare the code with them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def table(heading: str, page: str = README) -> list[list[str]]:
    """Return the cells of the table below a heading."""
    section = page.split(f"# {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def endpoints() -> set[str]:
    """Return the endpoints that the README names, like ``GET /chats/{id}``."""
    return set(re.findall(r"(?:GET|POST) /[a-z/{}]+", "".join(row[1] for row in table("Streams"))))
