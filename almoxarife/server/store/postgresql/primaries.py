"""Recognises a primary whose standby was promoted, so that it is not used any more (split brain).

Such a primary does not know of the other one and still takes writes, which would be lost.
"""

from threading import Lock
from typing import Any, NamedTuple

import psycopg

SELECT_PRIMARY = (
    "SELECT system_identifier, CASE WHEN NOT pg_is_in_recovery()"
    " THEN ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::bigint END FROM pg_control_system()"
)
"""The columns of ``Primary`` after ``host``; the timeline of a standby is NULL."""


class Primary(NamedTuple):
    """A primary, by the timeline of its cluster: each promotion begins a new one."""

    host: str
    cluster: int
    timeline: int


class NewestPrimary:
    """The newest primary that this process has been connected to."""

    def __init__(self) -> None:
        self._newest = Primary("", 0, 0)
        self._lock = Lock()

    def adopt(self, found: Primary) -> None:
        """Raises OperationalError if it is not the newest."""
        with self._lock:
            self.require(found)
            self._newest = found

    def require(self, found: Primary | None) -> None:
        """Raises OperationalError for a primary that is not the newest; None is a standby."""
        newest = self._newest
        if found is not None and found.cluster == newest.cluster and found.timeline < newest.timeline:
            raise psycopg.OperationalError(
                f"{found.host} is the primary of timeline {found.timeline}, {newest.host} of {newest.timeline}: stop it"
            )


def rotate_hosts(parameters: dict[str, Any]) -> dict[str, Any]:
    """The connection parameters with the first host, its address and its port at the end."""
    rotated = dict(parameters)
    for name in ("host", "hostaddr", "port"):
        first, *others = str(parameters.get(name) or "").split(",")
        if others:
            rotated[name] = ",".join([*others, first])
    return rotated
