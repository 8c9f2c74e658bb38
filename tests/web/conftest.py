"""A browser without a screen: it keeps cookies, reads forms and sends them back as they stand."""

from collections.abc import Iterator

import pytest

from tests.api.cast import Server
from tests.api.conftest import (
    _made_once,
    _weak_passwords,
    empty,
    furnished,
    log,
    shop,
    start,
    start_empty,
)
from tests.server.processes import Server as Process
from tests.web.chromium import open_chromium
from tests.web.open_shop import Shop, furnish, make_hard

__all__ = ["_made_once", "_weak_passwords", "empty", "furnished", "log", "shop", "start", "start_empty"]


@pytest.fixture
def carla_bolts(shop: Server) -> str:
    """A product counted in whole units."""
    return str(shop.person("Carla").add("Parafuso 10mm").json["id"])


@pytest.fixture(scope="session")
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    server = Process(tmp_path_factory.mktemp("loja") / "dados")
    with open_chromium() as browser:
        try:
            server.start()
            state = furnish(server, browser)
            make_hard(server)
            yield Shop(server, browser, state)
        finally:
            server.end()
