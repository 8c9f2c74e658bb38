"""One shop behind one gateway for all tests of a module."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.doors import HAS_NGINX, Gateway
from tests.server.conftest import FirstDay, first_day
from tests.server.processes import Server

__all__ = ["first_day"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = f"{Path(__file__).parent}{os.sep}"
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.sqlite)
            if not HAS_NGINX:
                item.add_marker(pytest.mark.skip(reason="needs nginx"))


@pytest.fixture(scope="module")
def data(first_day: FirstDay, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("gateway") / "Loja & $ão João"
    shutil.copytree(first_day.data, data)
    return data


@pytest.fixture(scope="module")
def server(data: Path, first_day: FirstDay) -> Iterator[Server]:
    """Not started: the gateway tells it of itself first."""
    server = Server(data)
    server.token = first_day.token
    yield server
    server.end()


@pytest.fixture(scope="module")
def gateway(data: Path, server: Server) -> Iterator[Gateway]:
    gateway = Gateway(data, server.port)
    try:
        gateway.start()
        server.start()
        yield gateway
    finally:
        gateway.end()
