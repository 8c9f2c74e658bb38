"""Who takes the writes: this machine, or the one that a cluster has made its leader."""

import json
import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Thread
from time import monotonic
from typing import Any, NoReturn

import pytest

from almoxarife.server.context import Services
from almoxarife.server.coordination.members import ClusterView, NobodyAnswers, parse, read_newest_view, read_view
from almoxarife.server.coordination.service import AWAY_AFTER_S, MISSED_AFTER, CoordinatorWatch
from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.identity import Authenticator
from almoxarife.server.logs.service import LogQueue
from almoxarife.server.settings import Settings
from tests.api.cast import Person, Server
from tests.api.conftest import Open

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
N1, N2 = "http://10.0.0.1:8008", "http://10.0.0.2:8008"
CLUSTER = {"ALMOXARIFE_CLUSTER": f"{N1},{N2}/", "ALMOXARIFE_MAIN_NODE": "n1"}


def member(name: str, role: str, *, state: str = "", timeline: int = 1, lag: int | str = 0) -> dict[str, Any]:
    state = state or ("running" if role == "leader" else "streaming")
    told = {"name": name, "role": role, "state": state, "timeline": timeline}
    return told if role == "leader" else {**told, "lag": lag}


def cluster(*members: dict[str, Any]) -> bytes:
    return json.dumps({"members": list(members), "scope": "loja"}).encode()


def led_by(name: str, timeline: int) -> ClusterView:
    others = [member(other, "replica", timeline=timeline) for other in ("n1", "n2") if other != name]
    return parse(cluster(member(name, "leader", timeline=timeline), *others))


LEADERLESS = parse(cluster(member("n1", "replica", state="stopped"), member("n2", "replica")))


class Cluster:
    """What a watch sees, a second apart."""

    def __init__(self, server: Server) -> None:
        self.now = NOON
        self.shown: ClusterView | None = None
        self.is_cut_off = False
        services = Services.of(server.app)
        self.watch = CoordinatorWatch(
            services.get(Settings),
            server.database,
            services.get(LogQueue),
            read_view=self._read_view,
            read_newest_view=self._read_newest_view,
            clock=lambda: self.now,
        )
        services.add(self.watch)

    def show(self, *views: ClusterView | None, every: timedelta = timedelta(seconds=1)) -> None:
        for view in views:
            self.shown = view
            self.watch.step()
            self.now += every

    def _read_newest_view(self, urls: Sequence[str]) -> ClusterView:
        if self.is_cut_off:
            raise NobodyAnswers
        return self._read_view(urls)

    def _read_view(self, urls: Sequence[str]) -> ClusterView:
        if self.shown is None:
            raise NobodyAnswers
        return self.shown


def unavailable() -> NoReturn:
    raise StoreUnavailable


@pytest.fixture
def chain(start: Open) -> Server:
    return start(CLUSTER)


def story(person: Person) -> list[tuple[str, str]]:
    return [(event["tipo"], event["no"]) for event in person.get("/coordenacao").json["eventos"]]


def test_on_one_machine_it_is_that_machine(vera: Person) -> None:
    told = vera.get("/coordenacao").json
    name = socket.gethostname()
    assert told.pop("desde").endswith("Z")
    assert told == {
        "coordenador": name,
        "temporario": False,
        "principal": name,
        "sem_noticias_desde": None,
        "nos": [{"nome": name, "papel": "coordenador", "estado": "no-ar", "atraso_bytes": 0}],
        "eventos": [],
    }
    assert vera.server.ask("GET", "/saude").json["coordenador"] == name
    assert vera.server.ask("GET", "/saude", peer="203.0.113.9").json["coordenador"] is None


def test_nobody_is_said_to_coordinate_before_a_node_has_answered(chain: Server) -> None:
    told = chain.person("Vera").get("/coordenacao").json
    assert (told["coordenador"], told["temporario"], told["principal"]) == (None, False, "n1")
    assert (told["desde"], told["nos"], told["eventos"]) == (None, [], [])


