"""The coordination goes back to the main node, by plan, once it has been well for a while; and away from a full disk.

Patroni ranks nodes in an election, and never moves a lead that works, or that lives on without
room to write. This asks it to. Each node looks after itself: it knows its own disk. Patroni
refuses a request that names the wrong leader. And whoever coordinates does not lead etcd as well.
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

from almoxarife.server.errors import StartupError
from almoxarife.server.operations.cluster.certificates import tls_context
from almoxarife.server.operations.cluster.cluster_file import Plan

EVERY_S = 2.0
TIMEOUT_S = 30.0
MIN_FREE_BYTES = 500_000_000
"""A coordinator with less gives the coordination away, and the main node takes it again with twice that."""
MIN_FREE_BYTES_SMALL = 100_000_000
"""More than etcd gives back when it has ended for want of room and begins anew: a segment of 64 MB."""
DISK_SWITCHOVER_PAUSE_S = 600.0
"""For which a node that gave the coordination away for its disk, and has it again without having more room, keeps it:
where the disks of all fill alike, it would go round and round, and each change costs the shops seconds."""
MAX_LAG_BYTES = 1_048_576
"""Of a main node that is well. It is told of two nodes at two moments, a second apart: while anything at all is
written, a request's line in the log too, it is 0 only by chance. That all that was confirmed is there, its being
synchronous says."""
LOOKS_BEFORE_ALARM = 5
ETCD_RETRY_S = 60.0
"""For which a node is not asked again to lead etcd: one that loses it at once is not well enough for it."""
_ETCD_TIMEOUT_S = 1.5
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
        self._min_free_bytes = MIN_FREE_BYTES_SMALL if plan.is_small else MIN_FREE_BYTES
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
        if free is not None and free >= 2 * self._min_free_bytes:
            self._left.pop(leader, None)
        if (
            free is None
            or free >= self._min_free_bytes
            or self._clock() - self._left.get(leader, -math.inf) < DISK_SWITCHOVER_PAUSE_S
        ):
            return None
        self._is_leaving = leader
        ready = [name for name in _list_members(cluster) if _has_everything(cluster, name, leader, max_lag_bytes=None)]
        return Switchover(leader, ready[0]) if ready else None

    def _return(self, cluster: dict[str, Any], now: datetime) -> Switchover | None:
        leader, main = _find_leader(cluster), self._plan.main.name
        free = self._free_bytes(main)
        is_well = leader not in {None, main} and _has_everything(cluster, main, leader, max_lag_bytes=MAX_LAG_BYTES)
        if leader is None or not is_well or free is None or free < 2 * self._min_free_bytes:
            self._well_since = None
            return None
        if self._well_since is None:
            self._well_since = self._clock()
        is_stable = self._clock() - self._well_since >= self._plan.stable_s
        return Switchover(leader, main) if is_stable and self._plan.window.contains(now.time()) else None


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
        (name for name, member in members if member.get("role") == "leader" and member.get("state") == "running"), None
    )


def _has_everything(cluster: dict[str, Any], name: str, leader: str | None, *, max_lag_bytes: int | None) -> bool:
    """What the leader has confirmed; with ``max_lag_bytes`` also nearly all of what it is about to."""
    members = _list_members(cluster)
    own, leading = members.get(name), members.get(leader or "")
    return (
        own is not None
        and leading is not None
        and own.get("role") in _SYNCHRONOUS
        and own.get("state") == "streaming"
        and own.get("timeline") == leading.get("timeline")
        and (max_lag_bytes is None or _lag(own) <= max_lag_bytes)
    )


def _lag(member: dict[str, Any]) -> float:
    """Of what it has replayed, where Patroni tells that; infinite where it does not know."""
    lags = [member.get("lag"), member.get("replay_lag", 0)]
    return max(lag if isinstance(lag, int) else math.inf for lag in lags)


class TimelineAlarm:
    """Tells of a coordinator of an older timeline than that of one before it: it lacks what was confirmed since."""

    def __init__(self) -> None:
        self._newest = ("", 0)
        self._looks = 0

    def look(self, cluster: dict[str, Any]) -> str | None:
        """The sentence, once. Not at the first looks: a node that has just woken up tells what it knew last."""
        leader = _find_leader(cluster)
        timeline = _list_members(cluster)[leader].get("timeline") if leader is not None else None
        if leader is None or not isinstance(timeline, int):
            return None
        name, newest = self._newest
        if timeline >= newest:
            self._newest, self._looks = (leader, timeline), 0
            return None
        self._looks += 1
        if self._looks != LOOKS_BEFORE_ALARM:
            return None
        return (
            f"{leader} coordena com os dados da linha do tempo {timeline}, e {name} já tinha coordenado na {newest}:"
            f" vendas confirmadas por {name} podem ter se perdido. Guarde a pasta wal de cada nó antes de tudo"
            " (docs/cluster.md)."
        )


@dataclass(frozen=True)
class EtcdStatus:
    """What etcd of a node says: who it is and whom it takes for the leader, by number."""

    own: str
    leader: str


AskEtcd = Callable[[str], EtcdStatus | None]
"""By a node's name; None where its etcd does not answer."""


