"""The coordinator dies, freezes, comes back: what was confirmed is there once, in order, and everybody goes on.

One story in one cluster: each test begins where the one before it has ended, or brings about what it needs of that.
"""

import os
import re
import signal
import socket
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing, suppress
from decimal import Decimal
from functools import partial
from pathlib import Path
from shutil import rmtree
from threading import Thread

import psycopg
import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.server.errors import StartupError
from almoxarife.server.operations.cluster import demo as cluster_demo
from almoxarife.server.operations.cluster.checking import list_faulty_etcds
from almoxarife.wire.catalog import ProductIn
from almoxarife.wire.health import Coordination
from almoxarife.wire.stock import MovementIn
from tests.failover.demo import PROGRAM, Demo
from tests.failover.load import Load, Outcome, everything, keep_asking, last_seq, open_account, patiently, start_tills
from tests.failover.patience import wait_until
from tests.programs import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def owner(demo: Demo) -> Iterator[ApiClient]:
    with closing(open_account(demo.urls)) as client:
        yield client


@pytest.fixture(scope="module")
def product_id(owner: ApiClient) -> str:
    key = str(uuid.uuid4())
    return patiently(lambda: owner.create_product(ProductIn(nome="Porca"), key=key)).id


def check(load: Load) -> Outcome:
    outcome = load.finish()
    print(f"\nlongest gap: {outcome.longest_gap_s:.1f} s")
    assert outcome.is_good, outcome
    return outcome


def wait_for_coordinator(client: ApiClient, name: str) -> None:
    wait_until(keep_asking(lambda: client.coordination().coordinator == name))


def test_it_begins_with_the_main_node(demo: Demo, owner: ApiClient) -> None:
    wait_for_coordinator(owner, "n1")
    told = owner.coordination()
    assert (told.main, told.is_temporary, len(told.nodes)) == ("n1", False, 3)
    assert sum(node.role == "reserva-sincrona" for node in told.nodes) == 1


def test_a_coordinator_does_not_go_on_leading_etcd(demo: Demo, owner: ApiClient) -> None:
    demo.make_etcd_leader("n1")
    wait_until(lambda: demo.etcd_leader() != "n1")
    wait_for_coordinator(owner, "n1")


def test_the_service_on_the_coordinator_lets_another_node_lead_etcd(
    demo: Demo, owner: ApiClient, tmp_path: Path
) -> None:
    """As systemd runs it. The demo, which does the same for all of its nodes, stands still meanwhile."""
    if not demo.can_cut:
        pytest.skip("the nodes share one network here, with ports of their own")
    wait_for_coordinator(owner, "n1")
    folder, plan = demo.folder / "n1", tmp_path / "cluster.toml"
    nodes = [f'[[nos]]\nnome = "n{place}"\nendereco = "10.0.0.{place}"\n' for place in (1, 2, 3)]
    nodes[0] += "principal = true\n"
    plan.write_text(f'[rede]\nlojas = "10.0.0.0/24"\npasta = "{folder}"\n{"".join(nodes)}')
    command = [*demo.enter("n1"), *PROGRAM, "cluster", "failback", str(plan), "--node", "n1", "--config", str(folder)]
    with demo.standing_still():
        demo.make_etcd_leader("n1")
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8") as service:
            assert service.stdout
            told = service.stdout.readline()
            service.terminate()
        successor = demo.etcd_leader()
    assert successor in {"n2", "n3"}
    assert told == f"{successor} lidera agora o etcd, e não mais n1, que coordena.\n"


def test_a_second_demo_in_the_same_folder_leaves_the_first_alone(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_demo, "find_binaries", str)  # which refuses root
    with pytest.raises(StartupError, match="já roda uma demonstração"):
        cluster_demo.Demo(demo.folder)


def test_what_runs_is_compared_with_what_was_rendered(demo: Demo) -> None:
    """As seen from a node. In the demo nobody reaches another node's API but by its relay."""
    if not demo.can_cut:
        pytest.skip("the nodes share one network here, with ports of their own")
    with closing(demo.connect_to_postgresql("n2")) as administrator:
        administrator.execute("ALTER SYSTEM SET wal_keep_size = '32MB'")
        administrator.execute("SELECT pg_reload_conf()")
        demo.ask("freeze", "n3", "etcd")
        found, warnings = demo.check()
        administrator.execute("ALTER SYSTEM RESET wal_keep_size")
        administrator.execute("SELECT pg_reload_conf()")
    demo.ask("heal", "n3")
    silent, changed, *unreached = found
    assert silent.startswith("n3: etcd não responde")
    assert changed == "n2: PostgreSQL: wal_keep_size é 32MB, e devia ser 64MB."
    assert {sentence.split(" não")[0] for sentence in unreached} == {"n1: API", "n2: API", "n3: API"}
    installed = re.search(r"etcd Version: (\S+)", demo.inside("n1", "etcd", "--version"))
    assert installed
    assert warnings == list_faulty_etcds({"n1": installed[1], "n2": installed[1]})


