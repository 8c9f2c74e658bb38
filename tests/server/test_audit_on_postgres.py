"""One chain on a PostgreSQL that several processes write to, whatever becomes of their connections."""

from collections.abc import Iterator
from threading import Thread

import psycopg
import pytest

from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.store.database import Database
from almoxarife.server.upkeep.migrations import migrate
from tests.databases import rows
from tests.postgres_server import Cluster
from tests.unit.trail import somebody


class Regret(Exception):
    pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    cluster = Cluster()
    try:
        url = cluster.start().create()
        migrate(url)
        with psycopg.connect(url) as line:
            line.execute(
                "INSERT INTO users (id, username, username_folded, is_password_weak, must_change_password, role,"
                " state, generation, created_at) VALUES (1, 'p1', 'p1', false, false, 'gerente', 'ativo', 1, 0)"
            )
        yield url
    finally:
        cluster.remove()


def work(database: Database, number: int, acknowledged: list[int]) -> None:
    for entry in range(60):
        times = 1 + entry % 3
        try:
            with database.transaction() as session:
                for _ in range(times):
                    audit.record(session, Tag.MOVEMENT_RECORDED, by=somebody(1), subject=f"m{number}")
                if (number + entry) % 4 == 0:
                    raise Regret
            acknowledged.append(times)
        except (Regret, StoreUnavailable, WriteFailed):
            pass


def test_two_processes_with_failing_units_and_broken_connections_keep_one_chain(url: str) -> None:
    databases = [Database.open(url), Database.open(url)]
    acknowledged: list[int] = []
    threads = [Thread(target=work, args=(databases[n % 2], n, acknowledged)) for n in range(16)]
    for thread in threads:
        thread.start()
    with psycopg.connect(url, autocommit=True) as line:
        for _ in range(5):
            line.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND application_name = 'almoxarife'"
            )
    for thread in threads:
        thread.join(60)

    # A new one: for a second after a lost connection the others do not even try.
    databases.append(Database.open(url))
    with databases[-1].reading() as session:
        verdict = audit.verify_trail(session)
    for database in databases:
        database.close()
    assert verdict.fault is None
    assert verdict.head.id >= sum(acknowledged) > 0
    assert rows(url, "SELECT count(*) FROM audit_entries") == [(verdict.head.id,)]  # units that failed left no gap


def test_an_altered_and_a_removed_entry_are_named(url: str) -> None:
    database = Database.open(url)
    with database.transaction() as session:
        for number in range(5):
            audit.record(session, Tag.MOVEMENT_RECORDED, by=somebody(1), subject=f"m{number}")
    with database.reading() as session:
        kept = audit.find_head(session)
    for statement, expected in (
        ("UPDATE audit_entries SET cause = 'x' WHERE id = %s", kept.id - 1),
        ("DELETE FROM audit_entries WHERE id = %s", kept.id - 2),
    ):
        with pytest.raises(psycopg.IntegrityError, match="insert-only"), psycopg.connect(url) as line:
            line.execute(statement, (expected,))
        with psycopg.connect(url) as line:
            line.execute("ALTER TABLE audit_entries DISABLE TRIGGER USER")
            line.execute(statement, (expected,))
            line.execute("ALTER TABLE audit_entries ENABLE TRIGGER USER")
        with database.reading() as session:
            fault = audit.verify_trail(session, kept).fault
        assert fault is not None
        assert fault.id == expected
    database.close()
