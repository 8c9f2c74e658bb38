"""Reads the state of a cluster's nodes from Patroni's ``GET /cluster``, which each node answers for all.

Patroni decides who leads, by a lock in etcd; nothing here takes part in that.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from almoxarife.wire.health import ABSENT

if TYPE_CHECKING:
    import ssl

TIMEOUT_S = 1.0
_MAX_RESPONSE_BYTES = 256 * 1024
_LEADERS = {"leader", "master", "primary", "standby_leader"}
_SYNCHRONOUS = {"sync_standby", "quorum_standby"}
_UP = {"running", "streaming", "in archive recovery"}


class Member(NamedTuple):
    name: str
    leads: bool
    is_synchronous: bool
    is_up: bool
    state: str
    """The state in Patroni's words, such as "streaming"."""
    timeline: int
    lag_bytes: int | None


class Leader(NamedTuple):
    name: str
    timeline: int
    """PostgreSQL's timeline, which grows by one with each new leader."""


class ClusterView(NamedTuple):
    """The cluster at one moment, as one node sees it."""

    members: tuple[Member, ...]

    @property
    def leader(self) -> Leader | None:
        """The node that takes writes now; None where the leader is down."""
        return next((Leader(member.name, member.timeline) for member in self.members if member.leads), None)


def with_absent(view: ClusterView, names: Iterable[str]) -> ClusterView:
    """The view with an absent member for each missing name: Patroni forgets a node that has been silent for a while."""
    absent = set(names) - {member.name for member in view.members}
    silent = [Member(name, False, False, False, ABSENT, 0, None) for name in absent]
    return ClusterView(tuple(sorted((*view.members, *silent), key=lambda member: member.name)))


class NobodyAnswers(Exception):
    """No node has answered, or too few."""


Ask = Callable[[str], bytes]


def ask(url: str, trusted: "ssl.SSLContext | None" = None) -> bytes:
    """``GET /cluster`` of one node. ``trusted``: the CA certificates to trust, if not the system's. Raises OSError."""
    # Imported here, because only the servers of a cluster need it.
    from http.client import HTTPException
    from urllib.request import HTTPSHandler, ProxyHandler, build_opener

    # Without the proxy of the environment: nodes are in the same network.
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=trusted))
    try:
        with opener.open(f"{url}/cluster", timeout=TIMEOUT_S) as response:
            body: bytes = response.read(_MAX_RESPONSE_BYTES)
            return body
    except HTTPException as error:  # the node died while it answered
        raise OSError(f"incomplete response: {error!r}") from error


def read_view(urls: Sequence[str], ask: Ask = ask) -> ClusterView:
    """The view of the first node that answers. Raises NobodyAnswers."""
    for url in urls:
        try:
            return parse(ask(url))
        except (OSError, ValueError):
            continue
    raise NobodyAnswers


def read_newest_view(urls: Sequence[str], ask: Ask = ask, *, min_answers: int | None = None) -> ClusterView:
    """The newest view of all nodes. Raises NobodyAnswers if fewer answer than ``min_answers`` (None: more than half).

    A node that is cut off repeats its last view for ever, as if it were current.
    """
    views = []
    for url in urls:
        with suppress(NobodyAnswers):
            views.append(read_view([url], ask))
    if len(views) < (len(urls) // 2 + 1 if min_answers is None else min_answers):
        raise NobodyAnswers
    return max(views, key=lambda view: view.leader.timeline if view.leader else -1)


def parse(body: bytes) -> ClusterView:
    """Parse Patroni's response. Raises ValueError for any other."""
    try:
        members = json.loads(body)["members"]
        return ClusterView(tuple(sorted(map(_member, members), key=lambda member: member.name)))
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("not the answer of a cluster") from error


def _member(entry: dict[str, object]) -> Member:
    role, state, lag = str(entry["role"]), str(entry["state"]), entry.get("lag")
    is_up = state in _UP
    timeline = entry.get("timeline", 0)
    return Member(
        name=str(entry["name"]),
        leads=role in _LEADERS and is_up,
        is_synchronous=role in _SYNCHRONOUS,
        is_up=is_up,
        state=state,
        timeline=timeline if isinstance(timeline, int) else 0,
        lag_bytes=lag if isinstance(lag, int) else 0 if role in _LEADERS and is_up else None,
    )
