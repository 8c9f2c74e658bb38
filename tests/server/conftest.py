"""A shop whose server runs, on a copy of the same first day for every test."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from tests.databases import Databases, Place
from tests.server.processes import BOLTS, URLS, Client, Server


class MakeServer(Protocol):
    def __call__(self, data: Path, *, change: str | None = None, anew: bool = False, **settings: str) -> Server:
        """A server that a test starts; it ends with the test."""


@dataclass(frozen=True)
class FirstDay:
    """A shop that is closed for the night, where Ana administers and bolts are known."""

    data: Path
    place: Place
    token: str
    """Ana's."""


@pytest.fixture(scope="session")
def first_day(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> FirstDay:
    data = tmp_path_factory.mktemp("first day") / "dados"
    place = settle(data, databases.make(data))
    server = Server(data, anew=True)
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
    return FirstDay(data, place, ana.token)


def settle(data: Path, place: Place) -> Place:
    """From now on the data of ``data`` is at ``place``."""
    if isinstance(place, str):
        URLS[data] = place
    return place


def place_of(data: Path) -> Place:
    return URLS.get(data, data / "almoxarife.db")


@contextmanager
def copied(first_day: FirstDay, databases: Databases, data: Path) -> Iterator[Path]:
    shutil.copytree(first_day.data, data)
    place = settle(data, databases.copy(first_day.place, data))
    try:
        yield data
    finally:
        databases.drop(place)


@pytest.fixture
def data(databases: Databases, first_day: FirstDay, tmp_path: Path) -> Iterator[Path]:
    """A copy of the first day's data."""
    with copied(first_day, databases, tmp_path / "Loja São João") as data:
        yield data


@pytest.fixture
def make_server(databases: Databases, first_day: FirstDay) -> Iterator[MakeServer]:
    made: list[Server] = []
    with ExitStack() as places:

        def make(data: Path, *, change: str | None = None, anew: bool = False, **settings: str) -> Server:
            if is_new_on_server(data, databases) and "DATABASE_URL" not in settings:
                places.callback(databases.drop, settle(data, databases.make(data)))
            server = Server(data, change=change, anew=anew, **settings)
            server.token = first_day.token
            made.append(server)
            return server

        yield make
        for server in made:
            server.end()


def is_new_on_server(data: Path, databases: Databases) -> bool:
    return databases.are_on_server and data not in URLS


@pytest.fixture
def server(make_server: MakeServer, data: Path) -> Server:
    return make_server(data).start()


@pytest.fixture
def ana(server: Server) -> Iterator[Client]:
    with server.client() as client:
        yield client


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A self-made certificate for 127.0.0.1, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    pem, key = tmp_path / "loja.pem", tmp_path / "loja.key"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    make = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*make, "-keyout", key, "-out", pem], check=True, capture_output=True)
    return pem, key
