"""Two servers, as on two machines, on one PostgreSQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

from almoxarife.server.upkeep import migrations
from tests.databases import rows
from tests.postgres_server import Cluster
from tests.server.crowd import Poller
from tests.server.processes import BOLTS, Client, Server, wait_until

SECRET = "o mesmo segredo em todos os servidores"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    try:
        yield made.start()
    finally:
        made.remove()


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    """An empty database of the test's own."""
    made = cluster.create()
    yield made
    cluster.drop(made)


@cache
def first_start(cluster: Cluster) -> str:
    """A database as a first start leaves it, to be copied: making its tables takes a second."""
    made = cluster.create()
    migrations.migrate(made)
    return made


@dataclass
class Shop:
    """One database and the servers that share it."""

    cluster: Cluster
    url: str
    servers: list[Server]

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        return rows(self.url, sql, *parameters)

    def client(self, index: int) -> Client:
        return self.servers[index % len(self.servers)].client()

    def execute(self, sql: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as line:
            line.execute(sql.encode())


def finish(poller: Poller, last: int) -> list[int]:
    """All that it has seen; the last one may have been made at the other server this moment."""
    wait_until(lambda: poller.numbers[-1:] == [last], "the last movement")
    poller.finish()
    return poller.numbers


def open_shop(cluster: Cluster, folder: Path, *, change: str | None = None) -> Shop:
    """A shop where Ana administers and bolts are known, and nothing has happened yet."""
    first_day, token = _open_first(cluster)
    shop = Shop(cluster, cluster.create(first_day), [])
    make_servers(shop, folder, 2, change=change)
    for server in shop.servers:
        server.start()
        server.token = token
    return shop


@cache
def _open_first(cluster: Cluster) -> tuple[str, str | None]:
    """The database of such a shop, to be copied, and Ana's token."""
    shop = Shop(cluster, cluster.create(), [])
    with TemporaryDirectory() as folder:
        make_servers(shop, Path(folder), 1)
        try:
            with shop.servers[0].start().client() as ana:
                assert ana.register().status == 201
                ana.log_in()
                assert ana.new_product("Parafuso 10mm") == BOLTS
            assert shop.servers[0].stop() == 0
        finally:
            shop.servers[0].end()
    return shop.url, ana.token


def make_servers(shop: Shop, folder: Path, number: int, *, change: str | None = None) -> None:
    while len(shop.servers) < number:
        data = folder / f"servidor {len(shop.servers) + 1}"
        server = Server(data, change=change, DATABASE_URL=shop.url, SECRET_KEY=SECRET)
        if server.port not in {other.port for other in shop.servers}:
            shop.servers.append(server)


@pytest.fixture
def shop(cluster: Cluster, tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(cluster, tmp_path)
    yield opened
    close(opened)


@pytest.fixture
def unordered_shop(cluster: Cluster, tmp_path: Path) -> Iterator[Shop]:
    """The same, where no server waits for the other one."""
    opened = open_shop(cluster, tmp_path, change="without_order")
    yield opened
    close(opened)


def close(shop: Shop) -> None:
    for server in shop.servers:
        server.end()
    shop.cluster.drop(shop.url)
