"""A URL that names several hosts: whichever is the primary now is used."""

import psycopg

from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep import migrations
from tests.postgres_server import Cluster
from tests.server.processes import free_port


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
