"""What ``/saude`` tells of copies and clock, and to whom."""

import json
import urllib.request
from pathlib import Path

import pytest

from tests.server.conftest import MakeServer
from tests.server.processes import Server

pytestmark = pytest.mark.sqlite


def ask(server: Server, **headers: str) -> dict[str, object]:
    request = urllib.request.Request(
        f"{server.url}/saude", headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, object] = json.load(answer)
    return found


def test_the_shop_hears_of_its_copies_and_a_stranger_does_not(make_server: MakeServer, data: Path) -> None:
    server = make_server(data).start()
    here = ask(server)
    afar = ask(server, X_Forwarded_For="203.0.113.9")
    ana = ask(server, X_Forwarded_For="203.0.113.9", Authorization=f"Bearer {server.token}")

    for told in (here, ana):
        assert (told["ultima_copia"], told["copia_falhou"], told["relogio_saltou_s"]) == (None, False, 0)
    assert (afar["ultima_copia"], afar["copia_falhou"], afar["relogio_saltou_s"]) == (None, None, None)
