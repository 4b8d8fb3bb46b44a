"""An adapter for ``requests`` with a deadline for the whole answer.

The timeout of ``requests`` applies to each read from the socket, so an answer that arrives byte by byte could hold up
a request for hours.
"""

from __future__ import annotations

import io
import math
import time
import typing as t
from http.client import HTTPResponse

from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if t.TYPE_CHECKING:
    import socket

    from urllib3.connectionpool import ConnectionPool
    from urllib3.poolmanager import PoolManager


# To set the timeout of a socket is a system call, so it is only set when this many seconds have passed.
GRAIN = 0.1


class _Within(io.RawIOBase):
    """Reads from a socket; the socket's timeout at creation applies to all reads together."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._timeout = sock.gettimeout()
        self._until = math.inf if self._timeout is None else time.monotonic() + self._timeout

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: t.Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if self._timeout is not None and left < self._timeout - GRAIN:
            self._sock.settimeout(left)
            self._timeout = left
        return self._raw.readinto(buffer)

    @override
    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """An answer with one timeout for its status line, headers and body."""

    def __init__(self, sock: socket.socket, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Within(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


class DeadlineAdapter(HTTPAdapter):
    """The adapter of ``requests``, with a read timeout for the whole answer, which is read in the thread that asked.

    An adapter and not a session: a session would follow redirects (the API has none, and the key must not leave), keep
    cookies, and read the environment for every request.
    """

    _pool: ConnectionPool | None = None

    @override
    def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
        """Make the pool manager for direct connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    @override
    def proxy_manager_for(self, *args: t.Any, **kwargs: t.Any) -> PoolManager:
        """Make the pool manager for connections through a proxy."""
        manager: PoolManager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    @override
    def get_connection_with_tls_context(self, *args: t.Any, **kwargs: t.Any) -> ConnectionPool:
        """Return the pool of connections of the one host; finding it for each request costs 3% of a load's CPU."""
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **kwargs)
        return self._pool
