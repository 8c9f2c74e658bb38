"""A scanner of any speed, whatever has the focus. A file of its own, so that it can run beside the other slow ones."""

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.gui.desk import Api, Window, wait_for
from tests.gui.steps import stored
from tests.gui.test_cadastro import to_the_list
from tests.gui.test_scanner import GTIN, OTHER, UNKNOWN, cadastro

__all__ = ["cadastro"]

pytestmark = pytest.mark.timed

PLACES = ("the search", "the list", "Produto", "Quantidade", "Documento", "a new product", "Venda")
SCANS = st.fixed_dictionaries(
    {
        "place": st.sampled_from(PLACES),
        "code": st.sampled_from([GTIN, f"0{GTIN}", OTHER, UNKNOWN, "0012345678905"]),
        "prefix": st.sampled_from([(), ("bracketright", "E", "0"), ("asciitilde",)]),
        "ends": st.sampled_from([("Return",), ("Return", "Return"), ("Tab",), ("KP_Enter",)]),
        "gap_ms": st.sampled_from([1, 25, 40, 80, 120]),
    }
)


def go_to(cadastro: Window, place: str) -> None:
    if place in {"Produto", "Quantidade", "Documento"}:
        cadastro.key("F2")
        cadastro.focus_is("Produto")
    if place in {"Quantidade", "Documento"}:
        cadastro.type("cafe")
        cadastro.key("Return")
        cadastro.focus_is("Quantidade")
    if place == "Documento":
        cadastro.key("Tab")
        cadastro.focus_is("Documento")
    elif place == "the search":
        cadastro.key("ctrl+f")
        cadastro.focus_is("Buscar  Ctrl+F")
    elif place == "the list":
        to_the_list(cadastro)
    elif place == "a new product":
        cadastro.key("ctrl+n")
        cadastro.focus_is("Nome")
    elif place == "Venda":
        cadastro.key("F12")
        cadastro.shows("Venda")


def test_no_scan_in_any_field_at_any_speed_registers_what_nobody_meant(cadastro: Window, api: Api) -> None:
    @settings(
        max_examples=10,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(SCANS)
    def scan_somewhere(scan: dict[str, Any]) -> None:
        go_to(cadastro, scan["place"])
        keys = (*scan["prefix"], *scan["code"], *scan["ends"])
        cadastro.desk.run("xdotool", "key", "--delay", str(scan["gap_ms"]), *keys)
        time.sleep(0.5)  # what follows is a person's hand
        cadastro.key("Escape", "Escape", "Escape", "F2", "Escape", "Escape")
        cadastro.shows("Registrar entrada")

    scan_somewhere()
    cadastro.key("F2")
    cadastro.focus_is("Produto")
    cadastro.type("acucar")
    cadastro.key("Return")
    cadastro.focus_is("Quantidade")
    cadastro.type("7")
    cadastro.key("Return")
    cadastro.shows("✓ +7 Acucar")
    # The queue sends in order: what the scans had registered would be there before it.
    wait_for("the one entry that was meant", lambda: stored(api) == [(1, 7)])