def test_each_node_is_shown_as_it_is(chain: Server) -> None:
    seen = Cluster(chain)
    seen.show(
        parse(
            cluster(
                member("n3", "replica", state="stopped", lag="unknown"),
                member("n1", "leader"),
                member("n2", "sync_standby", lag=512),
            )
        )
    )
    told = chain.person("Vera").get("/coordenacao").json
    assert told["nos"] == [
        {"nome": "n1", "papel": "coordenador", "estado": "no-ar", "atraso_bytes": 0},
        {"nome": "n2", "papel": "reserva-sincrona", "estado": "no-ar", "atraso_bytes": 512},
        {"nome": "n3", "papel": "reserva", "estado": "parado", "atraso_bytes": None},
    ]
    assert (told["coordenador"], told["temporario"]) == ("n1", False)
    assert told["desde"] == "2026-11-23T12:00:00.000Z"


def test_loss_election_and_hand_back_are_told_in_order(chain: Server) -> None:
    vera, seen = chain.person("Vera"), Cluster(chain)
    seen.show(led_by("n1", 1), led_by("n1", 1), LEADERLESS)
    during = vera.get("/coordenacao").json
    # Since when nobody does, and who did.
    assert (during["coordenador"], during["desde"]) == (None, "2026-11-23T12:00:02.000Z")
    assert story(vera) == [("assumiu", "n1")]

    seen.show(LEADERLESS, led_by("n2", 2), led_by("n2", 2))
    assert vera.get("/coordenacao").json["temporario"] is True
    assert story(vera)[1:] == [("perdido", "n1"), ("eleicao", "n2"), ("assumiu", "n2")]
    events = vera.get("/coordenacao").json["eventos"]
    assert [event["em"][11:19] for event in events] == ["12:00:00", "12:00:02", "12:00:04", "12:00:04"]

    # The main one takes over again by plan: nobody was lost.
    seen.show(LEADERLESS, LEADERLESS, led_by("n1", 3))
    assert story(vera)[4:] == [("devolveu", "n1"), ("assumiu", "n1")]
    assert vera.get("/coordenacao").json["temporario"] is False


def test_a_node_that_the_others_have_forgotten_is_told_of(chain: Server) -> None:
    vera, seen = chain.person("Vera"), Cluster(chain)
    seen.show(led_by("n1", 1), parse(cluster(member("n2", "leader", timeline=2))))

    told = vera.get("/coordenacao").json["nos"]

    assert [(node["nome"], node["estado"], node.get("atraso_bytes")) for node in told] == [
        ("n1", "ausente", None),
        ("n2", "no-ar", 0),
    ]


def test_it_is_told_without_the_database_too(chain: Server) -> None:
    """Just while nobody coordinates people ask who does, at whatever server they reach."""
    vera, seen = chain.person("Vera"), Cluster(chain)
    seen.show(led_by("n1", 1), led_by("n2", 2), LEADERLESS)
    tokens = Services.of(chain.app).get(Authenticator)
    chain.database.close()
    tokens._cache.clear()  # type: ignore[attr-defined]  # as another node's server, which has never seen this one

    told = vera.get("/coordenacao")

    assert told.status_code == 200
    assert (told.json["coordenador"], told.json["desde"]) == (None, "2026-11-23T12:00:02.000Z")
    assert [node["nome"] for node in told.json["nos"]] == ["n1", "n2"]
    assert story(vera)[-1] == ("assumiu", "n2")
    assert vera.get("/produtos").status_code == 503


def test_without_the_database_a_signature_is_asked_for_all_the_same(chain: Server) -> None:
    vera, seen = chain.person("Vera"), Cluster(chain)
    seen.show(LEADERLESS)
    chain.database.close()
    assert chain.ask("GET", "/coordenacao").status_code == 401
    for bad in ("", "x", f"{vera.token[:-3]}AAA"):
        assert vera.ask("GET", "/coordenacao", token=bad).status_code == 401


