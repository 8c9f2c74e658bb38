"""A standby of the same database, which answers who only reads and never tells less than the primary would have.

Every request looks first for what has changed on the primary (``SharedVersions``), and is told with
it how far the primary's log reached at that moment. A standby that has replayed so far knows all that
anybody had been told by then, whichever server told it. One that has not, is silent, or is no standby
any more is left out, and the primary answers.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from time import monotonic, sleep
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from almoxarife.server.store.postgres_connection import Connector, Line, NoAnswer, line_of, make_engine

PATIENCE_S = 1.0
"""How long a standby may take to begin a snapshot; where it takes longer the primary answers."""
DEADLINE_S = 10.0
"""The same for an answer within one."""
DIAL_S = 2
LATE_S = 0.25
"""For how long nobody asks a standby that was too late."""
AWAY_S = 5.0
"""The same for one that could not be used at all."""
PAUSES_S = (0.0, 0.002, 0.006)
"""A standby that is well is some milliseconds late: it is asked again after these."""

POSITION, TIMELINE = "log position", "timeline"
"""Beside the topics in what a look finds: how far the primary's log is on the disk, and of which reign it is."""

# Flushed, not inserted: what a standby may not have been sent yet was confirmed to nobody.
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
    """Not there, silent, promoted, or of another database."""


class _Unusable(psycopg.OperationalError):
    """It answers, and is no standby of ours."""


class _Standing(NamedTuple):
    is_standby: bool
    position: int | None
    timeline: int | None


class Replica:
    """Snapshots of a standby, for threads that have ``begun`` a request that only reads."""

    def __init__(
        self, url: str, look: Callable[[], Mapping[str, int]], find_cluster: Callable[[], tuple[Any, ...]]
    ) -> None:
        """``look`` tells the stamps of this request; ``find_cluster`` which cluster and database the primary's are."""
        self._connector = Connector(url, target_session_attrs="prefer-standby", connect_timeout=DIAL_S)
        self._engine = make_engine(self._connector)
        self._look = look
        self._find_cluster = find_cluster
        self._idle: list[Connection] = []
        self._rests_until = 0.0
        self.state: str = ReplicaState.UP_TO_DATE

    def begin(self) -> Connection | None:
        """A snapshot that holds all that the primary had confirmed when this request began; None: ask the primary."""
        is_well = self.state == ReplicaState.UP_TO_DATE
        if not is_well:
            if monotonic() < self._rests_until:
                return None
            self._rest(self.state)  # requests that come meanwhile do not wait for what this one finds
        stamps = self._look()
        try:
            return self._begin(stamps, PAUSES_S if is_well else PAUSES_S[:1])
        except (psycopg.Error, DBAPIError):
            self._rest(ReplicaState.AWAY)
            return None

    def _begin(self, stamps: Mapping[str, int], pauses_s: tuple[float, ...]) -> Connection | None:
        connection, standing = self._take()
        for pause_s in pauses_s:
            if pause_s:
                sleep(pause_s)
                standing = _begin_snapshot(line_of(connection), again=True)
            if not standing.is_standby:
                connection.close()
                raise _Unusable("it was promoted")
            if standing.timeline == stamps[TIMELINE] and (standing.position or 0) >= stamps[POSITION]:
                self.state = ReplicaState.UP_TO_DATE
                return connection
        self._rest(ReplicaState.LATE)
        self.end(connection)
        return None

    def _take(self) -> tuple[Connection, _Standing]:
        """A connection in a new snapshot. Raises psycopg.Error, DBAPIError."""
        while self._idle:
            with suppress(IndexError):
                connection = self._idle.pop()
                try:
                    return connection, _begin_snapshot(line_of(connection))
                except NoAnswer:
                    connection.close()
                    raise
                except psycopg.Error:
                    connection.close()  # it broke while nobody used it
        connection = self._engine.connect()
        try:
            line = line_of(connection)
            line.deadline_s = DEADLINE_S
            if tuple(line.execute(SELECT_CLUSTER).fetchall()[0]) != self._find_cluster():
                raise _Unusable("it is another database")
            return connection, _begin_snapshot(line)
        except BaseException:
            connection.close()
            raise

    def _rest(self, state: str) -> None:
        self._rests_until = monotonic() + (LATE_S if state == ReplicaState.LATE else AWAY_S)
        self.state = state

    def lose(self, connection: Connection) -> None:
        """It failed within a snapshot."""
        connection.close()
        self._rest(ReplicaState.AWAY)

    def end(self, connection: Connection) -> None:
        """The snapshot is not needed any more."""
        line = line_of(connection)
        try:
            line.execute("ROLLBACK")
        except psycopg.Error:
            connection.close()
        else:
            self._idle.append(connection)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


def _begin_snapshot(line: Line, *, again: bool = False) -> _Standing:
    line.until = monotonic() + PATIENCE_S
    try:
        cursor = line.execute(f"ROLLBACK; {_BEGIN}" if again else _BEGIN)
        while cursor.description is None:
            cursor.nextset()
        return _Standing(*cursor.fetchall()[0])
    finally:
        line.until = None
