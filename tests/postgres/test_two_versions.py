"""A newer server and an older one on one database: never a schema that either of them does not know."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from sqlalchemy import Connection

from almoxarife.server.errors import StartupError, StoreUnavailable
from almoxarife.server.logs.entries import Entry
from almoxarife.server.logs.storage.postgres import PostgresLogStore
from almoxarife.server.settings import Settings
from almoxarife.server.store.database import Database
from almoxarife.server.store.postgres import WRITER_LOCK
from almoxarife.server.store.postgres_connection import pg_of
from almoxarife.server.store.postgresql import schema
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep import migrations, preparation
from almoxarife.server.upkeep.migrations import HEAD
from tests.databases import rows
from tests.postgres_server import Cluster
from tests.programs import PATIENCE_S, wait_until
from tests.server.crowd import at_once

NEWER = "9999"
REVISION = f"""
from alembic import op
revision, down_revision = "{NEWER}", "{HEAD}"

def upgrade():
    op.execute("ALTER TABLE shops RENAME COLUMN name TO title")
"""
CUT = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
HERE = " AND datname = current_database()"


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    made = cluster.create()
    migrations.migrate(made)
    yield made
    cluster.drop(made)


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    scripts = shutil.copytree(Path(migrations.__file__).parent, tmp_path / "newer")
    (scripts / "versions" / f"r{NEWER}_titles.py").write_text(REVISION, "utf-8")
    return scripts


def revision(url: str) -> object:
    return rows(url, "SELECT version_num FROM alembic_version")[0][0]


def test_a_newer_server_waits_until_the_older_ones_have_ended(url: str, newer: Path) -> None:
    with closing(Database.open(url)) as older:
        with pytest.raises(StartupError, match=r"Pare o Almoxarife nos outros computadores .* Nada foi mudado"):
            migrations.migrate(url, scripts=newer, head=NEWER)
        assert revision(url) == HEAD
        with older.transaction() as session:
            raw(session).execute("UPDATE shops SET name = 'Centro'")
    migrations.migrate(url, scripts=newer, head=NEWER)
    assert rows(url, "SELECT title FROM shops") == [("Centro",)]


def test_a_server_from_before_there_was_a_lock_for_that_is_waited_for_too(url: str, newer: Path) -> None:
    with closing(psycopg.connect(url, application_name="almoxarife")):
        with pytest.raises(StartupError, match="Pare o Almoxarife nos outros computadores"):
            migrations.migrate(url, scripts=newer, head=NEWER)
        assert revision(url) == HEAD


def test_a_start_waits_for_an_older_server_and_goes_on_when_it_ends(url: str, tmp_path: Path) -> None:
    """Two at once: neither takes the other for one that works."""
    rows(url, "UPDATE alembic_version SET version_num = '0001' RETURNING 1")
    settings = Settings.from_mapping({"ALMOXARIFE_DATA_DIR": str(tmp_path), "ALMOXARIFE_DATABASE_URL": url})
    told: list[str] = []
    with closing(psycopg.connect(url, application_name="almoxarife")):
        preparation.wait_for_older_servers(settings, Event(), told.append, patience_s=0)
        waiting = [
            Thread(target=preparation.wait_for_older_servers, args=(settings, Event(), told.append), daemon=True)
            for _ in range(2)
        ]
        for thread in waiting:
            thread.start()
        wait_until(lambda: len(told) == 3, "both to wait")
        assert all(thread.is_alive() for thread in waiting)
        stopped = Event()
        stopped.set()
        preparation.wait_for_older_servers(settings, stopped, told.append)
    for thread in waiting:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
    assert len(told) == 4
    assert "começa assim que pararem" in told[0]


def test_whoever_waits_is_not_taken_for_a_server(url: str, newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str | None] = []
    monkeypatch.setattr(
        schema, "is_in_use", lambda asks: names.append(pg_of(asks).info.parameter_status("application_name"))
    )
    migrations.find_hindrance(url, head=NEWER)
    assert names == [schema.WAITING]
    with closing(psycopg.connect(url, application_name=schema.WAITING)):
        assert migrations.migrate(url, scripts=newer, head=NEWER)


def test_of_two_that_start_the_one_that_waits_says_that_the_other_upgrades(url: str, newer: Path) -> None:
    with psycopg.connect(url) as reader:
        reader.execute("LOCK TABLE shops IN ACCESS SHARE MODE")  # which the upgrade waits for
        upgrading = Thread(target=migrations.migrate, args=(url,), kwargs={"scripts": newer, "head": NEWER})
        upgrading.start()
        wait_until(lambda: rows(url, "SELECT count(*) FROM pg_locks WHERE NOT granted") == [(1,)], "the upgrade")
        hindrance = migrations.find_hindrance(url, head=NEWER)
    upgrading.join(PATIENCE_S)
    assert hindrance is not None
    assert hindrance.startswith("Outro servidor do Almoxarife está preparando o banco de dados")
    assert "Pare" not in hindrance
    assert migrations.find_hindrance(url, head=NEWER) is None


def test_a_peer_that_works_already_is_not_taken_for_an_older_server(
    url: str, newer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has upgraded the database between the look at its schema and the look for others."""
    is_in_use = schema.is_in_use

    def upgrade_and_look(connection: Connection) -> bool:
        monkeypatch.undo()
        migrations.migrate(url, scripts=newer, head=NEWER)
        with closing(psycopg.connect(url, application_name="almoxarife")):
            return is_in_use(connection)

    monkeypatch.setattr(schema, "is_in_use", upgrade_and_look)
    assert migrations.find_hindrance(url, head=NEWER) is None


