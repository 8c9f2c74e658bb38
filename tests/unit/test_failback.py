"""When the coordination may go back to the main node, and when a node gives it away."""

from datetime import UTC, datetime
from typing import Any

import pytest

from almoxarife.server.operations.cluster.cluster_file import parse_plan
from almoxarife.server.operations.cluster.failback import (
    LEAST_FREE_BYTES,
    MAX_LAG_BYTES,
    REST_S,
    Switchover,
    SwitchoverPolicy,
)
from tests.unit.test_cluster_plan import with_chain

DAY, NIGHT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC), datetime(2026, 11, 23, 23, 0, tzinfo=UTC)


def member(name: str, role: str, **more: Any) -> dict[str, Any]:
    usual = {"state": "running"} if role == "leader" else {"state": "streaming", "lag": 0}
    return {"name": name, "role": role, "timeline": 5, **usual, **more}


BACK = {"members": [member("n1", "sync_standby"), member("n2", "leader"), member("n3", "replica")]}


def changed(name: str, **more: Any) -> dict[str, Any]:
    return {"members": [{**each, **(more if each["name"] == name else {})} for each in BACK["members"]]}


class Judge:
    def __init__(self, **chain: object) -> None:
        self.now_s = 0.0
        self.free_bytes: dict[str, int] = {"n1": 100 * LEAST_FREE_BYTES}
        self._patience = SwitchoverPolicy(
            parse_plan(with_chain(**chain)), self.free_bytes.get, clock=lambda: self.now_s
        )

    def __call__(self, cluster: dict[str, Any], *, at_s: float, now: datetime = DAY) -> Switchover | None:
        self.now_s = at_s
        return self._patience.decide(cluster, now)


def test_the_main_node_must_have_been_well_for_a_while() -> None:
    judge = Judge()
    assert judge(BACK, at_s=0) is None
    assert judge(BACK, at_s=59) is None
    assert judge(BACK, at_s=60) == Switchover(leader="n2", candidate="n1")


def test_a_moment_of_weakness_begins_the_wait_anew() -> None:
    judge = Judge()
    judge(BACK, at_s=0)
    assert judge(changed("n1", role="replica"), at_s=30) is None
    assert judge(BACK, at_s=61) is None
    assert judge(BACK, at_s=121) is not None


def test_a_main_node_is_well_while_shops_write() -> None:
    """Patroni tells how far two nodes are, each at a moment of its own."""
    judge = Judge()
    for at_s in range(0, 60, 2):
        assert judge(changed("n1", lag=4096 * (at_s % 3), replay_lag=8192), at_s=at_s) is None
    assert judge(changed("n1", lag=5768), at_s=60) == Switchover(leader="n2", candidate="n1")


def test_only_within_the_window() -> None:
    judge = Judge(janela="22:00-06:00")
    judge(BACK, at_s=0)
    assert judge(BACK, at_s=100, now=DAY) is None
    assert judge(BACK, at_s=101, now=NIGHT) is not None


@pytest.mark.parametrize(
    "cluster",
    [
        {},
        {"members": []},
        {**BACK, "pause": True},
        {**BACK, "scheduled_switchover": {"at": "2026-11-24T03:00:00"}},
        {"members": [member("n1", "leader"), member("n2", "sync_standby")]},
        {"members": [member("n2", "leader"), member("n3", "sync_standby")]},
        changed("n1", role="replica"),
        changed("n1", state="starting"),
        changed("n1", lag=MAX_LAG_BYTES + 1),
        changed("n1", lag="unknown"),
        changed("n1", replay_lag=MAX_LAG_BYTES + 1),
        changed("n1", replay_lag="unknown"),
        changed("n1", timeline=4),
        changed("n2", state="stopped"),
        changed("n2", role="replica"),
    ],
)
def test_nothing_is_moved_that_is_not_ready(cluster: dict[str, Any]) -> None:
    judge = Judge(estavel_s=0)
    assert judge(cluster, at_s=0) is None
    assert judge(BACK, at_s=0) is not None


LED_BY_MAIN = {"members": [member("n1", "leader"), member("n2", "sync_standby", lag=4096), member("n3", "replica")]}


def test_a_coordinator_without_room_gives_the_coordination_away() -> None:
    judge = Judge()
    assert judge(LED_BY_MAIN, at_s=0) is None
    judge.free_bytes["n1"] = LEAST_FREE_BYTES - 1
    assert judge(LED_BY_MAIN, at_s=1) == Switchover(leader="n1", candidate="n2")
    assert judge({**LED_BY_MAIN, "pause": True}, at_s=2) is None
    assert judge({"members": [member("n1", "leader"), member("n2", "replica")]}, at_s=3) is None


def test_it_is_taken_back_where_there_is_room_again() -> None:
    judge = Judge(estavel_s=0)
    judge.free_bytes["n1"] = 2 * LEAST_FREE_BYTES - 1
    assert judge(BACK, at_s=0) is None
    judge.free_bytes["n1"] += 1
    assert judge(BACK, at_s=1) == Switchover(leader="n2", candidate="n1")


def test_a_node_judges_no_disk_but_its_own() -> None:
    judge = Judge(estavel_s=0)
    judge.free_bytes.clear()
    assert judge(BACK, at_s=0) is None
    assert judge(LED_BY_MAIN, at_s=1) is None


def test_where_all_disks_are_full_the_coordination_does_not_go_round_and_round() -> None:
    judge = Judge()
    judge.free_bytes |= dict.fromkeys(("n1", "n2", "n3"), LEAST_FREE_BYTES - 1)
    names = ["n1", "n2", "n3"]

    def led_by(leader: str) -> dict[str, Any]:
        following = names[(names.index(leader) + 1) % 3]
        return {"members": [member(leader, "leader"), member(following, "sync_standby")]}

    assert judge(led_by("n1"), at_s=0) == Switchover("n1", "n2")
    assert judge(led_by("n1"), at_s=2) == Switchover("n1", "n2")  # it was refused
    assert judge({"members": []}, at_s=4) is None
    assert judge(led_by("n2"), at_s=6) == Switchover("n2", "n3")
    assert judge(led_by("n3"), at_s=12) == Switchover("n3", "n1")
    assert judge(led_by("n1"), at_s=18) is None
    assert judge(led_by("n1"), at_s=5 + REST_S) is None
    assert judge(led_by("n1"), at_s=7 + REST_S) == Switchover("n1", "n2")
    judge.free_bytes["n1"] = 2 * LEAST_FREE_BYTES
    assert judge(led_by("n2"), at_s=20 + REST_S) is not None
    assert judge(led_by("n1"), at_s=24 + REST_S) is None
    judge.free_bytes["n1"] = 0  # it had room, and is full again
    assert judge(led_by("n1"), at_s=26 + REST_S) == Switchover("n1", "n2")
