"""HTTP connections that limit the total time and size of each response.

A socket timeout limits only the pause between two reads: a peer that sends one byte a second would
keep a client waiting for ever. ``requests`` has no total limit, so all limits are enforced where
``http.client`` reads from the socket, status line and headers included.
"""

import io
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

TOTAL_S = 60.0
"""Timeout for a whole response, after its first byte."""
MIN_BYTES_PER_S = 100
"""The minimum rate of a response that takes longer than two read timeouts. A slower server is given up."""
MAX_BYTES = 64 * 1024 * 1024
"""A list of 100,000 products has 25 MB."""


class ResponseTooLong(Exception):
    """The response exceeds ``MAX_BYTES``, so it is not from our server."""


class BoundedAdapter(HTTPAdapter):
    """Mount it on a ``requests.Session`` to apply the limits."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.sock: Any = _BoundedSocket(self.sock)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock: Any = _BoundedSocket(self.sock)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


class _BoundedSocket:
    """Wraps a socket: ``http.client`` calls ``makefile`` once per response, which starts the limits anew."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def makefile(self, mode: str, *_: object, **__: object) -> BinaryIO:
        raw = self._sock.makefile(mode, buffering=0)
        return io.BufferedReader(_Response(raw, self._sock.gettimeout(), self._sock.settimeout))


class _Response(io.RawIOBase):
    """The byte stream of one response, with its deadline and remaining bytes."""

    def __init__(self, raw: Any, pause_s: float | None, set_timeout: Callable[[float], None]) -> None:
        self._raw = raw
        self._pause_s = TOTAL_S if pause_s is None else pause_s
        self._set_timeout = set_timeout
        self._ends_s = time.monotonic() + self._pause_s + TOTAL_S
        self._left = MAX_BYTES
        self._began_s: float | None = None
        """When its first byte came: a server may think about it for long."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        now = time.monotonic()
        left_s = self._ends_s - now
        if left_s <= 0 or self._is_dripping(now):
            raise TimeoutError("the response takes too long")
        if self._left <= 0:
            raise ResponseTooLong
        self._set_timeout(min(self._pause_s, left_s))
        count: int | None = self._raw.readinto(buffer)
        self._left -= count or 0
        if self._began_s is None and count:
            self._began_s = time.monotonic()
        return count

    def _is_dripping(self, now: float) -> bool:
        if self._began_s is None:
            return False
        took_s = now - self._began_s
        return took_s > 2 * self._pause_s and MAX_BYTES - self._left < took_s * MIN_BYTES_PER_S

    def close(self) -> None:
        self._raw.close()
        super().close()
