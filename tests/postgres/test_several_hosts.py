"""A URL that names several hosts: whichever is the primary now is used."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psutil
import psycopg
import pytest

from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.store import postgres_connection
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep import migrations
from tests.databases import rows
from tests.postgres_server import Cluster, name_in
from tests.server.processes import free_port, wait_until


def test_the_host_that_takes_writes_is_used(cluster: Cluster) -> None:
    primary = cluster.create()
    name = primary.rsplit("/", 1)[1]
    standby = Cluster()
    try:
        standby.start()
        with standby.connect("postgres") as db:
            db.execute(f"CREATE DATABASE {name}".encode())
            db.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
        hosts = ",".join(f"127.0.0.1:{port}" for port in (free_port(), standby.port, cluster.port))

        migrations.migrate(f"postgresql://postgres@{hosts}/{name}")
        database = Database.open(f"postgresql://postgres@{hosts}/{name}")
        with database.transaction() as session:
            raw(session).execute("UPDATE shops SET policy = 'permitir'")
        database.close()
    finally:
        standby.remove()

    with psycopg.connect(primary) as line:
        assert line.execute("SELECT policy FROM shops").fetchall() == [("permitir",)]


@contextmanager
def pair() -> Iterator[tuple[Cluster, Cluster]]:
    """A primary and its standby."""
    primary = Cluster(is_replicated=True)
    try:
        primary.start()
        standby = Cluster(of=primary)
        try:
            yield primary, standby.start()
        finally:
            standby.remove()
    finally:
        primary.remove()


def set_policy(database: Database, policy: str) -> None:
    with database.transaction() as session:
        raw(session).execute(f"UPDATE shops SET policy = '{policy}'")


def is_written(database: Database, policy: str) -> bool:
    try:
        set_policy(database, policy)
    except (StoreUnavailable, WriteFailed):
        return False
    return True


def test_a_primary_that_comes_back_after_its_standby_was_promoted_is_not_used() -> None:
    """Nobody has told it of the other one: it takes writes, which would be in none of the backups and standbys."""
    with pair() as (old, new):
        name = name_in(old.create())
        url = f"postgresql://postgres@127.0.0.1:{old.port},127.0.0.1:{new.port}/{name}"
        migrations.migrate(url)
        with closing(Database.open(url)) as database:
            set_policy(database, "permitir")
            wait_until(lambda: rows(new.url(name), "SELECT policy FROM shops") == [("permitir",)], "it is there too")
            old.stop()
            new.promote()
            wait_until(lambda: is_written(database, "avisar"), "the new one is used")

            old.start()
            new.restart()  # whoever was connected connects again, and finds the old one first
            assert not is_written(database, "bloquear")
            wait_until(lambda: is_written(database, "bloquear"), "the new one is used again")
        assert rows(old.url(name), "SELECT policy FROM shops") == [("permitir",)]
        assert rows(new.url(name), "SELECT policy FROM shops") == [("bloquear",)]


@contextmanager
def frozen(cluster: Cluster) -> Iterator[None]:
    postmaster = psutil.Process(cluster.pid())
    processes = [postmaster, *postmaster.children()]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def read_policy(database: Database) -> str | None:
    try:
        with database.reading() as session:
            ((policy,),) = raw(session).execute("SELECT policy FROM shops")
    except StoreUnavailable:
        return None
    return str(policy)


def is_looked_at(database: Database) -> bool:
    try:
        database.versions.now()
    except StoreUnavailable:
        return False
    return True


def test_connections_to_a_primary_that_was_frozen_meanwhile_are_not_used_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing was asked on them while it was frozen, so they are still there when it goes on."""
    monkeypatch.setattr(postgres_connection, "BRIEF_S", 0.5)
    with pair() as (old, new):
        name = name_in(old.create())
        url = f"postgresql://postgres@127.0.0.1:{old.port},127.0.0.1:{new.port}/{name}?connect_timeout=2"
        migrations.migrate(url)
        with closing(Database.open(url)) as database:
            set_policy(database, "permitir")
            assert read_policy(database) == "permitir"
            wait_until(lambda: rows(new.url(name), "SELECT policy FROM shops") == [("permitir",)], "it is there too")
            with frozen(old):
                new.promote()
                wait_until(lambda: is_looked_at(database), "the new one is known")
                with new.connect(name) as line:
                    line.execute("UPDATE shops SET policy = 'avisar'")

            read = []
            wait_until(lambda: bool(read.append(read_policy(database)) or read[-1]), "the new one is read")
            assert read[-1] == "avisar"
            wait_until(lambda: is_written(database, "bloquear"), "the new one is written")
        assert rows(old.url(name), "SELECT policy FROM shops") == [("permitir",)]
        assert rows(new.url(name), "SELECT policy FROM shops") == [("bloquear",)]
