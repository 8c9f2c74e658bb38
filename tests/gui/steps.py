"""What many tests of the windows begin with, by keys, and what the database says of it."""

import sqlite3
from contextlib import closing

from tests.gui.desk import Api, Window


def register_admin(cadastro: Window) -> None:
    cadastro.activate()
    cadastro.focus_is("Usuário")
    cadastro.type("admin")
    cadastro.key("Tab")
    cadastro.type("1234")
    cadastro.key("Tab", "Tab", "Tab")
    cadastro.focus_is("Primeira vez? Criar conta")
    cadastro.key("space")
    cadastro.shows("Confirmar senha")
    cadastro.key("Tab")
    cadastro.focus_is("Confirmar senha")
    cadastro.type("1234")
    cadastro.key("Return")
    cadastro.shows("● Conectado")


def create_bolts(cadastro: Window) -> None:
    cadastro.key("ctrl+n")
    cadastro.focus_is("Nome")
    cadastro.type("Parafuso 10mm")
    cadastro.key("ctrl+Return")
    cadastro.shows("P00001 | Parafuso 10mm")
    cadastro.focus_is("Quantidade")


def register_entry(cadastro: Window, quantity: int) -> None:
    cadastro.key("F2")
    if cadastro.now("focus")["text"] != "Quantidade":
        cadastro.focus_is("Produto")
        cadastro.type("PARAF")
        cadastro.shows("Parafuso 10mm | saldo")
        cadastro.key("Return")
        cadastro.focus_is("Quantidade")
    cadastro.type(str(quantity))
    cadastro.key("Return")
    cadastro.shows(f"✓ +{quantity} Parafuso 10mm")


def stored(api: Api) -> list[tuple[int, int]]:
    """(seq, effect in whole units), from the database file itself."""
    with closing(sqlite3.connect(f"file:{api.database}?mode=ro", uri=True)) as db:
        return [(seq, effect // 10_000) for seq, effect in db.execute("SELECT seq, effect FROM movements ORDER BY seq")]


def closings(api: Api) -> int:
    with closing(sqlite3.connect(f"file:{api.database}?mode=ro", uri=True)) as db:
        (count,) = db.execute("SELECT count(*) FROM audit_entries WHERE tag = 'clients:window:closed'").fetchone()
    return int(count)
