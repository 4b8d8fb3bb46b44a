"""Controls a served account from outside the process; not part of the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.desk import Desk


def answer(desk: Desk, method: str, path: str, params: Mapping[str, str]) -> tuple[int, Any]:
    """Answer a request under /_control/; it is not logged and needs no key."""
    try:
        numbers = {name: int(value) for name, value in params.items()}
    except ValueError:
        numbers = {"": -1}
    if min(numbers.values(), default=0) < 0:
        return 400, {"error": "parameters are whole numbers from 0"}
    match method, path.removeprefix("/_control/"):
        case "POST", "live":
            with desk.lock:
                summary = desk.account.live(numbers.get("seed", 1), numbers.get("changes", 20))
                desk.lived(summary)
            return 200, summary
        case "GET", "requests":
            rows = desk.requests[numbers.get("since", 0) :]
            return 200, [asdict(row) for row in rows]
        case "GET", "account":
            with desk.lock:
                return 200, desk.account.counts()
    return 404, {"error": "not found"}
