"""A shop whose server runs, on a copy of the same first day for every test."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.server.processes import BOLTS, Client, Server


class MakeServer(Protocol):
    def __call__(self, data: Path, *, change: str | None = None, **settings: str) -> Server:
        """A server that a test starts; it ends with the test."""


@pytest.fixture(scope="session")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Data of a shop that is closed for the night, where Ana administers and bolts are known; Ana's token."""
    server = Server(tmp_path_factory.mktemp("first day") / "dados")
    try:
        server.start()
        with server.client() as ana:
            ana.register()
            ana.log_in()
            assert ana.new_product("Parafuso 10mm") == BOLTS
            assert ana.token is not None
        assert server.stop() == 0
    finally:
        server.end()
    return server.data, ana.token


@pytest.fixture
def data(first_day: tuple[Path, str], tmp_path: Path) -> Path:
    """A copy of the first day's data."""
    return Path(shutil.copytree(first_day[0], tmp_path / "Loja São João"))


@pytest.fixture
def make_server(first_day: tuple[Path, str]) -> Iterator[MakeServer]:
    made: list[Server] = []

    def make(data: Path, *, change: str | None = None, **settings: str) -> Server:
        server = Server(data, change=change, **settings)
        server.token = first_day[1]
        made.append(server)
        return server

    yield make
    for server in made:
        server.end()


@pytest.fixture
def server(make_server: MakeServer, data: Path) -> Server:
    return make_server(data).start()


@pytest.fixture
def ana(server: Server) -> Iterator[Client]:
    with server.client() as client:
        yield client
