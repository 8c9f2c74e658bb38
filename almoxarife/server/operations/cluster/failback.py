"""Decides when the coordination is moved, and asks Patroni to do so.

It returns to the main node once that has been healthy for a while, and leaves a node whose disk is full: Patroni by
itself does neither. This runs on every node, because a node knows only its own disk; Patroni refuses a request that
names the wrong leader. The node that coordinates should not lead etcd, too (``EtcdLeaderPolicy``).
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
"""The interval between two looks at the cluster."""
TIMEOUT_S = 30.0
MIN_FREE_BYTES = 500_000_000
"""A coordinator with less hands over; the main node takes over again only with twice as much."""
MIN_FREE_BYTES_SMALL = 100_000_000
"""For a demo. More than the 64 MB that etcd frees when it restarts after a full disk."""
DISK_SWITCHOVER_PAUSE_S = 600.0
"""How long a node that coordinates again, with its disk still full, does not hand over again. If the disks of all nodes
are full, the coordination would move in circles, and each move interrupts the shops for seconds."""
MAX_LAG_BYTES = 1_048_576
"""The lag that a healthy main node may have. It is not 0 while anything is written, because Patroni measures the two
nodes a second apart. No confirmed data are missing: a synchronous standby has them."""
LOOKS_BEFORE_ALARM = 5
"""How often in a row an older timeline is seen before ``TimelineAlarm`` reports it."""
ETCD_RETRY_S = 60.0
"""How long a node is not asked again to lead etcd: a node that loses the lead at once is not healthy enough."""
_ETCD_TIMEOUT_S = 1.5
_SYNCHRONOUS = {"sync_standby", "quorum_standby"}


@dataclass(frozen=True)
class Switchover:
    """A move of the coordination from ``leader`` to ``candidate``, two names of nodes."""

    leader: str
    candidate: str


class SwitchoverPolicy:
    """Decides about moves, by the health of the main node and the disk of the coordinator.

    ``free_bytes``: the free space of a node by its name; None if another machine knows it, which then decides.
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
        """When each node handed over because of its disk."""

    def decide(self, cluster: dict[str, Any], now: datetime) -> Switchover | None:
        """The move to ask for now, or None. ``cluster``: Patroni's ``GET /cluster``; ``now``: in the shop's zone."""
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
    """``free_bytes`` for ``SwitchoverPolicy``, of the nodes whose folders are on this machine."""

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
    """Whether a node is a synchronous standby of the leader, on the same timeline, and lags no more than allowed."""
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
    """The larger lag in bytes, of receiving or of replaying; infinite if it is unknown."""
    lags = [member.get("lag"), member.get("replay_lag", 0)]
    return max(lag if isinstance(lag, int) else math.inf for lag in lags)


class TimelineAlarm:
    """Reports a coordinator on an older timeline than an earlier coordinator's: it lacks confirmed data."""

    def __init__(self) -> None:
        self._newest = ("", 0)
        self._looks = 0

    def look(self, cluster: dict[str, Any]) -> str | None:
        """The alarm, once. Not at the first looks: a node that wakes up may repeat an old state for a moment."""
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
    """The answer of a node's etcd: its own member id, and that of the leader."""

    own: str
    leader: str


AskEtcd = Callable[[str], EtcdStatus | None]
"""The status of etcd on a node, by the node's name; None if it does not answer."""


class EtcdLeaderPolicy:
    """Chooses another node to lead etcd if the coordinator leads it.

    An etcd before 3.4.31 or 3.5.13 that was frozen while it led revokes all leases when it wakes up. If its node was
    also the coordinator, that node wakes up at the same moment and may win the coordination back, with old data. On
    any other node this is harmless: the coordinator only renews its lease.
    """

    def __init__(self, plan: Plan, ask: AskEtcd, *, clock: Callable[[], float] = monotonic) -> None:
        self._plan = plan
        self._ask = ask
        self._clock = clock
        self._chosen_at: dict[str, float] = {}

    def decide(self, cluster: dict[str, Any], coordinator: str) -> tuple[str, str] | None:
        """The node to lead etcd and its member id; None if nothing is to be done."""
        own = self._ask(coordinator)
        if own is None or own.leader != own.own:
            return None
        roles = {name: member.get("role") for name, member in _list_members(cluster).items()}
        others = [node for node in self._plan.nodes if node.name != coordinator]
        # Last come the nodes that may coordinate next: the synchronous standby and the main node.
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
    """etcd's JSON API on the nodes. ``folder``: a node's configuration, with the certificate that etcd accepts."""

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
        """Move the lead of etcd away from the coordinator, if it has it; returns a Portuguese sentence, or None.

        With ``only``, nothing is done unless that node is the coordinator.
        """
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
    """Patroni's REST API on the nodes."""

    def __init__(self, plan: Plan, *, password: str, authority: Path) -> None:
        self._urls = {node.name: f"https://{node.host}:{node.ports.patroni}" for node in plan.nodes}
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=tls_context(authority)))
        self._password = password

    def cluster(self) -> dict[str, Any]:
        """``GET /cluster`` of the first node that answers; empty if none does."""
        for url in self._urls.values():
            try:
                with self._opener.open(f"{url}/cluster", timeout=2.0) as response:
                    answer = json.load(response)
            except (OSError, ValueError, HTTPException):
                continue
            if isinstance(answer, dict):
                return answer
        return {}

    def switch(self, switchover: Switchover) -> int:
        """Ask for a move. Returns the HTTP status: 412 if the candidate is not ready. Raises OSError."""
        body = json.dumps({"leader": switchover.leader, "candidate": switchover.candidate}).encode()
        credentials = base64.b64encode(f"almoxarife:{self._password}".encode()).decode()
        request = Request(  # noqa: S310  # our own address
            f"{self._urls[switchover.leader]}/switchover",
            data=body,
            headers={"Content-Type": "application/json", "Authorization": f"Basic {credentials}"},
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                return int(answer.status)
        except HTTPError as error:
            with error:
                return int(error.code)
        except HTTPException as error:
            raise OSError(f"incomplete response: {error!r}") from error
