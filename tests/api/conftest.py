"""The real application on a real database, copied for each test from one that is made once."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path

import pytest

from tests.api.cast import CENTRO, Person, Server, make_database, open_server
from tests.cheap_setup import compiled_once, weak_passwords
from tests.databases import Databases, Place
from tests.log_capture import LogCapture, captured_log

Open = Callable[..., Server]

BOLTS = {"name": "Parafuso 10mm"}
FLOUR = {"name": "Farinha", "unidade": "KG"}


@pytest.fixture(autouse=True)
def log() -> Iterator[LogCapture]:
    with captured_log() as capture:
        yield capture


@pytest.fixture(scope="session", autouse=True)
def _made_once() -> Iterator[None]:
    with compiled_once():
        yield


@pytest.fixture(autouse=True)
def _weak_passwords(request: pytest.FixtureRequest) -> Iterator[None]:
    """Unless a test is marked ``strong_passwords``."""
    with nullcontext() if request.node.get_closest_marker("strong_passwords") else weak_passwords():
        yield


@pytest.fixture(scope="session")
def furnished(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Place:
    with weak_passwords():
        return make_database(databases.make(tmp_path_factory.mktemp("shop")), with_cast=True)


@pytest.fixture(scope="session")
def empty(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_database(databases.make(tmp_path_factory.mktemp("empty")), with_cast=False)


@pytest.fixture(scope="module")
def standing(databases: Databases, furnished: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """``start`` for tests that change nothing: for each of the settings they share a server, with bolts and flour."""
    opened: dict[object, tuple[Server, object]] = {}
    with ExitStack() as stack:

        def start(variables: dict[str, str] | None = None) -> Server:
            settings = tuple(sorted((variables or {}).items()))
            if settings not in opened:
                server = starter(databases, furnished, tmp_path_factory.mktemp("standing"), stack)(variables)
                carla = server.person("Carla")
                carla.receive(carla.add(**BOLTS).json["id"], 5, loja_id=CENTRO)
                carla.add(**FLOUR)
                opened[settings] = server, server.business()
            return opened[settings][0]

        yield start
        for server, before in opened.values():
            assert server.business() == before


def _stands(request: pytest.FixtureRequest) -> bool:
    return request.node.get_closest_marker("changes_nothing") is not None


@pytest.fixture
def start(request: pytest.FixtureRequest, databases: Databases, furnished: Place) -> Iterator[Open]:
    """``start({"ALMOXARIFE_…": …}, setup_code=…)``: a server with the cast in its database."""
    if _stands(request):
        yield request.getfixturevalue("standing")
        return
    with ExitStack() as stack:
        yield starter(databases, furnished, request.getfixturevalue("tmp_path"), stack)


@pytest.fixture
def start_empty(databases: Databases, empty: Place, tmp_path: Path) -> Iterator[Open]:
    """The same on the database of a first start: nobody is there yet."""
    with ExitStack() as stack:
        yield starter(databases, empty, tmp_path, stack)


def starter(databases: Databases, template: Place, folder: Path, stack: ExitStack) -> Open:
    """Starts servers on copies of ``template``, which end with ``stack``."""

    def start(variables: dict[str, str] | None = None, *, setup_code: str | None = None) -> Server:
        place = databases.copy(template, folder)
        stack.callback(databases.drop, place)
        return stack.enter_context(open_server(place, folder, variables, setup_code=setup_code))

    return start


@pytest.fixture
def shop(start: Open) -> Server:
    return start()


@pytest.fixture
def ana(shop: Server) -> Person:
    return shop.person("Ana")


@pytest.fixture
def bruno(shop: Server) -> Person:
    return shop.person("Bruno")


@pytest.fixture
def carla(shop: Server) -> Person:
    return shop.person("Carla")


@pytest.fixture
def davi(shop: Server) -> Person:
    return shop.person("Davi")


@pytest.fixture
def vera(shop: Server) -> Person:
    return shop.person("Vera")


@pytest.fixture
def bolts(request: pytest.FixtureRequest, carla: Person) -> str:
    """A product counted in whole units."""
    return "p1" if _stands(request) else str(carla.add(**BOLTS).json["id"])


@pytest.fixture
def flour(request: pytest.FixtureRequest, carla: Person) -> str:
    """A product weighed in kilograms."""
    return "p2" if _stands(request) else str(carla.add(**FLOUR).json["id"])
