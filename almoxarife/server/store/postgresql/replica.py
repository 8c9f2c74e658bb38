"""Snapshots of a standby for requests that only read; they never show older data than the primary would.

Every request first reads the stamps of the primary (``SharedVersions``), together with its WAL position
at that moment. A standby that has replayed up to it has everything that was acknowledged by then, by
whichever server. If it has not, does not answer, or is no standby any more, the primary answers.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from time import monotonic, sleep
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from almoxarife.server.errors import StartupError
from almoxarife.server.store.postgres_connection import Connector, NoAnswer, PostgresConnection, make_engine, pg_of

TIMEOUT_S = 1.0
"""How long a standby may take to begin a snapshot; then the primary is used."""
DEADLINE_S = 10.0
"""How long it may take for an answer within a snapshot."""
CONNECT_S = 2
LATE_S = 0.25
"""How long a standby that lags is not asked again."""
AWAY_S = 5.0
"""How long a standby that cannot be used at all is not asked again."""
PAUSES_S = (0.0, 0.002, 0.006)
"""A healthy standby lags a few milliseconds: it is asked again after these pauses."""

POSITION, TIMELINE = "log position", "timeline"
"""Keys beside the topics in the stamps: the flushed WAL position of the primary, and its timeline."""

# The flushed position, not the inserted one: nothing beyond it was acknowledged.
SELECT_POSITION = (
    f" UNION ALL SELECT '{POSITION}', (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint"
    f" UNION ALL SELECT '{TIMELINE}', ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::bigint"
)
SELECT_CLUSTER = "SELECT system_identifier, current_database()::text FROM pg_control_system()"

# In a transaction of its own, before the snapshot: what is replayed between the two would be missing in it.
_BEGIN = (
    "BEGIN; SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() - '0/0'::pg_lsn,"
    " (SELECT min_recovery_end_timeline FROM pg_control_recovery()); COMMIT;"
    " BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
)


class ReplicaState(StrEnum):
    UP_TO_DATE = "em-dia"
    LATE = "atrasada"
    AWAY = "fora"
    """Unreachable, silent, promoted, or of another database."""


class _Unusable(psycopg.OperationalError):
    """It answers, but is no standby of our database."""


class _StandbyStatus(NamedTuple):
    is_standby: bool
    position: int | None
    timeline: int | None


class Replica:
    """``contract.Standby``, for threads whose request only reads (``Versions.begin_request``)."""

    def __init__(
        self, url: str, read_stamps: Callable[[], Mapping[str, int]], find_cluster: Callable[[], tuple[Any, ...]]
    ) -> None:
        """``read_stamps`` returns the stamps of this request, ``find_cluster`` the primary's cluster and database."""
        self._connector = Connector(url, target_session_attrs="prefer-standby", connect_timeout=CONNECT_S)
        self._engine = make_engine(self._connector)
        self._read_stamps = read_stamps
        self._find_cluster = find_cluster
        self._idle: list[Connection] = []
        self._retry_at = 0.0
        self.state: str = ReplicaState.UP_TO_DATE

    def begin(self) -> Connection | None:
        """A snapshot with everything that was acknowledged when this request began; None: use the primary."""
        is_well = self.state == ReplicaState.UP_TO_DATE
        if not is_well:
            if monotonic() < self._retry_at:
                return None
            self._pause(self.state)  # other requests do not wait for the result of this one
        stamps = self._read_stamps()
        try:
            return self._begin(stamps, PAUSES_S if is_well else PAUSES_S[:1])
        except (psycopg.Error, DBAPIError, StartupError):  # the last where it is too old, or not in UTF-8
            self._pause(ReplicaState.AWAY)
            return None

    def _begin(self, stamps: Mapping[str, int], pauses_s: tuple[float, ...]) -> Connection | None:
        connection, status = self._take()
        for pause_s in pauses_s:
            if pause_s:
                sleep(pause_s)
                status = _begin_snapshot(pg_of(connection), again=True)
            if not status.is_standby:
                connection.close()
                raise _Unusable("it was promoted")
            if status.timeline == stamps[TIMELINE] and (status.position or 0) >= stamps[POSITION]:
                self.state = ReplicaState.UP_TO_DATE
                return connection
        self._pause(ReplicaState.LATE)
        self.end(connection)
        return None

    def _take(self) -> tuple[Connection, _StandbyStatus]:
        """A connection in a new snapshot. Raises psycopg.Error, DBAPIError."""
        while self._idle:
            with suppress(IndexError):
                connection = self._idle.pop()
                try:
                    return connection, _begin_snapshot(pg_of(connection))
                except NoAnswer:
                    connection.close()
                    raise
                except psycopg.Error:
                    connection.close()  # it was lost while it was idle
        connection = self._engine.connect()
        try:
            pg = pg_of(connection)
            pg.deadline_s = DEADLINE_S
            if tuple(pg.execute(SELECT_CLUSTER).fetchall()[0]) != self._find_cluster():
                raise _Unusable("it is another database")
            return connection, _begin_snapshot(pg)
        except BaseException:
            connection.close()
            raise

    def _pause(self, state: str) -> None:
        self._retry_at = monotonic() + (LATE_S if state == ReplicaState.LATE else AWAY_S)
        self.state = state

    def lose(self, connection: Connection) -> None:
        """The connection failed within its snapshot."""
        connection.close()
        self._pause(ReplicaState.AWAY)

    def end(self, connection: Connection) -> None:
        """End the snapshot."""
        pg = pg_of(connection)
        try:
            pg.execute("ROLLBACK")
        except psycopg.Error:
            connection.close()
        else:
            self._idle.append(connection)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


def _begin_snapshot(pg: PostgresConnection, *, again: bool = False) -> _StandbyStatus:
    pg.until = monotonic() + TIMEOUT_S
    try:
        cursor = pg.execute(f"ROLLBACK; {_BEGIN}" if again else _BEGIN)
        while cursor.description is None:
            cursor.nextset()
        return _StandbyStatus(*cursor.fetchall()[0])
    finally:
        pg.until = None
