"""When the coordination may go back to the main node, and when a node gives it away."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from almoxarife.server.operations.cluster.cluster_file import parse_plan
from almoxarife.server.operations.cluster.failback import (
    DISK_SWITCHOVER_PAUSE_S,
    ETCD_RETRY_S,
    LOOKS_BEFORE_ALARM,
    MAX_LAG_BYTES,
    MIN_FREE_BYTES,
    EtcdApi,
    EtcdLeaderPolicy,
    EtcdStatus,
    Switchover,
    SwitchoverPolicy,
    TimelineAlarm,
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
        self.free_bytes: dict[str, int] = {"n1": 100 * MIN_FREE_BYTES}
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
    judge.free_bytes["n1"] = MIN_FREE_BYTES - 1
    assert judge(LED_BY_MAIN, at_s=1) == Switchover(leader="n1", candidate="n2")
    assert judge({**LED_BY_MAIN, "pause": True}, at_s=2) is None
    assert judge({"members": [member("n1", "leader"), member("n2", "replica")]}, at_s=3) is None


def test_it_is_taken_back_where_there_is_room_again() -> None:
    judge = Judge(estavel_s=0)
    judge.free_bytes["n1"] = 2 * MIN_FREE_BYTES - 1
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
    judge.free_bytes |= dict.fromkeys(("n1", "n2", "n3"), MIN_FREE_BYTES - 1)
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
    assert judge(led_by("n1"), at_s=5 + DISK_SWITCHOVER_PAUSE_S) is None
    assert judge(led_by("n1"), at_s=7 + DISK_SWITCHOVER_PAUSE_S) == Switchover("n1", "n2")
    judge.free_bytes["n1"] = 2 * MIN_FREE_BYTES
    assert judge(led_by("n2"), at_s=20 + DISK_SWITCHOVER_PAUSE_S) is not None
    assert judge(led_by("n1"), at_s=24 + DISK_SWITCHOVER_PAUSE_S) is None
    judge.free_bytes["n1"] = 0  # it had room, and is full again
    assert judge(led_by("n1"), at_s=26 + DISK_SWITCHOVER_PAUSE_S) == Switchover("n1", "n2")


class EtcdJudge:
    """``etcds``: whom etcd of each node takes for the leader; None where it does not answer."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.etcds: dict[str, str | None] = {}
        self._policy = EtcdLeaderPolicy(parse_plan(with_chain()), self._ask, clock=lambda: self.now_s)

    def _ask(self, name: str) -> EtcdStatus | None:
        leader = self.etcds[name]
        return None if leader is None else EtcdStatus(own=f"id of {name}", leader=f"id of {leader}")

    def __call__(
        self, etcds: dict[str, str | None], cluster: dict[str, Any] = LED_BY_MAIN, coordinator: str = "n1"
    ) -> str | None:
        self.etcds = etcds
        found = self._policy.decide(cluster, coordinator)
        assert found is None or found[1] == f"id of {found[0]}"
        return found[0] if found else None


def test_a_coordinator_that_leads_etcd_leaves_that_to_another_node_and_best_not_to_the_next_coordinator() -> None:
    assert EtcdJudge()({"n1": "n1", "n2": "n1", "n3": "n1"}) == "n3"
    assert EtcdJudge()({"n1": "n1", "n2": "n1", "n3": None}) == "n2"
    assert EtcdJudge()({"n1": "n2", "n2": "n2", "n3": "n2"}, BACK, "n2") == "n3"
    main_is_late = {"members": [member("n1", "replica"), member("n2", "leader"), member("n3", "sync_standby")]}
    assert EtcdJudge()({"n1": "n2", "n2": "n2", "n3": "n2"}, main_is_late, "n2") == "n3"


@pytest.mark.parametrize(
    "etcds",
    [
        {"n1": "n3", "n2": "n3", "n3": "n3"},
        {"n1": "nobody", "n2": "nobody", "n3": "nobody"},
        {"n1": None, "n2": "n2", "n3": "n2"},
        {"n1": "n1", "n2": None, "n3": None},
        {"n1": "n1", "n2": "n2", "n3": "n2"},  # it has woken up, and does not know yet that it leads no more
    ],
)
def test_nothing_is_done_to_etcd_where_another_node_leads_it_or_none_can(etcds: dict[str, str | None]) -> None:
    assert EtcdJudge()(etcds) is None


def test_a_node_that_does_not_keep_the_leadership_of_etcd_is_not_asked_again_and_again() -> None:
    judge, led_by_coordinator = EtcdJudge(), dict.fromkeys(("n1", "n2", "n3"), "n1")
    found = []
    for judge.now_s in (0, 2, 4, ETCD_RETRY_S - 1, ETCD_RETRY_S, ETCD_RETRY_S + 2):
        found.append(judge({**led_by_coordinator}))
    assert found == ["n3", "n2", None, None, "n3", "n2"]


def test_a_node_asks_its_own_etcd_where_it_coordinates_and_says_when_that_refuses() -> None:
    api, asked = cast("Any", EtcdApi.__new__(EtcdApi)), list[object]()
    api._policy = SimpleNamespace(decide=lambda cluster, coordinator: ("n3", "7"))
    api._ask = lambda *what: asked.append(what)
    assert api.leave_coordinator(LED_BY_MAIN, only="n2") is None
    assert api.leave_coordinator({"members": []}) is None
    assert asked == []
    assert api.leave_coordinator(LED_BY_MAIN, only="n1") == "n3 lidera agora o etcd, e não mais n1, que coordena."
    assert asked == [("n1", "transfer-leadership", {"targetID": "7"})]

    def refuse(*what: object) -> None:
        raise OSError("HTTP Error 412")

    api._ask = refuse
    assert api.leave_coordinator(LED_BY_MAIN) == "O etcd de n1 não passou a liderança a n3 (HTTP Error 412)."


def led(name: str, timeline: int) -> dict[str, Any]:
    return {"members": [member(name, "leader", timeline=timeline), member("n2", "sync_standby")]}


def test_a_coordinator_of_an_older_timeline_is_told_of_once() -> None:
    alarm = TimelineAlarm()
    looks = [led("n1", 9), led("n3", 10), *[led("n1", 9)] * LOOKS_BEFORE_ALARM, led("n1", 9), {"members": []}]
    told = [alarm.look(cluster) for cluster in looks]
    assert [place for place, sentence in enumerate(told) if sentence] == [LOOKS_BEFORE_ALARM + 1]
    assert "n1 coordena com os dados da linha do tempo 9, e n3 já tinha coordenado na 10" in str(told)


def test_a_node_that_tells_for_a_moment_what_it_knew_before_is_no_alarm() -> None:
    alarm = TimelineAlarm()
    for _ in range(LOOKS_BEFORE_ALARM):
        assert alarm.look(led("n3", 10)) is None
        assert alarm.look(led("n1", 9)) is None
