"""Sessions on a server that are used again, as new: each new one costs a process, and all that it must look up first.

What this process closes is reset and kept with its database, under a name that is none of our servers';
whoever connects to it in the same way has it instead of another one.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from weakref import WeakKeyDictionary

import psycopg
import pytest
from psycopg.abc import PQGenConn
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import ExecStatus, PGconn, TransactionStatus
from psycopg.pq.abc import PGconn as Session

from almoxarife.server.store.postgres_connection import PostgresConnection

# DISCARD ALL, and a name.
_RESET = (
    b"CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; DEALLOCATE ALL; UNLISTEN *;"
    b" DISCARD PLANS; DISCARD TEMP; DISCARD SEQUENCES; SET application_name = 'kept by the tests';"
    b" SELECT pg_advisory_unlock_all()"
)

MAX_KEPT = 4
"""Sessions that are kept with a database: as many as a server has of which little is asked."""

_Way = tuple[tuple[str, object], ...]
"""What a session was asked for by, but for its database."""


class Sessions:
    """Those of this process with the databases that are named here, all of one server."""

    def __init__(self) -> None:
        self._kept: dict[str, list[Session]] = {}
        self._made: WeakKeyDictionary[Session, tuple[str, _Way]] = WeakKeyDictionary()
        self._lock = Lock()
        self._ended = PGconn.connect_start(b"host=127.0.0.1 port=1")
        self._ended.finish()

    @contextmanager
    def reused(self) -> Iterator[None]:
        connect, close = PostgresConnection._connect_gen, PostgresConnection.close

        def take_or_connect(kind: type[PostgresConnection], conninfo: str = "") -> PQGenConn[PostgresConnection]:
            way = conninfo_to_dict(conninfo)
            name = str(way.pop("dbname", ""))
            if name not in self._kept:
                return (yield from connect(conninfo))
            if (kept := self._find(name, tuple(way.items()))) is not None:
                return kind(kept)
            pg = yield from connect(conninfo)
            self._made[pg.pgconn] = name, tuple(way.items())
            return pg

        def keep_or_close(pg: PostgresConnection) -> None:
            session = pg.pgconn
            if not pg.closed and self._take_back(session):
                pg.pgconn = pg._statements._pgconn = self._ended
            close(pg)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PostgresConnection, "_connect_gen", classmethod(take_or_connect))
            patch.setattr(PostgresConnection, "close", keep_or_close)
            yield

    def _find(self, name: str, way: _Way) -> Session | None:
        while True:
            with self._lock:
                kept = self._kept.get(name, [])
                same = [session for session in kept if self._made[session][1] == way]
                if not same:
                    return None
                kept.remove(same[0])
            if _is_done(same[0], b"RESET application_name"):
                return same[0]
            same[0].finish()

    def _take_back(self, session: Session) -> bool:
        name, _ = self._made.get(session, ("", ()))
        if (
            session.transaction_status != TransactionStatus.IDLE
            or len(self._kept.get(name, [None] * MAX_KEPT)) >= MAX_KEPT
        ):
            return False
        if not _is_done(session, _RESET):
            return False
        session.notice_handler = session.notify_handler = None
        with self._lock:
            kept = self._kept.get(name)
            if kept is not None:
                kept.append(session)
        return kept is not None

    def of(self, name: str) -> list[int]:
        """The processes of those that are kept with a database."""
        return [session.backend_pid for session in self._kept.get(name, [])]

    def keep(self, name: str) -> None:
        """Keep what is closed of this database from now on."""
        self._kept.setdefault(name, [])

    def rename(self, name: str, new: str) -> None:
        with self._lock:
            self._kept[new] = self._kept.pop(name, [])
            for session in self._kept[new]:
                self._made[session] = new, self._made[session][1]

    def end(self, name: str) -> None:
        """Keep nothing of this database any more."""
        with self._lock:
            kept = self._kept.pop(name, [])
        for session in kept:
            session.finish()


def _is_done(session: Session, statements: bytes) -> bool:
    with suppress(psycopg.Error):
        return session.exec_(statements).status in {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}
    return False
