"""The real application on a real database, copied for each test from one that is made once."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path

import pytest

from tests.api.cast import Person, Server, make_database, open_server
from tests.cheap_setup import compiled_once, weak_passwords
from tests.databases import Databases, Place
from tests.log_capture import LogCapture, captured_log

Open = Callable[..., Server]


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


@pytest.fixture
def start(databases: Databases, furnished: Place, tmp_path: Path) -> Iterator[Open]:
    """``start({"ALMOXARIFE_…": …}, setup_code=…)``: a server with the cast in its database."""
    with ExitStack() as stack:
        yield _starter(databases, furnished, tmp_path, stack)


@pytest.fixture
def start_empty(databases: Databases, empty: Place, tmp_path: Path) -> Iterator[Open]:
    """The same on the database of a first start: nobody is there yet."""
    with ExitStack() as stack:
        yield _starter(databases, empty, tmp_path, stack)


def _starter(databases: Databases, template: Place, folder: Path, stack: ExitStack) -> Open:
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
def bolts(carla: Person) -> str:
    """A product counted in whole units."""
    return str(carla.add("Parafuso 10mm").json["id"])


@pytest.fixture
def flour(carla: Person) -> str:
    """A product weighed in kilograms."""
    return str(carla.add("Farinha", unidade="KG").json["id"])
