"""One connection: reads requests, gets the answers from the server's parts, and writes them."""

from __future__ import annotations

import json
import os
import socket
import struct
import time
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from simulator.desk import HANG_LIMIT, Fault
from simulator.deviations.base import Answer, Logged
from simulator.endpoints import error_body, too_many
from simulator.query import Refusal

if TYPE_CHECKING:
    from simulator.desk import Desk
    from simulator.deviations.stage import Stage

_MOST_BODY = 1_000_000
_GARBAGE = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>\n"


def _object(raw: bytes) -> dict[str, Any] | None:
    with suppress(ValueError):
        body = json.loads(raw)
        return body if isinstance(body, dict) else None
    return None


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 with one client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # An unused connection is closed, so that no thread waits forever.
    timeout = 2 * HANG_LIMIT

    def setup(self) -> None:
        """Take the desk and the stage from the listener."""
        super().setup()
        self.desk: Desk = self.server.desk  # type: ignore[attr-defined]
        self.stage: Stage = self.server.stage  # type: ignore[attr-defined]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        """Log nothing."""

    def _read_body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _MOST_BODY or "Transfer-Encoding" in self.headers:
            return None
        return self.rfile.read(int(length))

    def _serve(self) -> None:
        raw = self._read_body()
        if raw is None:
            self.close_connection = True
            self._write(Answer(400, b"", self.desk.headers()))
            return
        parts = urlsplit(self.path)
        path, params = unquote(parts.path), dict(parse_qsl(parts.query, keep_blank_values=True))
        if path.startswith("/_control/"):
            self._write(Answer(*self.desk.control(self.command, path, params), self.desk.headers()))
            return
        logged = Logged(self.command, path, params, _object(raw), user_agent=self.headers.get("User-Agent"))
        number, patience = self.desk.arrive(logged)
        if self.desk.latency:
            self.desk.wait(self.desk.latency)
        fault = self._trouble(logged, number)
        if fault is None:
            self._send(logged, self._answer(logged, raw, patience))
            return
        if fault.kind in ("slow", "hang"):
            self.desk.wait(fault.seconds if fault.kind == "slow" else HANG_LIMIT)
        answer = self._answer(logged, raw, patience) if fault.kind in ("slow", "cut") else self._failed(fault)
        self._send(logged, replace(answer, sending="cut") if fault.kind == "cut" else answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _serve  # noqa: N815

    def _trouble(self, logged: Logged, number: int) -> Fault | None:
        """Call the callbacks with the request; what they raise is kept, and the answer is 500."""
        desk = self.desk
        with desk.lock:
            try:
                if desk.before is not None:
                    desk.before(logged)
                return None if desk.fault is None else desk.fault(logged, number)
            except BaseException as error:  # noqa: BLE001 - raised again when the server ends
                desk.errors.append(error)
                return Fault(500, b"a callback of the simulated account failed")

    def _answer(self, logged: Logged, raw: bytes, patience: float) -> Answer:
        desk = self.desk
        with desk.lock:
            refusal = too_many() if patience else self._stranger(logged.path)
            # The clock is read together with the data: a later Date would promise rows that are not in them.
            headers = desk.headers() | (desk.retry_header(patience) if patience else {})
            if refusal is None:
                return self.stage.answer(logged, raw, headers)
            return Answer(refusal.status, error_body(desk.dialect, refusal), headers)

    def _stranger(self, path: str) -> Refusal | None:
        """Return the refusal of a request with a wrong key or outside /v1, if it is one."""
        if self.headers.get("Authorization") != f"Bearer {self.desk.key}":
            return Refusal(401, "invalid_token", "Invalid token")
        if path != "/v1" and not path.startswith("/v1/"):
            return Refusal(404, "entity_not_found", "Entity is missing")
        return None

    def _failed(self, fault: Fault) -> Answer:
        headers = {**self.desk.headers(), **fault.headers}
        if fault.kind in ("hang", "reset"):
            return Answer(0, b"", sending="reset")
        if fault.kind == "garbage" or fault.body is not None:
            status, body = (200, _GARBAGE) if fault.kind == "garbage" else (fault.status, fault.body)
            return Answer(status, body, headers, "text/html")
        code = "too_many_requests" if fault.status == HTTPStatus.TOO_MANY_REQUESTS else "error"
        refusal = Refusal(fault.status, code, f"Simulated {fault.status}")
        return Answer(fault.status, error_body(self.desk.dialect, refusal), headers)

    def _send(self, logged: Logged, answer: Answer) -> None:
        if answer.sending == "reset":
            # A linger time of zero discards unsent data, and the client gets RST.
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())
            return
        if answer.sending == "slow":
            self.desk.wait(self.desk.measures.slow)
        logged.status = answer.status
        self._write(answer)

    def _write(self, answer: Answer) -> None:
        body, status = answer.data, answer.status
        lines = {"Server": "simulator", "Content-Type": answer.content_type, "Content-Length": str(len(body))}
        lines |= answer.headers
        if status == HTTPStatus.NO_CONTENT:
            del lines["Content-Length"], lines["Content-Type"]
        if answer.sending == "cut":
            self.close_connection = True
            body = body[: len(body) // 2]
        elif self.close_connection:
            lines["Connection"] = "close"
        phrase = self.responses.get(HTTPStatus(status), ("",))[0] if status in self.responses else ""
        head = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in lines.items()), "", ""]
        written = "\r\n".join(head).encode("latin-1")
        body = b"" if self.command == "HEAD" else body
        if answer.sending == "head by bytes":
            self._dribble(written)
            self.wfile.write(body)
        elif answer.sending == "body by bytes":
            self.wfile.write(written)
            self._dribble(body)
        else:
            self.wfile.write(written + body)

    def _dribble(self, data: bytes) -> None:
        """Write byte by byte, but not forever."""
        patience = time.monotonic() + self.desk.measures.dribble
        for place in range(len(data)):
            if time.monotonic() >= patience or self.desk.wait(self.desk.measures.byte):
                self.wfile.write(data[place:])
                return
            self.wfile.write(data[place : place + 1])
