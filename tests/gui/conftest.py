"""A desk, the API and the two windows, each a process of its own and ended with the test."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import Registration
from almoxarife.wire.stores import ShopIn
from tests.gui.desk import Api, Desk, Window, missing_tools

Open = Callable[..., Window]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = f"{Path(__file__).parent}{os.sep}"
    for item in items:
        if str(item.path).startswith(here):  # of thousands that are asked, few are
            item.add_marker(pytest.mark.gui)


@pytest.fixture(scope="session")
def needs_screen() -> None:
    if missing := missing_tools():
        pytest.skip(f"window tests need {', '.join(missing)}: apt-get install xvfb openbox xdotool xclip imagemagick")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="session")
def desk(needs_screen: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The smallest screen the programs promise to fit."""
    with ExitStack() as stack:
        yield Desk(stack, tmp_path_factory.mktemp("desk"), "1024x768")


@pytest.fixture(scope="session")
def first_day(needs_screen: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a server that has been started, and used by nobody."""
    with ExitStack() as stack:
        api = Api(stack, tmp_path_factory.mktemp("first-day") / "dados")
        api.start()
    return api.data


@pytest.fixture(scope="session")
def second_shop(first_day: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a server with the shops Matriz and Centro and an admin."""
    with ExitStack() as stack:
        api = Api(stack, tmp_path_factory.mktemp("second-shop") / "dados")
        shutil.copytree(first_day, api.data)
        api.start()
        ApiClient(api.url).register(Registration(username="admin", password="1234"))
        api.client().create_shop(ShopIn(nome="Centro"))
    return api.data


@pytest.fixture
def stopped_api(stack: ExitStack, tmp_path: Path, first_day: Path) -> Api:
    api = Api(stack, tmp_path / "dados")
    shutil.copytree(first_day, api.data)
    return api


@pytest.fixture
def api(stopped_api: Api) -> Api:
    stopped_api.start()
    return stopped_api


@pytest.fixture
def two_shops(stopped_api: Api, second_shop: Path) -> Api:
    """The API with the shops Matriz and Centro; admin sees both."""
    shutil.copytree(second_shop, stopped_api.data, dirs_exist_ok=True)
    stopped_api.start()
    return stopped_api


@pytest.fixture
def open_window(stack: ExitStack, desk: Desk, stopped_api: Api, tmp_path: Path) -> Open:
    """``open_window("cadastro")``; ``poll_s``: how often it asks the server for news."""
    desk.copy("")  # of the test before
    return lambda program, **more: Window(stack, desk, tmp_path, program, stopped_api, **more)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Where screenshots go: into the documentation only when asked to."""
    wanted = os.environ.get("ALMOXARIFE_IMAGENS")
    folder = Path(wanted) if wanted else tmp_path / "imagens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