class EtcdLeaderPolicy:
    """Which node leads etcd where the one that coordinates does: an advantage that it must not have.

    An etcd before 3.4.31 or 3.5.13 that led, stood still and wakes takes everybody's lease. Where it is that of a
    coordinator of before, this one wakes with it, and may get the coordination that the new one loses, with old data.
    Any other node's gives nobody an advantage: whoever coordinates asks for the lease again.
    """

    def __init__(self, plan: Plan, ask: AskEtcd, *, clock: Callable[[], float] = monotonic) -> None:
        self._plan = plan
        self._ask = ask
        self._clock = clock
        self._chosen_at: dict[str, float] = {}

    def decide(self, cluster: dict[str, Any], coordinator: str) -> tuple[str, str] | None:
        """The node and its number in etcd; None where nothing is to be done."""
        own = self._ask(coordinator)
        if own is None or own.leader != own.own:
            return None
        roles = {name: member.get("role") for name, member in _list_members(cluster).items()}
        others = [node for node in self._plan.nodes if node.name != coordinator]
        # Last who coordinates next: the main node when it is well, the synchronous standby when this one fails.
        others.sort(key=lambda node: (node.is_main, roles.get(node.name) in _SYNCHRONOUS))
        for name in (node.name for node in others):
            if self._clock() - self._chosen_at.get(name, -math.inf) < ETCD_RETRY_S:
                continue
            status = self._ask(name)
            if status is not None and status.leader == own.own:
                self._chosen_at[name] = self._clock()
                return name, status.own
        return None


class EtcdApi:
    """etcd's JSON interface of the nodes. ``folder``: a node's configuration, whose certificate lets in."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        context = tls_context(folder / "ca.crt")
        try:
            context.load_cert_chain(folder / "no.crt", folder / "no.key")
        except OSError as error:
            raise StartupError(f"{folder / 'no.crt'} ou no.key não pode ser lido ({error}).") from error
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
        self._policy = EtcdLeaderPolicy(plan, self.status)

    def leave_coordinator(self, cluster: dict[str, Any], *, only: str | None = None) -> str | None:
        """Let another node than the coordinator (``only`` if it is that one) lead etcd; what was done, in words."""
        coordinator = _find_leader(cluster)
        if coordinator is None or only not in {None, coordinator}:
            return None
        chosen = self._policy.decide(cluster, coordinator)
        if chosen is None:
            return None
        name, number = chosen
        try:
            self._ask(coordinator, "transfer-leadership", {"targetID": number})
        except (OSError, ValueError, HTTPException) as error:
            return f"O etcd de {coordinator} não passou a liderança a {name} ({error})."
        return f"{name} lidera agora o etcd, e não mais {coordinator}, que coordena."

    def status(self, name: str) -> EtcdStatus | None:
        try:
            answer = self._ask(name, "status", {})
            return EtcdStatus(str(answer["header"]["member_id"]), str(answer.get("leader")))
        except (OSError, ValueError, LookupError, TypeError, HTTPException):
            return None

    def _ask(self, name: str, what: str, body: dict[str, str]) -> dict[str, Any]:
        node = self._plan.node(name)
        url = f"https://{node.host}:{node.ports.etcd}/v3/maintenance/{what}"
        with self._opener.open(url, json.dumps(body).encode(), timeout=_ETCD_TIMEOUT_S) as response:
            answer: dict[str, Any] = json.load(response)
            return answer


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
                with self._opener.open(f"{url}/cluster", timeout=2.0) as response:
                    answer = json.load(response)
            except (OSError, ValueError, HTTPException):
                continue
            if isinstance(answer, dict):
                return answer
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
