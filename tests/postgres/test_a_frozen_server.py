"""A PostgreSQL that neither answers nor hangs up: nobody waits for ever, and nobody is told a success."""

import psutil
import psycopg
import pytest

from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.store import postgres_connection
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep import migrations
from tests.cluster import Cluster

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
