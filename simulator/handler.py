"""One connection: reads requests, gets the answers from the server's parts, and writes them."""

from __future__ import annotations

import json
import os
import socket
import struct
import time
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
    from simulator.deviations.base import Sending
    from simulator.deviations.stage import Stage

_MOST_BODY = 1_000_000
_GARBAGE = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>\n"


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


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
            self._write(400, b"")
            return
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        if path.startswith("/_control/"):
            status, answer = self.desk.control(self.command, path, params)
            self._write(status, json.dumps(answer).encode())
            return
        logged = Logged(
            self.command, path, params, _object(raw) if raw else None, user_agent=self.headers.get("User-Agent")
        )
        number, patience = self.desk.arrive(logged)
        if self.desk.latency:
            self.desk.wait(self.desk.latency)
        fault = self._trouble(logged, number)
        if fault is None or fault.kind in ("slow", "cut"):
            if fault is not None and fault.seconds:
                self.desk.wait(fault.seconds)
            self._answer(logged, raw, patience, cut=fault is not None and fault.kind == "cut")
        else:
            self._fail(logged, fault)

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

    def _answer(self, logged: Logged, raw: bytes, patience: float, *, cut: bool) -> None:
        desk = self.desk
        with desk.lock:
            refusal = too_many() if patience else self._stranger(logged.path)
            # The clock is read together with the data: a later Date would promise rows that are not in them.
            headers = desk.headers()
            if patience:
                headers |= desk.retry_header(patience)
            if refusal is None:
                answer = self.stage.answer(logged, raw, headers)
            else:
                answer = Answer(refusal.status, error_body(desk.dialect, refusal), headers)
        self._send(logged, replace(answer, sending="cut") if cut else answer)

    def _send(self, logged: Logged, answer: Answer) -> None:
        if answer.sending == "reset":
            self._reset()
            return
        if answer.sending == "slow":
            self.desk.wait(self.desk.measures.slow)
        logged.status = answer.status
        self._write(
            answer.status, answer.data, answer.headers, sending=answer.sending, content_type=answer.content_type
        )

    def _stranger(self, path: str) -> Refusal | None:
        """Return the refusal of a request with a wrong key or outside /v1, if it is one."""
        if self.headers.get("Authorization") != f"Bearer {self.desk.key}":
            return Refusal(401, "invalid_token", "Invalid token")
        if path != "/v1" and not path.startswith("/v1/"):
            return Refusal(404, "entity_not_found", "Entity is missing")
        return None

    def _fail(self, logged: Logged, fault: Fault) -> None:
        if fault.kind == "hang":
            self.desk.wait(HANG_LIMIT)
        if fault.kind in ("hang", "reset"):
            self._reset()
            return
        if fault.kind == "garbage":
            logged.status = 200
            self._write(200, _GARBAGE, content_type="text/html")
            return
        logged.status = fault.status
        body, content_type = fault.body, "text/html"
        if body is None:
            code = "too_many_requests" if fault.status == HTTPStatus.TOO_MANY_REQUESTS else "error"
            refusal = Refusal(fault.status, code, f"Simulated {fault.status}")
            body = json.dumps(error_body(self.desk.dialect, refusal)).encode()
            content_type = "application/json"
        headers = {**self.desk.headers(), **fault.headers}
        self._write(fault.status, body, headers, content_type=content_type)

    def _reset(self) -> None:
        """Close so that the client gets RST: a linger time of zero discards unsent data."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        os.close(self.connection.detach())

    def _write(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
        *,
        sending: Sending = "whole",
        content_type: str = "application/json",
    ) -> None:
        lines = {
            "Server": "simulator",
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            **(self.desk.headers() if headers is None else headers),
        }
        if status == HTTPStatus.NO_CONTENT:
            del lines["Content-Length"], lines["Content-Type"]
        if sending == "cut":
            self.close_connection = True
            body = body[: len(body) // 2]
        elif self.close_connection:
            lines["Connection"] = "close"
        phrase = self.responses.get(HTTPStatus(status), ("",))[0] if status in self.responses else ""
        head = f"HTTP/1.1 {status} {phrase}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        written = head.encode("latin-1") + b"\r\n"
        body = b"" if self.command == "HEAD" else body
        if sending == "head by bytes":
            self._dribble(written)
            self.wfile.write(body)
        elif sending == "body by bytes":
            self.wfile.write(written)
            self._dribble(body)
        else:
            self.wfile.write(written + body)

    def _dribble(self, data: bytes) -> None:
        """Write byte by byte, but not forever."""
        measures = self.desk.measures
        patience = time.monotonic() + measures.dribble
        for place in range(len(data)):
            if time.monotonic() >= patience or self.desk.wait(measures.byte):
                self.wfile.write(data[place:])
                return
            self.wfile.write(data[place : place + 1])
