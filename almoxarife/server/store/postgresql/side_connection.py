"""A connection beside the one that writes, by which a process is present too."""

from threading import Lock
from time import monotonic
from typing import Any

import psycopg

from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.store.postgres_connection import Connector, Line, NoAnswer, brief
from almoxarife.server.store.waiting import may_wait

PRESENCE = 0x616C6D79
"""The advisory lock that every process shares whose answers may be a little old."""
KNOWN_S = 1.0
"""After so long with it every other process knows of this one."""


class SideConnection:
    """A connection for one statement at a time, outside of any transaction; made when it is needed."""

    def __init__(self, connector: Connector, *, presence: int | None = None) -> None:
        """``presence``: the advisory lock that it shares for as long as it is there."""
        self._connector = connector
        self._presence = presence
        self._connected_at: float | None = None
        self.backend = 0
        """PostgreSQL's number for it."""
        self._lock = Lock()
        self._is_closed = False
        self._line: Line | None = None

    def connect(self) -> None:
        """Connect before anything is asked. Raises psycopg.Error."""
        with self._lock:
            self._line = self._connect()

    def ask(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Raises StoreUnavailable. Asked twice when the connection broke while nobody used it."""
        may_wait()
        with self._lock:
            if self._is_closed:  # a background thread may ask after the end
                raise StoreUnavailable
            try:
                self._connector.verify_heard()
                if self._line is not None:
                    try:
                        return self._ask(self._line, sql, parameters)
                    except NoAnswer:
                        raise  # it would take as long once more
                    except psycopg.Error:
                        self._line.close()
                self._line = self._connect()
                return self._ask(self._line, sql, parameters)
            except psycopg.Error as error:
                raise StoreUnavailable from error

    def is_known(self) -> bool:
        """Whether it has been present so long that every other process knows."""
        return self._connected_at is not None and monotonic() - self._connected_at > KNOWN_S

    def _connect(self) -> Line:
        self._connected_at = None
        line = self._connector.connect()
        if self._presence is not None:
            self._ask(line, "SELECT pg_advisory_lock_shared($1)", (self._presence,))
        self.backend, self._connected_at = line.info.backend_pid, monotonic()
        return line

    def _ask(self, line: Line, sql: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with brief(line):
            return line.ask(sql.encode(), parameters)

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            if self._line is not None:
                self._line.close()
