"""For every setting of the tap, what must not pass."""

from __future__ import annotations

import math
import typing as t

NAN, INFINITY = math.nan, math.inf
PRIVATE = "TOPSECRET"
WRONG: dict[str, list[t.Any]] = {
    "api_key": [
        "",
        "  ",
        5,
        True,
        [PRIVATE],
        {"key": PRIVATE},
        f"{PRIVATE}-schlüssel",
        f"Bearer {PRIVATE}",
        f"{PRIVATE}\nX-Evil: 1",
        0,
        False,
    ],
    "chat_ids": [
        [],
        5,
        "5",
        {"5": True},
        [0],
        [-3],
        ["x"],
        ["12x"],
        [1.5],
        [True],
        [None],
        [[1]],
        ["-3"],
        ["0"],
        [""],
        False,
        [1, "two", 3],
    ],
    "start_date": [
        "yesterday",
        20240101,
        True,
        "",
        "2024-13-01",
        "2024-02-30T00:00:00Z",
        "01.02.2024",
        ["2024-01-01"],
        "1594139170",
        "2024-01-01T25:00:00Z",
        "2024-01-01 or so",
        "0001-01-01T00:00:00+05:00",
    ],
    "lookback_hours": [-1, -0.5, "x", "5", True, False, [1], {}, 10**400],
    "requests_per_minute": [0, -5, "120", True, -0.0, [], {}, "fast", 10**400],
    "max_in_flight": [0, -1, 1.5, "8", True, [2], {}, 10**400],
    "request_timeout": [0, -1, "60", True, [], {}, "1m", 10**400],
    "api_url": [
        "",
        "api.helpcrunch.com/v1",
        "ftp://api.helpcrunch.com/v1",
        "http://api.helpcrunch.com/v1",
        "https://",
        "https://api.helpcrunch.com:port/v1",
        "https://api.helpcrunch.com:99999/v1",
        "https://api.helpcrunch.com/v1?key=1",
        "https://api.helpcrunch.com/v1#x",
        "http://[::1/v1",
        "not a url",
        f"http://user:{PRIVATE}@example.test/v1",
        "http://localhost.example.test/v1",
        "http://127.0.0.1.example.test/v1",
        5,
        True,
        ["https://api.helpcrunch.com/v1"],
    ],
    "user_agent": ["", "  ", 5, True, ["x"], "ünï", "one\ntwo"],
    "max_run_minutes": [0, -1, "50", True, [], {}, "1h", 10**400],
    "refresh_days": [0, -7, "7", True, [], {}, "weekly", 10**400],
    "refresh_messages_days": [0, -90, "90", True, [], {}, "never", 10**400],
    "emit_activate_version_messages": [0, 1, "true", "yes", [], {}, [True]],
}
NO_JSON: dict[str, list[float]] = {
    name: [NAN, INFINITY, -INFINITY]
    for name in (
        "lookback_hours",
        "requests_per_minute",
        "max_in_flight",
        "request_timeout",
        "max_run_minutes",
        "refresh_days",
        "refresh_messages_days",
    )
}