def test_whoever_waits_is_told_when_the_reason_is_another_one(url: str, tmp_path: Path) -> None:
    rows(url, "UPDATE alembic_version SET version_num = '0001' RETURNING 1")
    settings = Settings.from_mapping({"ALMOXARIFE_DATA_DIR": str(tmp_path), "ALMOXARIFE_DATABASE_URL": url})
    told: list[str] = []
    waiting = Thread(target=preparation.wait_for_older_servers, args=(settings, Event(), told.append), daemon=True)
    with closing(psycopg.connect(url, application_name=schema.UPGRADING, autocommit=True)) as peer:
        with closing(psycopg.connect(url, application_name="almoxarife")):
            waiting.start()
            wait_until(lambda: len(told) == 1, "it to wait for the older one")
            peer.execute("SELECT pg_advisory_lock(%s)", [WRITER_LOCK])
        wait_until(lambda: len(told) == 2, "it to wait for the newer one")
        assert waiting.is_alive()
    waiting.join(PATIENCE_S)
    assert not waiting.is_alive()
    assert "Pare o Almoxarife nos outros computadores" in told[0]
    assert "está preparando" in told[1]


def test_the_log_that_is_served_alone_keeps_nobody_from_upgrading(url: str, newer: Path) -> None:
    with closing(PostgresLogStore(url)) as log:
        log.append([Entry(0, 0, "loja", "1", "antes", "success")])
        assert migrations.migrate(url, scripts=newer, head=NEWER)
        log.append([Entry(1, 1, "loja", "1", "depois", "success")])


def test_of_several_that_start_at_once_one_upgrades_and_none_is_refused(url: str, newer: Path) -> None:
    upgraded = at_once(4, lambda _: migrations.migrate(url, scripts=newer, head=NEWER))
    assert sorted(upgraded) == [False, False, False, True]


def test_a_computer_that_lost_its_power_is_not_taken_for_a_server_for_hours(url: str) -> None:
    with closing(Database.open(url)) as lost, lost.reading() as session:
        (idle, interval) = (raw(session).execute(f"SHOW tcp_keepalives_{name}") for name in ("idle", "interval"))
    assert (idle, interval) == ([("10",)], [("5",)])


def test_an_older_server_that_was_cut_off_meanwhile_does_nothing_more(url: str, newer: Path) -> None:
    """As after a change of the coordinator: for a moment nobody is connected."""
    with closing(Database.open(url)) as older:
        assert rows(url, CUT + HERE) != [(0,)]
        migrations.migrate(url, scripts=newer, head=NEWER)
        for _ in range(2):
            with pytest.raises(StoreUnavailable), older.transaction() as session:
                raw(session).execute("UPDATE shops SET active = active")
            with pytest.raises(StoreUnavailable), older.reading():
                pass
            with pytest.raises(StoreUnavailable):
                older.versions.of()


def test_an_older_server_does_not_begin_beside_a_newer_one(
    url: str, newer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where it has looked a moment before the upgrade."""
    migrations.migrate(url, scripts=newer, head=NEWER)
    settings = Settings.from_mapping({"ALMOXARIFE_DATA_DIR": str(tmp_path), "ALMOXARIFE_DATABASE_URL": url})
    with pytest.raises(StartupError, match="versão mais nova"):
        preparation.open_database(settings)
    with closing(psycopg.connect(url, application_name="almoxarife")):  # whose server works
        preparation.wait_for_older_servers(settings, Event(), pytest.fail)
        with pytest.raises(StartupError, match="versão mais nova"):
            preparation.open_database(settings)
    monkeypatch.setattr(preparation, "prepare_database", lambda settings: None)
    with pytest.raises(StartupError, match="acaba de atualizar"):
        preparation.open_database(settings)
