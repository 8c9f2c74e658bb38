"""A scanner whose keys come as slowly as a hand's: it is none of the fields' own typing either."""

import pytest

from tests.gui.desk import Api, Window
from tests.gui.steps import stored
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