def test_a_database_that_does_not_answer_is_not_waited_for(chain: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frozen, it still leads for all that the nodes know; who waits for it has no answer in time."""
    vera, seen = chain.person("Vera"), Cluster(chain)
    seen.show(led_by("n1", 1))
    monkeypatch.setattr(seen.watch, "_database_answered_at_s", monotonic() - AWAY_AFTER_S - 1)
    monkeypatch.setattr(chain.database, "reading", lambda: pytest.fail("it was asked"))
    told = vera.get("/coordenacao").json
    assert (told["coordenador"], told["desde"]) == ("n1", "2026-11-23T12:00:00.000Z")


def test_a_temporary_coordinator_can_be_lost_too(chain: Server) -> None:
    vera, seen = chain.person("Vera"), Cluster(chain)
    seen.show(led_by("n1", 1), led_by("n2", 2), LEADERLESS)
    seen.now += MISSED_AFTER
    seen.show(led_by("n1", 3))
    assert story(vera)[3:] == [("perdido", "n2"), ("eleicao", "n1"), ("assumiu", "n1")]


def test_several_servers_tell_each_thing_once(chain: Server) -> None:
    vera, seen, other = chain.person("Vera"), Cluster(chain), Cluster(chain)
    for each in (seen, other):
        each.show(led_by("n1", 1), LEADERLESS, led_by("n2", 2))
    assert story(vera) == [("assumiu", "n1"), ("perdido", "n1"), ("eleicao", "n2"), ("assumiu", "n2")]
    later = Cluster(chain)  # one that has just started knows the story
    later.show(led_by("n2", 2), led_by("n2", 2))
    assert len(story(vera)) == 4


def test_a_new_leader_is_one_once_its_timeline_has_begun(chain: Server) -> None:
    vera, seen = chain.person("Vera"), Cluster(chain)
    seen.show(led_by("n1", 1), led_by("n2", 1), led_by("n2", 2))
    assert story(vera) == [("assumiu", "n1"), ("perdido", "n1"), ("eleicao", "n2"), ("assumiu", "n2")]


def test_what_one_server_has_missed_another_tells_in_its_place(chain: Server) -> None:
    vera, seen, blind = chain.person("Vera"), Cluster(chain), Cluster(chain)
    blind.show(led_by("n1", 1))
    seen.show(led_by("n1", 1), LEADERLESS)
    blind.show(led_by("n2", 2))
    assert story(vera) == [("assumiu", "n1"), ("eleicao", "n2"), ("assumiu", "n2")]
    seen.show(led_by("n2", 2))
    assert story(vera) == [("assumiu", "n1"), ("perdido", "n1"), ("eleicao", "n2"), ("assumiu", "n2")]


def test_a_node_that_is_promoted_twice_in_a_row_was_lost_between(chain: Server) -> None:
    vera, seen = chain.person("Vera"), Cluster(chain)
    seen.show(led_by("n2", 1), LEADERLESS, led_by("n2", 2))
    assert story(vera)[1:] == [("perdido", "n2"), ("eleicao", "n2"), ("assumiu", "n2")]


def test_a_look_that_nobody_answers_is_no_leader(chain: Server) -> None:
    vera, seen = chain.person("Vera"), Cluster(chain)
    seen.show(led_by("n1", 1), None)
    assert vera.get("/coordenacao").json["coordenador"] is None
    told = vera.get("/coordenacao").json
    assert (told["nos"], told["sem_noticias_desde"]) == ([], "2026-11-23T12:00:01.000Z")
    seen.show(led_by("n1", 1))
    assert story(vera) == [("assumiu", "n1")]  # the network was away, the leader was not


def test_a_server_that_is_cut_off_says_that_it_does_not_know(chain: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own node repeats what it knew last, while another one may coordinate for long."""
    vera, seen = chain.person("Vera"), Cluster(chain)
    seen.is_cut_off = True
    seen.show(led_by("n1", 1), led_by("n1", 1))
    told = vera.get("/coordenacao").json
    assert (told["coordenador"], told["sem_noticias_desde"]) == ("n1", None), "its database answers"

    monkeypatch.setattr(seen.watch, "_database_answered_at_s", monotonic() - AWAY_AFTER_S - 1)
    monkeypatch.setattr(chain.database, "reading", unavailable)
    seen.show(led_by("n1", 1), led_by("n1", 1))
    told = vera.get("/coordenacao").json
    assert (told["coordenador"], told["nos"]) == (None, [])
    assert told["sem_noticias_desde"] == "2026-11-23T12:00:02.000Z"
    assert chain.ask("GET", "/saude").json["coordenador"] is None

    monkeypatch.undo()
    seen.is_cut_off = False
    seen.show(led_by("n2", 2))
    told = vera.get("/coordenacao").json
    assert (told["coordenador"], told["sem_noticias_desde"]) == ("n2", None)


def test_once_its_database_answers_again_one_node_is_enough(chain: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two addresses written by hand one may be away for days, and most of two are both."""
    vera, seen = chain.person("Vera"), Cluster(chain)
    seen.is_cut_off = True
    seen.show(led_by("n1", 1))
    monkeypatch.setattr(seen.watch, "_database_answered_at_s", monotonic() - AWAY_AFTER_S - 1)
    seen.show(led_by("n1", 1), led_by("n1", 1))
    told = vera.get("/coordenacao").json
    assert (told["coordenador"], told["sem_noticias_desde"]) == ("n1", None)


@pytest.mark.parametrize("view", [LEADERLESS, led_by("n2", 1)])
def test_a_database_that_answers_is_heard_whatever_the_nodes_say(
    chain: Server, monkeypatch: pytest.MonkeyPatch, view: ClusterView
) -> None:
    """Without a leader, or with one whose timeline has not begun, there is nothing to record; and all to hear."""
    seen = Cluster(chain)
    seen.show(led_by("n1", 1))
    monkeypatch.setattr(seen.watch, "_database_answered_at_s", monotonic() - AWAY_AFTER_S - 1)
    seen.show(view)
    seen.is_cut_off = True
    seen.show(led_by("n1", 1))
    assert (seen.watch.coordinator, seen.watch.is_database_away) == ("n1", False)


def test_most_of_the_nodes_are_believed_and_the_newest_of_them() -> None:
    def ask(url: str) -> bytes:
        if url not in told:
            raise OSError("away")
        return cluster(told[url]) if told[url] else cluster()

    n3 = "http://10.0.0.3:8008"
    told = {N1: member("n1", "leader", timeline=1), N2: member("n2", "leader", timeline=2), n3: None}
    assert read_newest_view([N1, N2, n3], ask).leader.name == "n2"  # type: ignore[union-attr]
    del told[n3]
    assert read_newest_view([N1, N2, n3], ask).leader.name == "n2"  # type: ignore[union-attr]
    del told[N2]  # what N1 repeats may be long over
    with pytest.raises(NobodyAnswers):
        read_newest_view([N1, N2, n3], ask)
    assert read_newest_view([N1, N2, n3], ask, min_answers=1).leader.name == "n1"  # type: ignore[union-attr]
    told[n3] = member("n3", "leader", timeline=2)
    assert read_newest_view([N1, N2, n3], ask, min_answers=1).leader.name == "n3"  # type: ignore[union-attr]


def test_half_an_answer_is_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as dying:

        def answer() -> None:
            asking, _ = dying.accept()
            with asking:
                asking.recv(4096)
                asking.sendall(b"HTT")

        Thread(target=answer, daemon=True).start()
        with pytest.raises(NobodyAnswers):
            read_view([f"http://127.0.0.1:{dying.getsockname()[1]}"])


def test_the_newest_fifty_are_told(chain: Server) -> None:
    vera, seen = chain.person("Vera"), Cluster(chain)
    seen.show(*[led_by("n1" if number % 2 else "n2", number) for number in range(1, 40)])
    events = story(vera)
    assert len(events) == 50
    assert events[-2:] == [("devolveu", "n1"), ("assumiu", "n1")]


def test_the_first_node_that_answers_is_believed() -> None:
    asked = []

    def ask(url: str) -> bytes:
        asked.append(url)
        if url == N1:
            raise OSError("away")
        return cluster(member("n2", "leader", timeline=4))

    assert read_view([N1, N2], ask).leader.name == "n2"  # type: ignore[union-attr]
    assert asked == [N1, N2]
    with pytest.raises(NobodyAnswers):
        read_view([N1], ask)


@pytest.mark.parametrize(
    "told", [b"", b"[]", b"{}", b'{"members": 1}', b'{"members": [1]}', b'{"members": [{}]}', b"[" * 100_000]
)
def test_another_program_on_the_port_is_nobody(told: bytes) -> None:
    with pytest.raises(NobodyAnswers):
        read_view([N1], lambda _: told)


def test_a_leader_that_is_down_leads_nobody() -> None:
    assert parse(cluster(member("n1", "leader", state="stopped"))).leader is None


def test_an_address_of_a_cluster_is_checked_at_the_start() -> None:
    with pytest.raises(Exception, match=r"ALMOXARIFE_CLUSTER='10.0.0.1' não é uma lista de endereços"):
        Settings.from_mapping({"ALMOXARIFE_CLUSTER": "10.0.0.1"})
    assert Settings.from_mapping(CLUSTER).cluster == (N1, N2)
