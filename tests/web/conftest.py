"""A browser without a screen: it keeps cookies, reads forms and sends them back as they stand."""

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
