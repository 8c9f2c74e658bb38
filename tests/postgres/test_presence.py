"""Whether another process is near: only then is a key claimed in the database before what it is for is written."""

from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256

import pytest

from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.store import idempotency
from almoxarife.server.store.database import Database
from almoxarife.server.store.idempotency import GivenKey
from almoxarife.server.store.sessions import mark_changed, raw
from tests.databases import rows
from tests.postgres.conftest import first_start
from tests.postgres_server import Cluster
from tests.programs import wait_for
from tests.server.processes import wait_until

CLAIMS = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid != 0"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    made = cluster.create(first_start(cluster))
    yield made
    cluster.drop(made)


def write_one(database: Database) -> None:
    with database.transaction() as session:
        raw(session).execute("UPDATE shops SET name = name")
        mark_changed(session, "shops")


def claims(database: Database, url: str) -> object:
    """How many keys are claimed in the database while a request with one runs."""
    given_key = GivenKey("chave", sha256(b"pedido").digest())
    with idempotency.running(database, 1, given_key, is_one_batch=True):
        return rows(url, CLAIMS)[0][0]


def test_a_key_is_claimed_where_another_process_is_near(url: str) -> None:
    with closing(Database.open(url)) as database:
        assert claims(database, url) == 1  # nobody knows yet
        write_one(database)
        assert claims(database, url) == 0
        with closing(Database.open(url)) as other:

            def has_noticed() -> bool:
                write_one(database)
                return claims(database, url) == 1

            wait_until(has_noticed, "the other one is noticed")
            write_one(other)
            assert claims(other, url) == 1

        def is_alone_again() -> bool:
            write_one(database)
            return claims(database, url) == 0

        wait_until(is_alone_again, "the other one has gone")


def test_what_is_more_than_one_batch_is_claimed_always(url: str) -> None:
    with closing(Database.open(url)) as database:
        write_one(database)
        with idempotency.running(database, 1, GivenKey("chave", sha256(b"pedido").digest())):
            assert rows(url, CLAIMS) == [(1,)]


def test_whoever_asks_after_the_end_opens_no_connection(url: str) -> None:
    database = Database.open(url)
    database.versions.now()
    database.close()

    with pytest.raises(StoreUnavailable):
        database.versions.now()  # as the thread does that looks again
    here = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid != pg_backend_pid()"
    wait_for("the end of all connections", lambda: rows(url, here) == [(0,)])
