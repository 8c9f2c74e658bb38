"""Databases of the first day, and a writer whose channel does what a test says.

What holds for a file holds for a server, and what holds for a unit that is a block for one that is a function
(``way``).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from almoxarife.server.store.database import Database
from almoxarife.server.upkeep.migrations import migrate
from tests.databases import Databases, Place
from tests.unit import writing
from tests.unit.ledger import make_shop
from tests.unit.writing import Scripted, ScriptedChannel, make_products, open_scripted, open_writer


@pytest.fixture(params=list(writing.WAYS))
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How ``writing.write`` writes in this test."""
    monkeypatch.setattr(writing, "way", writing.WAYS[request.param]())
    return str(request.param)


@pytest.fixture(scope="session")
def untouched_products(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_products(databases, tmp_path_factory.mktemp("products"))


@pytest.fixture
def products(databases: Databases, untouched_products: Place, tmp_path: Path) -> Iterator[Place]:
    place = databases.copy(untouched_products, tmp_path)
    yield place
    databases.drop(place)


@pytest.fixture
def opened(products: Place) -> Iterator[tuple[Scripted, ScriptedChannel]]:
    writer, channel = open_writer(products, max_seconds=60)
    yield writer, channel
    channel.before.clear()
    if not writer._closed:
        writer.close()


@pytest.fixture
def writer(opened: tuple[Scripted, ScriptedChannel]) -> Scripted:
    return opened[0]


@pytest.fixture
def channel(opened: tuple[Scripted, ScriptedChannel]) -> ScriptedChannel:
    return opened[1]


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> list[type[BaseException]]:
    """What has failed in a thread so that nobody else hears of it."""
    said: list[type[BaseException]] = []
    monkeypatch.setattr("threading.excepthook", lambda failure: said.append(failure.exc_type))
    return said


@pytest.fixture(scope="session")
def first_start(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """What a first start leaves."""
    place = databases.make(tmp_path_factory.mktemp("first start"))
    migrate(place)
    return place


@pytest.fixture(scope="session")
def first_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the shop of ``tests.unit.ledger``, to be copied."""
    path = tmp_path_factory.mktemp("first shop") / "almoxarife.db"
    make_shop(path)
    return path


@pytest.fixture
def place(databases: Databases, first_start: Place, tmp_path: Path) -> Iterator[Place]:
    """A database of the first day."""
    place = databases.copy(first_start, tmp_path)
    yield place
    databases.drop(place)


@pytest.fixture
def database(place: Place) -> Iterator[Database]:
    """It, opened; its channel does what a test says."""
    opened = open_scripted(place, timeout_s=60)
    yield opened
    opened.close()
