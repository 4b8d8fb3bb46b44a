"""Serves an account over HTTP on loopback, with a quota, a log and faults on demand."""

from __future__ import annotations

import math
import socket
import sys
import threading
import time
from contextlib import suppress
from email.utils import formatdate
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any

from simulator.deviations import Measures, Played, Stage
from simulator.dialect import Dialect
from simulator.endpoints import Endpoints
from simulator.faults import HANG_LIMIT, Fault, Quota, Window
from simulator.handler import Handler, Logged

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Literal, Self

    from simulator.account import Account

__all__ = ["Logged", "Server"]


class Listener(ThreadingHTTPServer):
    """Accepts connections, and can drop all of them."""

    daemon_threads = True
    block_on_close = False
    # Many clients start at once in benchmarks; none is to be turned away by the kernel.
    request_queue_size = 256

    def __init__(self, port: int, server: Server) -> None:
        """Listen on loopback for the server."""
        self.simulated = server
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)

    def server_bind(self) -> None:
        """Bind without asking a name server who this is, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection while it is open."""
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Say nothing of a client that went away, but keep what is the simulator's own fault."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):
            self.simulated.errors.append(error)

    def drop(self) -> None:
        """Close what clients keep open, so that nothing answers after the end."""
        with self._guard:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Server:
    """A simulated account at a URL; use it as a context manager.

    Attributes:
        lock: Guards the account; requests are answered under it.
        requests: Every request to the API in order of arrival.
        before: Called under the lock before a request is answered; may change the account.
        fault: Called with a request and its number from 1; what it returns happens.
        deviations: What the account does wrong; may be changed between requests.
        measures: How much of it.
        on_live: Called with the summary whenever /_control/live lets the account move on.
        errors: What `before` and `fault` raised, or the simulator itself; the first is raised
            again at the end.
    """

    def __init__(
        self,
        account: Account,
        dialect: Dialect | None = None,
        *,
        key: str = "test-key",
        latency: float = 0.0,
        requests_per_minute: float | None = None,
        window: Window = "fixed",
        window_seconds: float = 60.0,
        retry_after: Literal["seconds", "date"] | None = None,
        port: int = 0,
        seed: int = 0,
    ) -> None:
        """Bind to the port (0: any free one); nothing is answered before `start`.

        Args:
            account: What is served.
            dialect: How it is said; may be replaced between requests.
            key: The only key that is accepted.
            latency: Seconds before every answer.
            requests_per_minute: The quota; None is no limit.
            window: How the quota is counted.
            window_seconds: How long the quota's minute takes, for impatient tests.
            retry_after: How a 429 tells when to come again, if at all; a date is by the
                account's clock, as the Date header is.
            port: Where to listen.
            seed: Of ties in random order and of chance in deviations.
        """
        self.account = account
        self.dialect = Dialect() if dialect is None else dialect
        self.key = key
        self.latency = latency
        self.retry_after = retry_after
        self.quota = None if requests_per_minute is None else Quota(requests_per_minute, window, window_seconds)
        self.lock = threading.RLock()
        self.requests: list[Logged] = []
        self.before: Callable[[Logged], object] | None = None
        self.fault: Callable[[Logged, int], Fault | None] | None = None
        self.on_live: Callable[[dict[str, Any]], object] | None = None
        self.errors: list[BaseException] = []
        self.seed = seed
        self.deviations: list[Played] = []
        self.measures = Measures()
        self.endpoints = Endpoints(account, seed)
        self.stage = Stage(self)
        self._arrivals = threading.Lock()
        self._number = 0
        self._closing = threading.Event()
        self._listener = Listener(port, self)
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(0.02,), name="simulator", daemon=True
        )

    @property
    def port(self) -> int:
        """Where the server listens."""
        return int(self._listener.server_address[1])

    @property
    def root(self) -> str:
        """The URL of everything, control included."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The base URL of the API."""
        return f"{self.root}/v1"

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop to listen and drop every connection; may be called twice."""
        if not self._closing.is_set():
            self._closing.set()
            if self._thread.is_alive():
                self._listener.shutdown()
            self._listener.server_close()
            self._listener.drop()

    def __enter__(self) -> Self:
        """Begin to answer."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop; an error in a callback, which the client saw as 500 only, comes up here."""
        self.close()
        if self.errors and error is None:
            raise self.errors[0]

    def arrive(self, logged: Logged) -> tuple[int, float]:
        """Log a request; return its number and the seconds the quota makes it wait."""
        with self._arrivals:
            logged.at = time.monotonic()
            self.requests.append(logged)
            self._number += 1
            return self._number, 0.0 if self.quota is None else self.quota.take()

    def lived(self, summary: dict[str, Any]) -> None:
        """Pass the summary of a live period on to `on_live`."""
        if self.on_live is not None:
            self.on_live(summary)

    def wait(self, seconds: float) -> bool:
        """Wait, but not beyond the server's end; tell whether it has come."""
        return self._closing.wait(min(seconds, HANG_LIMIT))

    def headers(self) -> dict[str, str]:
        """Return the headers of every answer."""
        if not self.dialect.date_header:
            return {}
        return {"Date": self._date(0)}

    def retry_header(self, seconds: float) -> dict[str, str]:
        """Return the header that tells when to come again."""
        if self.retry_after is None:
            return {}
        patience = max(1, math.ceil(seconds))
        words = str(patience) if self.retry_after == "seconds" else self._date(patience)
        return {"Retry-After": words}

    def _date(self, later: int) -> str:
        return formatdate(int(self.account.now) + self.dialect.date_skew + later, usegmt=True)
