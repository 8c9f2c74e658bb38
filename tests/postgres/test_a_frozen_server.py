"""A PostgreSQL that neither answers nor hangs up: nobody waits for ever, and nobody is told a success."""

import threading
import time
from contextlib import ExitStack, closing

import psutil
import psycopg
import pytest

from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.store import postgres, postgres_connection
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw
from tests.postgres.conftest import Shop, first_start
from tests.postgres_server import Cluster
from tests.programs import wait_until
from tests.server.processes import BOLTS, Answer, Client

CHANGE = "UPDATE shops SET policy = 'permitir'"


def writers_of(url: str) -> list[psutil.Process]:
    sql = "SELECT pid FROM pg_stat_activity WHERE application_name = 'almoxarife' AND datname = current_database()"
    with psycopg.connect(url) as line:
        return [psutil.Process(pid) for (pid,) in line.execute(sql).fetchall()]


def change(database: Database, *frozen_before_commit: psutil.Process) -> None:
    with database.transaction() as session:
        raw(session).execute(CHANGE)
        for process in frozen_before_commit:
            process.suspend()


@pytest.mark.parametrize("moment", ["before it begins", "before its COMMIT"])
def test_it_is_given_up_after_the_deadline(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    url = cluster.create(first_start(cluster))
    monkeypatch.setattr(postgres, "ANSWER_S", 1.0)
    database = Database.open(url)
    frozen = writers_of(url)
    assert frozen
    try:
        if moment == "before it begins":
            for process in frozen:
                process.suspend()
        with pytest.raises((StoreUnavailable, WriteFailed)):
            change(database, *frozen)
        assert not database.healthy
    finally:
        for process in frozen:
            process.resume()

    psutil.wait_procs(frozen, timeout=30)
    change(database)
    assert database.probe()
    database.close()


def read(database: Database) -> None:
    with database.reading() as session:
        raw(session).execute("SELECT id FROM shops")


def test_who_asks_while_it_is_frozen_waits_once_and_not_for_each_connection(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = cluster.create(first_start(cluster))
    monkeypatch.setattr(postgres_connection, "BRIEF_S", 0.5)
    database = Database.open(url)
    with ExitStack() as stack:
        # So many connections are idle afterwards, and each of them would be tried.
        together = threading.Barrier(6)
        readers = [threading.Thread(target=read_together, args=(database, together)) for _ in range(6)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        assert database.probe()
        frozen = writers_of(url)
        assert len(frozen) > 6
        for process in (frozen[0].parent(), *frozen):  # who takes in new connections, too
            assert process is not None
            process.suspend()
            stack.callback(process.resume)

        began = time.monotonic()
        answers: list[bool] = []
        crowd = [threading.Thread(target=lambda: answers.append(is_refused(database))) for _ in range(12)]
        for one in crowd:
            one.start()
        for one in crowd:
            one.join()

        assert answers == [True] * 12
        assert not database.probe()
        # Thirty seconds a connection would be three minutes and more.
        assert time.monotonic() - began < postgres_connection.DEADLINE_S

    wait_until(lambda: not is_refused(database), "it answers again")
    assert database.probe()
    database.close()


def test_a_snapshot_is_given_up_in_its_middle(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    url = cluster.create(first_start(cluster))
    monkeypatch.setattr(postgres, "ANSWER_S", 1.0)
    database = Database.open(url)
    with ExitStack() as stack:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable), database.reading() as session:  # noqa: PT012  # both are in one snapshot
            raw(session).execute("SELECT id FROM shops")
            for process in writers_of(url):
                process.suspend()
                stack.callback(process.resume)
            began = time.monotonic()
            raw(session).execute("SELECT id FROM shops")
        assert time.monotonic() - began < postgres_connection.DEADLINE_S
    wait_until(lambda: not is_refused(database), "it answers again")
    database.close()


@pytest.mark.parametrize("kind", ["snapshot", "batch"])
def test_many_statements_have_one_deadline_in_all(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    url = cluster.create(first_start(cluster))
    monkeypatch.setattr(postgres_connection, "ALL_S", 1.0)
    database = Database.open(url)
    database.limit_requests()
    answered = 0
    opened = database.reading() if kind == "snapshot" else database.transaction()
    with pytest.raises((StoreUnavailable, WriteFailed)), opened as session:  # noqa: PT012  # one of many raises it
        for _ in range(100):
            raw(session).execute("SELECT id FROM shops WHERE pg_sleep(0.3) IS NOT NULL")
            answered += 1

    assert answered < 10
    wait_until(lambda: not is_refused(database), "it answers again")
    change(database)
    database.close()


@pytest.mark.parametrize("kind", ["snapshot", "batch"])
def test_a_command_or_a_start_may_take_as_long_as_a_large_shop_takes(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    url = cluster.create(first_start(cluster))
    monkeypatch.setattr(postgres_connection, "ALL_S", 0.2)
    with (
        closing(Database.open(url)) as database,
        database.reading() if kind == "snapshot" else database.transaction() as session,
    ):
        for _ in range(4):
            raw(session).execute("SELECT id FROM shops WHERE pg_sleep(0.2) IS NOT NULL")


def test_entries_on_their_way_are_told_to_come_back_and_count_once(shop: Shop) -> None:
    sent = threading.Barrier(9)
    answers: dict[str, list[Answer]] = {}

    def sell(key: str) -> None:
        with shop.client(0) as till:
            sent.wait(60)
            past = answers.setdefault(key, [])
            while not past or past[-1].status == 201:  # until one meets the frozen server
                past.append(enter(till, f"{key}-{len(past)}"))

    tills = [threading.Thread(target=sell, args=(f"till-{number}",)) for number in range(8)]
    for till in tills:
        till.start()
    with ExitStack() as stack:
        frozen = writers_of(shop.url)
        sent.wait(60)
        for process in (frozen[0].parent(), *frozen):
            assert process is not None
            process.suspend()
            stack.callback(process.resume)
        began = time.monotonic()
        for till in tills:
            till.join()
        # One deadline and the way to another connection, not one for each step.
        assert time.monotonic() - began < 25
    assert {(past[-1].status, "Retry-After" in past[-1].headers) for past in answers.values()} == {(503, True)}

    with shop.client(0) as till:
        wait_until(lambda: till.get("/saude").status == 200, "it answers again")
        for key, past in answers.items():
            assert enter(till, f"{key}-{len(past) - 1}").status == 201
    assert shop.rows("SELECT count(*) FROM movements") == [(sum(map(len, answers.values())),)]


def enter(till: Client, key: str) -> Answer:
    return till.post("/inventario", {"produto_id": BOLTS, "quantidade": 1}, Idempotency_Key=key)


def read_together(database: Database, together: threading.Barrier) -> None:
    with database.reading() as session:
        raw(session).execute("SELECT id FROM shops")
        together.wait(30)


def is_refused(database: Database) -> bool:
    try:
        read(database)
    except StoreUnavailable:
        return True
    return False
