"""The coordination goes back to the main node, by plan, once it has been well for a while.

Patroni ranks nodes in an election, and never moves a lead that works. This asks it to,
from any node: it refuses whoever names the wrong leader, so several may ask.
"""

import base64
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from almoxarife.server.errors import StartupError
from almoxarife.server.operations.cluster.plan import Plan

EVERY_S = 2.0
TIMEOUT_S = 30.0
_SYNCHRONOUS = {"sync_standby", "quorum_standby"}


@dataclass(frozen=True)
class Wanted:
    """A change of the lead that may happen now."""

    leader: str
    candidate: str


class Patience:
    """How long the main node has been well without a break."""

    def __init__(self, plan: Plan, *, clock: Callable[[], float] = monotonic) -> None:
        self._plan = plan
        self._clock = clock
        self._well_since: float | None = None

    def judge(self, cluster: dict[str, Any], now: datetime) -> Wanted | None:
        """``cluster`` as Patroni's ``GET /cluster`` tells it; ``now`` in the shop's zone."""
        leader = _ready_to_hand_over(cluster, self._plan.main.name)
        if leader is None:
            self._well_since = None
            return None
        if self._well_since is None:
            self._well_since = self._clock()
        is_stable = self._clock() - self._well_since >= self._plan.stable_s
        if not is_stable or not self._plan.window.holds(now.time()):
            return None
        return Wanted(leader, self._plan.main.name)


def _ready_to_hand_over(cluster: dict[str, Any], main: str) -> str | None:
    """The leader's name, when another one leads and the main node has everything that it has."""
    if cluster.get("pause") or cluster.get("scheduled_switchover"):
        return None
    members = {str(member.get("name")): member for member in cluster.get("members", [])}
    leader = next((m for m in members.values() if m.get("role") == "leader" and m.get("state") == "running"), None)
    own = members.get(main)
    if leader is None or own is None or leader is own:
        return None
    is_well = (
        own.get("role") in _SYNCHRONOUS
        and own.get("state") == "streaming"
        and own.get("lag") == 0
        and own.get("timeline") == leader.get("timeline")
    )
    return str(leader["name"]) if is_well else None


class Rest:
    """Patroni's REST interface of the nodes."""

    def __init__(self, plan: Plan, *, password: str, authority: Path) -> None:
        self._urls = {node.name: f"https://{node.address}:{node.ports.patroni}" for node in plan.nodes}
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=trusting(authority)))
        self._password = password

    def cluster(self) -> dict[str, Any]:
        """As the first node tells it that answers; empty when none does."""
        for url in self._urls.values():
            try:
                with self._opener.open(f"{url}/cluster", timeout=2.0) as answer:
                    told = json.load(answer)
            except (OSError, ValueError):
                continue
            if isinstance(told, dict):
                return told
        return {}

    def switch(self, wanted: Wanted) -> int:
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


def trusting(authority: Path) -> ssl.SSLContext:
    """For the nodes' own certificates. Raises StartupError where theirs cannot be read."""
    try:
        return ssl.create_default_context(cafile=authority)
    except OSError as error:
        raise StartupError(f"{authority} não pode ser lido ({error}).") from error
