"""What may be between the tap and the API: a TLS server with a private certificate, and a company's proxy."""

import contextlib
import socket
import ssl
import threading
import typing as t
from socketserver import BaseRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Self

LONG = 30.0


class Relay(ThreadingTCPServer):
    """Accepts connections on loopback and forwards their bytes to a port there.

    With a certificate it terminates TLS; as a proxy it expects CONNECT first, and forwards every host to that port.

    Attributes:
        heads: the request line and headers of each CONNECT.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(
        self, to: int, *, tls: ssl.SSLContext | None = None, proxy: bool = False, answer: str = "200 OK"
    ) -> None:
        self.to, self.tls, self.proxy, self.answer = to, tls, proxy, answer
        self.heads: list[str] = []
        super().__init__(("127.0.0.1", 0), _Pass)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: t.Any, client_address: t.Any) -> None:
        """Log nothing: clients that do not trust the certificate disconnect."""


class _Pass(BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        near = self.request
        near.settimeout(LONG)
        if self.server.proxy:
            self.server.heads.append(_head(near))
            near.sendall(f"HTTP/1.1 {self.server.answer}\r\n\r\n".encode())
            if not self.server.answer.startswith("200"):
                return
        if self.server.tls is not None:
            near = self.server.tls.wrap_socket(near, server_side=True)
        with near, socket.create_connection(("127.0.0.1", self.server.to), LONG) as far:
            back = threading.Thread(target=_pump, args=(far, near), daemon=True)
            back.start()
            _pump(near, far)
            back.join(LONG)


def _head(connection: socket.socket) -> str:
    read = b""
    while b"\r\n\r\n" not in read and (part := connection.recv(1)):
        read += part
    return read.decode()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(1 << 16):
            sink.sendall(part)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