def test_a_lost_node_is_replaced_by_an_empty_one(demo: Demo) -> None:
    folder = demo.folder / "n3"
    demo.ask("kill", "n3")
    for data in ("etcd", "postgresql"):
        rmtree(folder / data)
    demo.inside("n2", "sh", str(folder / "entrar.sh"))
    demo.ask("heal", "n3")
    wait_until(lambda: is_following(demo, "n3"))


def is_following(demo: Demo, node: str) -> bool:
    with suppress(psycopg.OperationalError), closing(demo.connect_to_postgresql(node)) as administrator:
        return bool(administrator.execute("SELECT 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'").fetchall())
    return False


def test_a_copy_comes_back_with_what_was_recorded_after_it(demo: Demo, owner: ApiClient, product_id: str) -> None:
    """The scripts that each node has: the WAL as it is made, a copy that is tried, and its way back."""
    folder = demo.folder / "n3"
    command = folder / "venv" / "bin" / "almoxarife"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {" ".join(PROGRAM)} "$@"\n')
    command.chmod(0o700)
    keeping = subprocess.Popen([*demo.enter("n3"), "sh", str(folder / "wal.sh")])
    try:
        assert "Tudo certo" in demo.inside("n3", "sh", str(folder / "copia.sh"))
        [copy] = (folder / "copias").glob("2*")
        movement = MovementIn(produto_id=product_id, quantidade=Decimal(3))
        last = owner.record_movement(movement, key=str(uuid.uuid4()))
        with closing(demo.connect_to_postgresql("n1")) as administrator:
            before = administrator.execute("SELECT clock_timestamp()::text").fetchall()[0][0]
            mistake = owner.record_movement(movement, key=str(uuid.uuid4()))
            made = administrator.execute("SELECT pg_current_wal_lsn()::text").fetchall()[0][0]
            kept = "SELECT 1 FROM pg_stat_replication WHERE application_name = 'pg_receivewal' AND flush_lsn >= %s"
            wait_until(lambda: administrator.execute(kept, [made]).fetchall())
    finally:
        keeping.send_signal(signal.SIGINT)
        keeping.wait(60)
    assert bring_back(demo, copy) == mistake.seq
    with (copy / "postgresql.conf").open("a") as settings:
        settings.write(f"recovery_target_time = '{before}'\n")
    assert bring_back(demo, copy) == last.seq


def bring_back(demo: Demo, copy: Path) -> int:
    """The newest movement that is found in it."""
    folder = demo.folder / "n3"
    restored = folder / "volta"
    demo.inside("n3", "sh", str(folder / "restaurar.sh"), str(copy), str(restored))
    with closing(demo.connect_to_postgresql("n3", "almoxarife", is_restored=True)) as administrator:
        ((newest,),) = administrator.execute("SELECT max(seq) FROM movements").fetchall()
    running = restored / "postmaster.pid"
    os.kill(int(running.read_text().split("\n", 1)[0]), signal.SIGQUIT)
    wait_until(lambda: not running.exists())
    rmtree(restored)
    return int(newest)


def test_a_cancelled_wait_for_the_standby_confirms_nothing(demo: Demo, owner: ApiClient, product_id: str) -> None:
    """PostgreSQL then says success, with a warning, for what no other node has."""
    movement = MovementIn(produto_id=product_id, quantidade=Decimal(7))
    key, before, answers = str(uuid.uuid4()), last_seq(owner), list[object]()

    def record() -> None:
        try:
            answers.append(owner.record_movement(movement, key=key))
        except ApiError as error:
            answers.append(error)

    for node in ("n2", "n3"):
        demo.signal_postgresql(node, signal.SIGSTOP)
    recording = Thread(target=record)
    with closing(demo.connect_to_postgresql("n1")) as administrator:
        recording.start()
        cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        wait_until(lambda: administrator.execute(cancel).fetchall())
        recording.join(60)
    for node in ("n2", "n3"):
        demo.signal_postgresql(node, signal.SIGCONT)

    [answer] = answers
    assert isinstance(answer, ApiError), answer
    assert answer.is_worth_repeating
    confirmed = patiently(lambda: owner.record_movement(movement, key=key))
    assert [kept.id for kept in everything(owner, before)] == [confirmed.id]


