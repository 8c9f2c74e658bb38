"""A PostgreSQL that neither answers nor hangs up: nobody waits for ever, and nobody is told a success."""

import threading
import time
from contextlib import ExitStack

import psutil
import psycopg
import pytest

from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.store import postgres_connection
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep import migrations
from tests.cluster import Cluster
from tests.programs import wait_until

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
    url = cluster.create()
    migrations.migrate(url)
    monkeypatch.setattr(postgres_connection.Line, "deadline_s", 1.0)
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
    assert database.healthy
    database.close()


def read(database: Database) -> None:
    with database.reading() as session:
        raw(session).execute("SELECT id FROM shops")


def test_who_asks_while_it_is_frozen_waits_once_and_not_for_each_connection(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = cluster.create()
    migrations.migrate(url)
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
