"""A database that the tests use again is as its template made it, or it is another one."""

from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest

from almoxarife.server.store.postgres_connection import Connector
from tests.databases import execute, rows
from tests.postgres_server import Cluster
from tests.reused_databases import USES, Reuse

SHOP = (
    "CREATE TABLE things (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE)",
    "CREATE TABLE parts (thing bigint REFERENCES things)",
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$",
    "CREATE TRIGGER refuse BEFORE DELETE OR TRUNCATE ON things EXECUTE FUNCTION refuse()",
    "INSERT INTO things (name) VALUES ('first'), ('a\tb\\n')",
)
SEEN = "SELECT id, name FROM things ORDER BY id"
OURS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'almoxarife' AND datname = current_database()"
LEFT = """
    SELECT current_setting('work_mem'), current_setting('application_name'), to_regclass('mine'),
        (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_listening_channels()),
        (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())
"""

Take = Callable[[], str]


@pytest.fixture(scope="module")
def template(cluster: Cluster) -> Iterator[str]:
    url = cluster.create()
    execute(url, *SHOP)
    yield url
    cluster.drop(url)


@pytest.fixture
def reuse(cluster: Cluster) -> Iterator[Reuse]:
    with closing(Reuse(cluster)) as reuse:
        yield reuse


def oid(url: str) -> object:
    return rows(url, "SELECT oid FROM pg_database WHERE datname = current_database()")


def again(reuse: Reuse, template: str, *changes: str) -> tuple[object, str]:
    """What one was that has been changed and given back, and the next one."""
    url = reuse.take(template)
    execute(url, *changes)
    before = oid(url)
    reuse.give_back(url)
    return before, reuse.take(template)


def test_rows_and_numbers_are_the_template_s_again(reuse: Reuse, template: str) -> None:
    before, url = again(
        reuse,
        template,
        "INSERT INTO things (name) VALUES ('third')",
        "INSERT INTO parts VALUES (1)",
        "UPDATE things SET name = 'other' WHERE id = 1",
        "CREATE SCHEMA more; CREATE TABLE more.things (id int)",
    )

    assert oid(url) == before
    assert rows(url, SEEN) == rows(template, SEEN) == [(1, "first"), (2, "a\tb\\n")]
    assert rows(url, "SELECT * FROM parts") == []
    assert rows(url, "SELECT to_regnamespace('more')") == [(None,)]
    assert rows(url, "INSERT INTO things (name) VALUES ('third') RETURNING id") == [(3,)]
    with pytest.raises(psycopg.errors.RaiseException, match="never"):
        execute(url, "DELETE FROM things")


def test_whoever_knows_the_old_name_finds_nothing(reuse: Reuse, template: str) -> None:
    url = reuse.take(template)
    with psycopg.connect(url) as late:
        late.execute("LOCK things")
        reuse.give_back(url)
        reuse.take(template)
        with pytest.raises(psycopg.OperationalError):
            late.execute("SELECT 1")

    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


def test_a_session_that_is_used_again_is_as_new(reuse: Reuse, template: str) -> None:
    with reuse.sessions.reused():
        url = reuse.take(template)
        line = Connector(url).connect()
        before = line.execute(LEFT).fetchall()
        line.execute(
            "SET work_mem = 65; PREPARE mine AS SELECT 1; CREATE TEMP TABLE mine (id int); LISTEN mine;"
            " SELECT pg_advisory_lock(1)"
        )
        used = line.info.backend_pid
        assert rows(url, OURS) == [(used,)]
        line.close()
        assert line.closed
        assert rows(url, OURS) == []
        reuse.give_back(url)

        url = reuse.take(template)
        again = Connector(url).connect()
        assert again.info.backend_pid == used
        assert again.execute(LEFT).fetchall() == before
        reuse.give_back(url)

        reuse.take(template)
        with pytest.raises(psycopg.OperationalError):
            again.execute("SELECT 1")


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE things ADD COLUMN more text",
        "ALTER TABLE things DISABLE TRIGGER refuse",
        "DROP TRIGGER refuse ON things",
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "CREATE TABLE more (id int)",
        "CREATE VIEW more AS SELECT 1",
        "ALTER TABLE things DROP CONSTRAINT things_name_key",
        "ALTER SEQUENCE things_id_seq INCREMENT 5",
        "GRANT SELECT ON things TO PUBLIC",
        "ANALYZE things",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 65', current_database()); END $$",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 50', current_database()); END $$",
    ],
)
def test_after_any_other_change_it_is_another_one(reuse: Reuse, template: str, change: str) -> None:
    before, url = again(reuse, template, change)

    assert oid(url) != before
    assert rows(url, SEEN) == rows(template, SEEN)


def test_none_is_used_for_ever(reuse: Reuse, template: str) -> None:
    seen = set()
    for _ in range(USES + 1):
        url = reuse.take(template)
        seen.add(str(oid(url)))
        reuse.give_back(url)

    assert len(seen) == 2
