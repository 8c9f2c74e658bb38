"""The coordination goes back to the main node, by plan, once it has been well for a while; and away from a full disk.

Patroni ranks nodes in an election, and never moves a lead that works, or that lives on without
room to write. This asks it to. Each node looks after itself: it knows its own disk. Patroni
refuses a request that names the wrong leader.
"""

import base64
import json
import math
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from almoxarife.server.operations.cluster.certificates import tls_context
from almoxarife.server.operations.cluster.cluster_file import Plan

EVERY_S = 2.0
TIMEOUT_S = 30.0
LEAST_FREE_BYTES = 500_000_000
"""A coordinator with less gives the coordination away, and the main node takes it again with twice that."""
LEAST_FREE_BYTES_OF_A_SMALL_ONE = 100_000_000
"""More than etcd gives back when it has ended for want of room and begins anew: a segment of 64 MB."""
REST_S = 600.0
"""For which a node that gave the coordination away for its disk, and has it again without having more room, keeps it:
where the disks of all fill alike, it would go round and round, and each change costs the shops seconds."""
MAX_LAG_BYTES = 1_048_576
"""Of a main node that is well. It is told of two nodes at two moments, a second apart: while anything at all is
written, a request's line in the log too, it is 0 only by chance. That all that was confirmed is there, its being
synchronous says."""
_SYNCHRONOUS = {"sync_standby", "quorum_standby"}


@dataclass(frozen=True)
class Switchover:
    """Who is to hand over to whom, now."""

    leader: str
    candidate: str


class SwitchoverPolicy:
    """How long the main node has been well without a break, and whether a coordinator has room.

    ``free_bytes`` of a node's disk; None where that is not known here, and then it is somebody else's to judge.
    """

    def __init__(
        self, plan: Plan, free_bytes: Callable[[str], int | None], *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._plan = plan
        self._free_bytes = free_bytes
        self._least = LEAST_FREE_BYTES_OF_A_SMALL_ONE if plan.is_small else LEAST_FREE_BYTES
        self._clock = clock
        self._well_since: float | None = None
        self._is_leaving: str | None = None
        self._left: dict[str, float] = {}
        """When a node was left for its disk."""

    def decide(self, cluster: dict[str, Any], now: datetime) -> Switchover | None:
        """``cluster`` as Patroni's ``GET /cluster`` tells it; ``now`` in the shop's zone."""
        if cluster.get("pause") or cluster.get("scheduled_switchover"):
            self._well_since = None
            return None
        return self._leave_full_disk(cluster) or self._return(cluster, now)

    def _leave_full_disk(self, cluster: dict[str, Any]) -> Switchover | None:
        leader = _find_leader(cluster)
        if leader is None:
            return None
        if self._is_leaving not in {None, leader}:
            self._left[str(self._is_leaving)], self._is_leaving = self._clock(), None
        free = self._free_bytes(leader)
        if free is not None and free >= 2 * self._least:
            self._left.pop(leader, None)
        if free is None or free >= self._least or self._clock() - self._left.get(leader, -math.inf) < REST_S:
            return None
        self._is_leaving = leader
        ready = [name for name in _list_members(cluster) if _has_everything(cluster, name, leader, most_lag=None)]
        return Switchover(leader, ready[0]) if ready else None

    def _return(self, cluster: dict[str, Any], now: datetime) -> Switchover | None:
        leader, main = _find_leader(cluster), self._plan.main.name
        free = self._free_bytes(main)
        is_well = leader not in {None, main} and _has_everything(cluster, main, leader, most_lag=MAX_LAG_BYTES)
        if leader is None or not is_well or free is None or free < 2 * self._least:
            self._well_since = None
            return None
        if self._well_since is None:
            self._well_since = self._clock()
        is_stable = self._clock() - self._well_since >= self._plan.stable_s
        return Switchover(leader, main) if is_stable and self._plan.window.holds(now.time()) else None


def free_bytes_of(folders: Mapping[str, Path]) -> Callable[[str], int | None]:
    """For ``SwitchoverPolicy``, of the nodes whose folders are here."""

    def look(name: str) -> int | None:
        try:
            return shutil.disk_usage(folders[name]).free
        except (KeyError, OSError):
            return None

    return look


def _list_members(cluster: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {str(member.get("name")): member for member in cluster.get("members", [])}


def _find_leader(cluster: dict[str, Any]) -> str | None:
    members = _list_members(cluster).items()
    return next(
        (name for name, told in members if told.get("role") == "leader" and told.get("state") == "running"), None
    )


def _has_everything(cluster: dict[str, Any], name: str, leader: str | None, *, most_lag: int | None) -> bool:
    """What the leader has confirmed; with ``most_lag`` also nearly all of what it is about to."""
    members = _list_members(cluster)
    own, leading = members.get(name), members.get(leader or "")
    return (
        own is not None
        and leading is not None
        and own.get("role") in _SYNCHRONOUS
        and own.get("state") == "streaming"
        and own.get("timeline") == leading.get("timeline")
        and (most_lag is None or _lag(own) <= most_lag)
    )


def _lag(member: dict[str, Any]) -> float:
    """Of what it has replayed, where Patroni tells that; infinite where it does not know."""
    lags = [member.get("lag"), member.get("replay_lag", 0)]
    return max(lag if isinstance(lag, int) else math.inf for lag in lags)


class PatroniApi:
    """Patroni's REST interface of the nodes."""

    def __init__(self, plan: Plan, *, password: str, authority: Path) -> None:
        self._urls = {node.name: f"https://{node.host}:{node.ports.patroni}" for node in plan.nodes}
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=tls_context(authority)))
        self._password = password

    def cluster(self) -> dict[str, Any]:
        """As the first node tells it that answers; empty when none does."""
        for url in self._urls.values():
            try:
                with self._opener.open(f"{url}/cluster", timeout=2.0) as answer:
                    told = json.load(answer)
            except (OSError, ValueError, HTTPException):
                continue
            if isinstance(told, dict):
                return told
        return {}

    def switch(self, wanted: Switchover) -> int:
        """The status; 412 when the candidate is not ready after all. Raises OSError when nobody answers."""
        body = json.dumps({"leader": wanted.leader, "candidate": wanted.candidate}).encode()
        credentials = base64.b64encode(f"almoxarife:{self._password}".encode()).decode()
        request = Request(  # noqa: S310  # our own address
            f"{self._urls[wanted.leader]}/switchover",
            data=body,
            headers={"Content-Type": "application/json", "Authorization": f"Basic {credentials}"},
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code
        except HTTPException as error:
            raise OSError(f"half an answer: {error!r}") from error
