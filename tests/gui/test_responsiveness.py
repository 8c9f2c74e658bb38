"""The API hangs: the windows go on, nothing typed is lost, nothing is doubled."""

import signal
import time

from tests.gui.conftest import Open
from tests.gui.desk import Api
from tests.gui.test_first_use import create_bolts, register_admin, register_entry, stored

ALLOWED_PAUSE_MS = 500
"""Generous, for a machine shared with others; the measured pause is printed."""


def test_a_hanging_server_does_not_freeze_the_window(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    create_bolts(cadastro)
    register_entry(cadastro, 5)

    api.signal(signal.SIGSTOP)
    began = time.time()
    cadastro.shows("O servidor está demorando…")
    cadastro.key("F2")
    cadastro.type("parafuso")
    cadastro.key("Return")
    cadastro.focus_is("Quantidade")
    cadastro.type("7")
    cadastro.shows("saldo 5 → 12 UN", within_s=2)
    cadastro.key("Return")
    cadastro.shows("⇡ fila 1")
    cadastro.shows("Reconectando em")
    cadastro.key("ctrl+f")
    cadastro.type("xyz")
    cadastro.shows("Nenhum produto com “xyz”.", within_s=2)
    longest_ms = max(cadastro.pauses_since(began), default=0.0)
    api.signal(signal.SIGCONT)

    cadastro.shows("✓ +7 Parafuso 10mm")
    cadastro.shows("⇡ fila 0")
    assert stored(api) == [(1, 5), (2, 7)]
    print(f"\nlongest pause of the window while the API hung: {longest_ms:.0f} ms")
    assert longest_ms < ALLOWED_PAUSE_MS


def test_closing_takes_a_second_at_most_whatever_the_server_does(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    api.signal(signal.SIGSTOP)
    cadastro.activate()
    began = time.monotonic()
    cadastro.key("alt+F4")
    assert cadastro.process.wait(5) == 0
    took_s = time.monotonic() - began
    print(f"\nclosing beside a hanging API took {took_s:.2f} s")
    assert took_s < 3