def test_a_silent_death_of_the_whole_main_node_is_noticed(demo: Demo, owner: ApiClient) -> None:
    """It keeps its connections and says nothing: only its time running out tells."""
    wait_for_coordinator(owner, "n1")
    load = start_tills(demo.urls, owner)
    silence_the_main_node(demo, owner)
    assert owner.reserve  # the address of the main node answers nothing
    load.wait_for_new_confirmations()
    told = wait_for_news_of_another_coordinator(owner)
    assert told.is_temporary
    # That it was lost is told only if some server looked in between.
    story = [(event.kind.value, event.node) for event in told.events if event.kind.value != "perdido"]
    assert story == [("assumiu", "n1"), ("eleicao", told.coordinator), ("assumiu", told.coordinator)]
    demo.ask("heal", "n1")
    check(load)


def silence_the_main_node(demo: Demo, client: ApiClient) -> None:
    demo.ask("cut" if demo.can_cut else "freeze", "n1")
    wait_until(lambda: coordinator_elsewhere(client))


def wait_for_news_of_another_coordinator(client: ApiClient) -> Coordination:
    """The servers tell of it once the new timeline has begun, which may be after the first confirmations."""
    wait_until(keep_asking(lambda: client.coordination().events[-1].node != "n1"))
    return patiently(client.coordination)


def coordinator_elsewhere(client: ApiClient) -> bool:
    with suppress(ApiError):
        return client.coordination().coordinator not in {None, "n1"}
    return False


def test_the_coordination_returns_to_the_main_node_by_itself_and_its_server_is_used_again(
    demo: Demo, owner: ApiClient
) -> None:
    wait_until(keep_asking(lambda: owner.coordination().events))
    if {event.node for event in patiently(owner.coordination).events} == {"n1"}:  # it has not been lost so far
        silence_the_main_node(demo, owner)
        wait_for_news_of_another_coordinator(owner)
        demo.ask("heal", "n1")
    load = start_tills(demo.urls, owner)
    wait_for_coordinator(owner, "n1")
    load.wait_for_new_confirmations()
    outcome = check(load)
    wait_until(lambda: owner.coordination().events[-1].node == "n1")
    told = owner.coordination()
    assert not told.is_temporary
    kinds = [event.kind.value for event in told.events[-2:]]
    # On a machine so busy that the servers miss a coordinator meanwhile, they take it for an election.
    assert kinds == ["devolveu", "assumiu"] or (kinds == ["eleicao", "assumiu"] and outcome.gap_of_all_s > 7)
    wait_until(keep_asking(lambda: owner.coordination() and not owner.reserve))
    wait_until(lambda: demo.etcd_leader() != "n1")


def test_when_postgresql_is_killed_another_node_takes_over(demo: Demo, owner: ApiClient) -> None:
    wait_for_coordinator(owner, "n1")
    load = start_tills(demo.urls, owner)
    assert demo.run("cluster", "kill", "n1", "postgres", "--dir", str(demo.folder)) == "n1: postgres morreu.\n"
    wait_until(lambda: coordinator_elsewhere(owner))
    # Before the load is looked at, which takes a busy machine longer than the main node takes to be back.
    told = wait_for_news_of_another_coordinator(owner)
    assert told.is_temporary
    load.wait_for_new_confirmations()
    check(load)
    story = [(event.kind.value, event.node) for event in told.events if event.kind.value != "perdido"]
    assert story[-2:] == [("eleicao", told.coordinator), ("assumiu", told.coordinator)]


def test_when_the_test_run_is_killed_nothing_of_it_stays(demo: Demo) -> None:
    """The last one: it ends the cluster. The run that has started the demo is killed, and the demo with it."""
    demo.ask("kill", "n2", "patroni")  # its PostgreSQL lives on
    demo.ask("freeze", "n3")
    assert demo.list_processes()
    demo.process.kill()
    demo.process.wait(10)
    with suppress(AssertionError):  # with what is left, instead
        wait_until(lambda: not demo.list_processes())
    assert demo.describe_processes() == []
    for url in demo.urls.split(","):
        wait_until(partial(_is_free, int(url.rpartition(":")[2])), seconds=30)


def _is_free(port: int) -> bool:
    """Not at once: for a moment a connection of another test may have got the port for its own end."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
