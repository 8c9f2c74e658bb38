"""What others have set in PostgreSQL: rights, time-outs, policies, a pooler. It works, or a sentence says why not."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from almoxarife.server.errors import StartupError, StoreUnavailable
from almoxarife.server.settings import Settings
from almoxarife.server.store import postgres_connection
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import mark_changed, raw
from almoxarife.server.upkeep import migrations
from almoxarife.server.upkeep.preparation import open_database
from tests.postgres.conftest import Shop
from tests.postgres_server import Cluster, name_in
from tests.server.processes import BOLTS, free_port, wait_until

MARIA = "maria"
"""A role that owns nothing and may log in."""


@pytest.fixture
def maria(cluster: Cluster, url: str) -> Iterator[str]:
    """The same database as a role of no rights."""
    with cluster.connect(name_in(url)) as line:
        line.execute(f"CREATE ROLE {MARIA} LOGIN".encode())
    yield url.replace("postgres@", f"{MARIA}@")
    with cluster.connect(name_in(url)) as line:
        line.execute(f"DROP OWNED BY {MARIA}; DROP ROLE {MARIA}".encode())


def execute(url: str, sql: str) -> None:
    with psycopg.connect(url, autocommit=True) as line:
        line.execute(sql.encode())


def start(url: str) -> None:
    migrations.migrate(url)
    Database.open(url).close()


@pytest.mark.parametrize(
    ("setting", "theirs", "ours"),
    [
        ("statement_timeout", "5s", "0"),
        ("lock_timeout", "5s", "0"),
        ("transaction_timeout", "5s", "0"),
        ("idle_session_timeout", "5s", "0"),
        ("idle_in_transaction_session_timeout", "5s", "30s"),
        ("default_transaction_isolation", "serializable", "read committed"),
        ("client_min_messages", "error", "warning"),
        ("row_security", "on", "off"),
        ("synchronous_commit", "off", "on"),
    ],
)
def test_what_the_database_sets_for_everybody_changes_nothing_here(
    url: str, setting: str, theirs: str, ours: str
) -> None:
    migrations.migrate(url)
    execute(url, f"ALTER DATABASE {name_in(url)} SET {setting} = '{theirs}'")
    with closing(Database.open(url)) as database:
        with database.reading() as session:
            assert raw(session).execute(f"SHOW {setting}") == [(ours,)]
        with database.transaction() as session:
            assert raw(session).execute(f"SHOW {setting}") == [(ours,)]


def test_who_may_not_make_tables_is_told_to_own_the_database(maria: str) -> None:
    with pytest.raises(StartupError, match=r"permission denied for schema public.*tem que ser dono") as error:
        start(maria)
    assert "CREATE TABLE" not in str(error.value)


def test_who_may_not_read_the_tables_is_told_so_too(maria: str, url: str) -> None:
    migrations.migrate(url)
    with pytest.raises(StartupError, match=r"permission denied for table.*tem que ser dono"):
        start(maria)


def test_a_search_path_that_leads_nowhere_is_named(maria: str, url: str) -> None:
    execute(url, f"ALTER DATABASE {name_in(url)} SET search_path = 'nada'")
    with pytest.raises(StartupError, match="RESET search_path"):
        start(url)


def test_a_database_that_checks_nothing_is_refused(url: str) -> None:
    """As a tool that copies databases leaves it: neither triggers nor keys would refuse anything."""
    migrations.migrate(url)
    execute(url, f"ALTER DATABASE {name_in(url)} SET session_replication_role = replica")
    with pytest.raises(StartupError, match="RESET session_replication_role"):
        Database.open(url)


def test_tables_that_a_running_server_finds_no_more_are_a_failure_of_the_database(url: str) -> None:
    migrations.migrate(url)
    with closing(Database.open(url)) as database:
        execute(url, f"ALTER DATABASE {name_in(url)} SET search_path = 'nada'")
        with pytest.raises(StoreUnavailable):
            _read_units(database)
        execute(url, f"ALTER DATABASE {name_in(url)} RESET search_path")
        wait_until(lambda: can_read(database), "it reads again")


def test_a_server_that_would_not_do_at_a_start_is_away_for_one_that_runs(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one stands at the same address."""
    migrations.migrate(url)
    with closing(Database.open(url)) as database:
        monkeypatch.setattr(postgres_connection, "OLDEST", 1_000_000)
        execute(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'almoxarife'")
        with pytest.raises(StoreUnavailable):
            _read_units(database)
        with pytest.raises(StoreUnavailable):
            database.versions.now()


def can_read(database: Database) -> bool:
    try:
        return bool(_read_units(database))
    except StoreUnavailable:
        return False


def test_tables_without_rows_are_told_from_a_database_of_this_version(url: str) -> None:
    migrations.migrate(url)
    execute(url, "DELETE FROM alembic_version")  # as pg_restore --schema-only leaves it
    with pytest.raises(StartupError, match="não diz de que versão"):
        start(url)


def test_too_few_connections_are_no_traceback(cluster: Cluster, maria: str, url: str) -> None:
    execute(url, f"ALTER ROLE {MARIA} CONNECTION LIMIT 2; ALTER DATABASE {name_in(url)} OWNER TO {MARIA}")
    try:
        migrations.migrate(maria)
        with pytest.raises(StartupError, match="max_connections"):
            open_database(Settings.from_mapping({"ALMOXARIFE_DATABASE_URL": maria}))
    finally:
        execute(url, f"ALTER DATABASE {name_in(url)} OWNER TO postgres")


def test_rows_that_a_policy_hides_are_not_taken_for_missing(maria: str, url: str) -> None:
    migrations.migrate(url)
    execute(url, f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {MARIA}")
    with closing(Database.open(maria)) as database:
        assert len(_read_units(database)) > 5
        execute(url, "ALTER TABLE units ENABLE ROW LEVEL SECURITY")
        with pytest.raises(StoreUnavailable):
            _read_units(database)


def _read_units(database: Database) -> list[object]:
    with database.reading() as session:
        return list(raw(session).execute("SELECT code FROM units"))


def test_a_right_that_is_taken_away_is_503_with_its_reason_in_the_log(shop: Shop, maria: str) -> None:
    owner, name = shop.url, name_in(shop.url)
    execute(owner, f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {MARIA}; GRANT ALL ON DATABASE {name} TO {MARIA}")
    server = shop.servers[0]
    server.stop()
    server.environ["ALMOXARIFE_DATABASE_URL"] = owner.replace("postgres@", f"{MARIA}@")
    server.start()
    try:
        with server.client() as ana:
            execute(owner, f"REVOKE INSERT ON movements FROM {MARIA}; REVOKE SELECT ON products FROM {MARIA}")
            refused = ana.receive(BOLTS, 1, Idempotency_Key="entry")
            assert (refused.status, refused.code) == (503, "gravacao-indisponivel")
            assert ana.get("/produtos").status == 503
            wait_until(lambda: "permission denied for table" in server.errors, "the reason is in the log")
            execute(owner, f"GRANT ALL ON movements, products TO {MARIA}")
            assert ana.receive(BOLTS, 1, Idempotency_Key="entry").status == 201
        server.stop()
    finally:
        execute(owner, f"DROP OWNED BY {MARIA}")


@contextmanager
def pooled(cluster: Cluster, url: str, mode: str) -> Iterator[str]:
    """The database through pgbouncer."""
    port, is_root = free_port(), hasattr(os, "geteuid") and os.geteuid() == 0
    with TemporaryDirectory() as name:  # pgbouncer refuses root, and nobody else may look into pytest's folder
        folder = Path(name)
        folder.chmod(0o755)
        users, settings = folder / "users", folder / "pgbouncer.ini"
        users.write_text('"postgres" ""\n')
        settings.write_text(
            f"[databases]\n{name_in(url)} = user=postgres host=127.0.0.1 port={cluster.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = any\nauth_file = {users}\npool_mode = {mode}\ndefault_pool_size = 40\n"
        )
        command = ["pgbouncer", "-q", str(settings)]
        process = subprocess.Popen(command, user="nobody" if is_root else None, stderr=subprocess.DEVNULL)
        through = f"postgresql://postgres@127.0.0.1:{port}/{name_in(url)}"
        try:
            wait_until(lambda: can_connect(through), "pgbouncer answers")
            yield through
        finally:
            process.terminate()
            process.wait(30)


def can_connect(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


needs_pgbouncer = pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="pgbouncer is not installed")


@needs_pgbouncer
@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_a_pooler_that_gives_each_transaction_another_session_is_refused(cluster: Cluster, url: str, mode: str) -> None:
    migrations.migrate(url)
    with pooled(cluster, url, mode) as through, pytest.raises(StartupError, match="pool_mode = session"):
        Database.open(through)


@needs_pgbouncer
def test_through_a_pooler_of_sessions_a_server_knows_itself(cluster: Cluster, url: str) -> None:
    with pooled(cluster, url, "session") as through:
        migrations.migrate(through)
        with closing(Database.open(through)) as database:
            with database.transaction() as session:
                raw(session).execute("UPDATE shops SET policy = 'permitir'")
                mark_changed(session, "stores")
            assert database.is_only_process
