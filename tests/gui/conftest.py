"""A desk, the API and the two windows, each a process of its own and ended with the test."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import Registration
from tests.gui.desk import Api, Desk, Window, missing_tools

Open = Callable[..., Window]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
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


@pytest.fixture
def stopped_api(stack: ExitStack, tmp_path: Path, needs_screen: None) -> Api:
    return Api(stack, tmp_path / "dados")


@pytest.fixture
def api(stopped_api: Api) -> Api:
    stopped_api.start()
    return stopped_api


@pytest.fixture
def two_shops(stopped_api: Api) -> Api:
    """The API with the shops Matriz and Centro; admin sees both."""
    stopped_api.prepare("shops", "create", "Centro")
    stopped_api.start()
    ApiClient(stopped_api.url).register(Registration(username="admin", password="1234"))
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
