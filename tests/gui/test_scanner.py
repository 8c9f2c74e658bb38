"""A barcode scanner works whatever has the focus: it is a keyboard that types fast and ends with Enter."""

import subprocess
import sys
import time

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.catalog import ProductIn
from tests.gui.conftest import Open
from tests.gui.desk import Api, Desk, Window, wait_for
from tests.gui.steps import register_admin, stored
from tests.gui.test_cadastro import to_the_list

pytestmark = pytest.mark.timed  # how fast a key follows another is what is tested

GTIN, OTHER, UNKNOWN = "7891000315507", "7896032501010", "96385074"


@pytest.fixture
def cadastro(open_window: Open, api: Api) -> Window:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    admin = api.client()
    for number, (name, barcode) in enumerate([("Cafe", GTIN), ("Acucar", OTHER)]):
        admin.create_product(ProductIn(nome=name, codigo_barras=barcode), key=f"p{number}")
    cadastro.shows("Produtos  2")
    return cadastro


def scan(cadastro: Window, digits: str) -> None:
    """One key after the other without a pause."""
    cadastro.desk.run("xdotool", "key", "--delay", "0", *digits, "Return")
    time.sleep(0.5)  # what follows is a person's hand, and no second Enter of the scanner


def chosen(cadastro: Window, name: str, quantity: str) -> None:
    cadastro.focus_is("Quantidade")
    wait_for(f"{quantity} {name}", lambda: {f"[{name}]", f"[{quantity}]"} <= set(cadastro.now("seen")))


def test_it_chooses_and_counts_and_its_digits_stay_nowhere(cadastro: Window, api: Api) -> None:
    cadastro.key("ctrl+f")
    cadastro.focus_is("Buscar  Ctrl+F")
    cadastro.type("ca")
    scan(cadastro, GTIN)
    chosen(cadastro, "Cafe", "1")
    cadastro.shows("[ca]")
    scan(cadastro, GTIN)
    chosen(cadastro, "Cafe", "2")
    cadastro.key("ctrl+f", "ctrl+a", "BackSpace")
    to_the_list(cadastro)
    scan(cadastro, GTIN)
    chosen(cadastro, "Cafe", "3")
    cadastro.key("Return")
    cadastro.shows("✓ +3 Cafe")
    assert stored(api) == [(1, 3)]

    scan(cadastro, OTHER)
    chosen(cadastro, "Acucar", "1")
    scan(cadastro, GTIN)
    chosen(cadastro, "Cafe", "1")
    cadastro.shows("⚠ Acucar: 1 sem registrar.")
    cadastro.key("Return")
    cadastro.shows("✓ +1 Cafe")
    cadastro.shows_no_more("sem registrar")


def test_it_fills_the_barcode_of_a_product_that_is_being_made(cadastro: Window, api: Api) -> None:
    cadastro.key("ctrl+n")
    cadastro.focus_is("Nome")
    cadastro.type("Chiclete")
    scan(cadastro, UNKNOWN)
    cadastro.focus_is("Código de barras (se houver)")
    cadastro.shows("[Chiclete]", f"[{UNKNOWN}]")
    cadastro.key("ctrl+Return")
    cadastro.shows("Produtos  3")


def test_an_unknown_barcode_offers_a_new_product(cadastro: Window, api: Api) -> None:
    scan(cadastro, UNKNOWN)
    cadastro.shows(f"Cadastrar “{UNKNOWN}”")
    cadastro.focus_is("Produto")
    cadastro.key("Return")
    cadastro.focus_is("Nome")
    cadastro.shows(f"[{UNKNOWN}]")
    cadastro.field_is("")


def test_a_product_that_was_put_away_is_opened(cadastro: Window, api: Api) -> None:
    admin: ApiClient = api.client()
    from almoxarife.wire.catalog import ProductChange

    admin.change_product("p1", ProductChange(nome="Cafe", codigo_barras=GTIN, ativo=False), version=1)
    cadastro.shows("Produtos  1")
    scan(cadastro, GTIN)
    cadastro.shows("Editar produto P00001")
    cadastro.shows("Reativar")


def test_digits_typed_by_hand_are_digits(cadastro: Window, api: Api) -> None:
    cadastro.key("ctrl+f")
    cadastro.focus_is("Buscar  Ctrl+F")
    cadastro.desk.run("xdotool", "key", "--delay", "60", *GTIN, "Return")
    cadastro.shows("Produtos  1")
    cadastro.shows(f"[{GTIN}]")

    cadastro.key("F4")
    cadastro.type("cafe")
    cadastro.key("Return")
    cadastro.focus_is("Diferença (+ ou -)")
    cadastro.type("5")
    cadastro.key("Return")
    cadastro.focus_is("Motivo")
    cadastro.type("trocado pelo ")
    cadastro.desk.run("xdotool", "key", "--delay", "60", *OTHER, "Return")
    cadastro.shows("✓ +5 Cafe")
    (recorded,) = api.client().movements(newest=1).items or ()
    assert recorded.reason == f"trocado pelo {OTHER}"


DIALOG = """
import tkinter
from almoxarife.clients.desktop.kit.scanner import Scanner

root, heard, entered = tkinter.Tk(), [], []
Scanner(root, is_listening=lambda: True, scanned=heard.append, is_wanted=lambda: True, ignored=print)
root.tk.eval("entry .file; pack .file; focus -force .file; update")
root.bind_class("Entry", "<Return>", entered.append)
for number, key in enumerate([*"20260804", "Return"]):
    root.tk.eval(f"event generate .file <Key> -keysym {key} -time {1000 + 150 * number}")
print(root.tk.eval(".file get"), len(entered), heard)
"""
"""A field as Tk makes them by itself, in which a hand types."""


def test_a_files_name_of_figures_is_no_scan(desk: Desk) -> None:
    """The check digit of one date in ten is right."""
    done = subprocess.run([sys.executable, "-c", DIALOG], env=desk.env, check=True, capture_output=True, text=True)

    assert done.stdout == "20260804 1 []\n"
