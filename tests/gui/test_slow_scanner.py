"""A scanner whose keys come as slowly as a hand's: it is none of the fields' own typing either."""

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.gui.desk import Api, Window, wait_for
from tests.gui.test_cadastro import to_the_list
from tests.gui.test_first_use import stored
from tests.gui.test_scanner import GTIN, OTHER, UNKNOWN, cadastro, chosen, scan

__all__ = ["cadastro"]

pytestmark = pytest.mark.timed


def slowly(cadastro: Window, line: str, gap_ms: int, *ends: str) -> None:
    """As a wireless one does, or any while the computer is busy."""
    cadastro.desk.run("xdotool", "key", "--delay", str(gap_ms), *line, *(ends or ("Return",)))


@pytest.mark.parametrize("gap_ms", [40, 120])
def test_a_slow_one_in_the_quantity_chooses_and_registers_nothing(cadastro: Window, api: Api, gap_ms: int) -> None:
    scan(cadastro, OTHER)
    chosen(cadastro, "Acucar", "1")
    slowly(cadastro, GTIN, gap_ms, "Return", "Return")
    chosen(cadastro, "Cafe", "1")
    cadastro.shows("⚠ Acucar: 1 sem registrar.")
    slowly(cadastro, f"0{GTIN}", gap_ms)
    chosen(cadastro, "Cafe", "2")
    assert stored(api) == []

    slowly(cadastro, UNKNOWN, gap_ms, "Return", "Return")
    cadastro.shows("Confirma 96.385.074? Parece um código de barras. Enter de novo confirma.")
    slowly(cadastro, "0012345678905", gap_ms)
    cadastro.shows("Confirma 12.345.678.905?")
    assert stored(api) == []
    cadastro.key("ctrl+a")
    cadastro.type("1200")
    cadastro.key("Return")
    cadastro.shows("✓ +1.200 Cafe")
    assert stored(api) == [(1, 1200)]


def test_a_slow_one_fills_the_barcode_too(cadastro: Window, api: Api) -> None:
    cadastro.key("ctrl+n")
    cadastro.focus_is("Nome")
    cadastro.type("Chiclete")
    cadastro.key("Tab")
    cadastro.focus_is("Preço (R$)")
    slowly(cadastro, UNKNOWN, 40)
    cadastro.focus_is("Código de barras (se houver)")
    cadastro.shows("[Chiclete]", f"[{UNKNOWN}]")
    assert cadastro.now("seen").count(f"[{UNKNOWN}]") == 1


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
