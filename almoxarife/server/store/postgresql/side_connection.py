"""A connection beside the writing one, for single statements; an advisory lock on it shows that the process exists."""

from threading import Lock
from time import monotonic
from typing import Any

import psycopg

from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.store.postgres_connection import Connector, NoAnswer, PostgresConnection, brief
from almoxarife.server.store.waiting import may_wait

PRESENCE = 0x616C6D79
"""The shared advisory lock of all processes that answer polls with slightly old stamps (``MAX_AGE_S``)."""
FIND_OTHERS = (
    b"SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 0"
    b" AND objid = $1 AND pid <> $2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)
"""Whether others than the backend $2 hold the advisory lock $1."""
KNOWN_S = 1.0
"""After holding it so long, all other processes have noticed this one."""


class SideConnection:
    """A connection for one statement at a time, outside of transactions; opened when it is needed."""

    def __init__(self, connector: Connector, *, presence: int | None = None) -> None:
        """``presence``: the advisory lock that it holds, shared, while it is open."""
        self._connector = connector
        self._presence = presence
        self._connected_at: float | None = None
        self.backend = 0
        """The process id of its backend."""
        self._lock = Lock()
        self._is_closed = False
        self._pg: PostgresConnection | None = None

    def connect(self) -> None:
        """Connect now. Raises psycopg.Error."""
        with self._lock:
            self._pg = self._connect()

    def ask(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Execute a statement; again if the connection was lost while it was idle. Raises StoreUnavailable."""
        may_wait()
        with self._lock:
            if self._is_closed:  # a background thread may ask after the end
                raise StoreUnavailable
            try:
                self._connector.require_responsive()
                if self._pg is not None:
                    try:
                        self._connector.require_newest(self._pg)
                        return self._ask(self._pg, sql, parameters)
                    except NoAnswer:
                        raise  # after a timeout, trying again would take as long
                    except psycopg.Error:
                        self._pg.close()
                self._pg = self._connect()
                return self._ask(self._pg, sql, parameters)
            except psycopg.Error as error:
                raise StoreUnavailable from error

    def is_known(self) -> bool:
        """Whether all other processes have noticed this one."""
        return self._connected_at is not None and monotonic() - self._connected_at > KNOWN_S

    def _connect(self) -> PostgresConnection:
        self._connected_at = None
        pg = self._connector.connect()
        if self._presence is not None:
            self._ask(pg, "SELECT pg_advisory_lock_shared($1)", (self._presence,))
        # Not what the connection was told: through a pooler that is another number.
        self.backend = self._ask(pg, "SELECT pg_backend_pid()", ())[0][0]
        self._connected_at = monotonic()
        return pg

    def _ask(self, pg: PostgresConnection, sql: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with brief(pg):
            return pg.ask(sql.encode(), parameters)

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            if self._pg is not None:
                self._pg.close()
