"""A database that the tests use again is as its template made it, or it is another one."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

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

Take = Callable[[], str]


@pytest.fixture(scope="module")
def template(cluster: Cluster) -> Iterator[str]:
    url = cluster.create()
    execute(url, *SHOP)
    yield url
    cluster.drop(url)


@pytest.fixture
def reuse(cluster: Cluster) -> Reuse:
    return Reuse(cluster)


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
