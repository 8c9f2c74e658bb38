"""A browser without a screen: it keeps cookies, reads forms and sends them back as they stand."""

import pytest

from tests.api.cast import Server
from tests.api.conftest import (
    _compiled_once,
    _weak_passwords,
    empty,
    furnished,
    log,
    shop,
    start,
    start_empty,
)

__all__ = ["_compiled_once", "_weak_passwords", "empty", "furnished", "log", "shop", "start", "start_empty"]


@pytest.fixture
def carla_bolts(shop: Server) -> str:
    """A product counted in whole units."""
    return str(shop.person("Carla").add("Parafuso 10mm").json["id"])
