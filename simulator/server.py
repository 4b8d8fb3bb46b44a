"""Serves an account over HTTP on loopback."""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import suppress
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any

from simulator.desk import Desk
from simulator.deviations.stage import Stage
from simulator.handler import Handler

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


class Listener(ThreadingHTTPServer):
    """Accepts connections, and can drop all of them."""

    daemon_threads = True
    block_on_close = False
    # In benchmarks many clients start at once; the kernel must not refuse any.
    request_queue_size = 256

    def __init__(self, port: int, desk: Desk, stage: Stage) -> None:
        """Listen on loopback for the desk."""
        self.desk, self.stage = desk, stage
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)

    def server_bind(self) -> None:
        """Bind without looking up this host's name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Keep track of the connection while it is open."""
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Ignore clients that disconnect, but keep the simulator's own errors."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):
            self.desk.errors.append(error)

    def drop(self) -> None:
        """Close the connections that clients keep open, so that nothing answers after the end."""
        with self._guard:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Server(Desk):
    """A simulated account at a URL; use it as a context manager."""

    def listen(self, port: int) -> None:
        """Bind to the port; nothing is answered before `start`."""
        self._listener = Listener(port, self, Stage(self))
        serve = self._listener.serve_forever
        self._thread = threading.Thread(target=serve, args=(0.005,), name="simulator", daemon=True)

    @property
    def port(self) -> int:
        """The port on which the server listens."""
        return int(self._listener.server_address[1])

    @property
    def root(self) -> str:
        """The URL of the server, for the API and /_control."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The base URL of the API."""
        return f"{self.root}/v1"

    def start(self) -> Self:
        """Start to answer."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening and drop every connection; may be called twice."""
        if not self.closing.is_set():
            self.closing.set()
            if self._thread.is_alive():
                self._listener.shutdown()
            self._listener.server_close()
            self._listener.drop()

    def __enter__(self) -> Self:
        """Start to answer."""
        return self.start()

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        """Stop, and raise the first error of a callback, of which the client only saw a 500."""
        self.close()
        if self.errors and error is None:
            raise self.errors[0]
