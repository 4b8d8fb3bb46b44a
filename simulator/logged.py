"""A request as the log keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class Logged:
    """A request as it arrived; `status` is 0 unless it was answered, `deviations` are those that were played."""

    method: str
    path: str
    params: dict[str, str]
    body: dict[str, Any] | None = None
    status: int = 0
    at: float = 0.0
    user_agent: str | None = None
    deviations: tuple[str, ...] = ()
