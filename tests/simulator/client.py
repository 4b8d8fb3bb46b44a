"""A client for the simulated account, made of the standard library only."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from typing import Self

    from simulator import Server

NOW = 1_790_000_000


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def ids(self) -> list[int]:
        return [row["id"] for row in self.json["data"]]

    @property
    def codes(self) -> list[str]:
        errors = self.json["errors"]
        assert all(error["message"] for error in errors)
        return [error["code"] for error in errors]


class Client:
    """Asks one server over one kept connection."""

    def __init__(self, server: Server, key: str | None = "test-key") -> None:
        self.server = server
        self.key = key
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def ask(self, method: str, path: str, body: Any = None, **params: Any) -> Answer:
        """Ask; a body that is not bytes goes as JSON, a path without /_ below /v1."""
        target = path if path.startswith("/_") else f"/v1{path}"
        if params:
            target += "?" + urlencode(params)
        headers = {} if self.key is None else {"Authorization": f"Bearer {self.key}"}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        self.connection.request(method, target, data, headers)
        answer = self.connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())

    def get(self, path: str, **params: Any) -> Answer:
        return self.ask("GET", path, **params)

    def search(self, kind: str, *filters: tuple[str, str, Any], **body: Any) -> Answer:
        """Search with filters given as (field, operator, value)."""
        names = ("field", "operator", "value")
        rows = [dict(zip(names, one, strict=True)) for one in filters]
        return self.ask("POST", f"/{kind}/search", {"filter": rows, **body})
