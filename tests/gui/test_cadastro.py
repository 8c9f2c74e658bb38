"""Working in the cadastro by keys alone: finding, undoing, being refused."""

import signal
import subprocess
import sys

from tests.gui.conftest import Open
from tests.gui.desk import PATIENCE_S, Api, Desk, Window, wait_for
from tests.gui.steps import create_bolts, register_admin, register_entry, stored


def to_the_list(cadastro: Window) -> None:
    cadastro.key("ctrl+f")
    cadastro.focus_is("Buscar  Ctrl+F")
    cadastro.key("Down")
    cadastro.focus_is("")


def test_an_entry_is_undone_by_a_reversal(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    create_bolts(cadastro)
    register_entry(cadastro, 5)
    cadastro.focus_is("Produto")
    cadastro.type("x")
    cadastro.key("BackSpace", "ctrl+z")  # in a field that was typed into it is not for the window
    to_the_list(cadastro)
    cadastro.key("ctrl+z")

    cadastro.shows("✓ Estorno de +5 Parafuso 10mm")
    cadastro.shows("· desfeito")
    cadastro.shows("P00001 | Parafuso 10mm |  | 0")
    assert stored(api) == [(1, 5), (2, -5)]
    cadastro.shows_no_more("Desfazer")


def test_an_entry_is_undone_right_where_it_was_confirmed(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    create_bolts(cadastro)
    register_entry(cadastro, 5)
    cadastro.focus_is("Produto")
    cadastro.key("ctrl+z")
    cadastro.shows("✓ Estorno de +5 Parafuso 10mm")
    assert stored(api) == [(1, 5), (2, -5)]


def test_an_unknown_term_becomes_a_product_and_then_an_entry(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    cadastro.focus_is("Produto")
    cadastro.type("Pão de açúcar Ção")
    cadastro.shows("Cadastrar “Pão de açúcar Ção”")
    cadastro.key("Return")
    cadastro.focus_is("Nome")
    cadastro.field_is("Pão de açúcar Ção")
    assert cadastro.now("marked") == ["Nome"]
    cadastro.key("ctrl+Return")
    cadastro.focus_is("Quantidade")
    assert cadastro.now("marked") == [], "what has not the focus does not look as if typing replaced it"
    cadastro.type("1,5")
    cadastro.shows("✕ Informe um número inteiro maior que zero.")
    cadastro.key("ctrl+a")
    cadastro.type("15")
    cadastro.shows("saldo 0 → 15 UN")
    cadastro.key("ctrl+Return")

    cadastro.shows("✓ +15 Pão de açúcar Ção")
    cadastro.type("PAO DE ACUCAR CAO")
    cadastro.shows("Pão de açúcar Ção | saldo 15")


def test_an_exit_above_the_balance_is_refused_in_words_and_can_be_discarded(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    create_bolts(cadastro)
    cadastro.key("F3")
    cadastro.shows("Motivo")
    cadastro.type("9")
    cadastro.shows("saldo 0 → -9 UN: fica negativo")
    cadastro.key("Return")
    cadastro.focus_is("Motivo")
    cadastro.type("perda")
    cadastro.key("Return")

    cadastro.shows("✕ -9 Parafuso 10mm · o servidor recusou:")
    assert stored(api) == []
    cadastro.focus_is("Produto")
    cadastro.tab_to("Descartar")
    cadastro.key("space")
    cadastro.shows_no_more("o servidor recusou")


def test_ctrl_c_in_the_terminal_closes_the_window_without_a_word(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    cadastro.process.send_signal(signal.SIGINT)

    assert cadastro.process.wait(PATIENCE_S) == 0
    assert cadastro.output == ""


INTERRUPTED = """
import socket, tkinter
from almoxarife.clients.desktop.frame import shell

root = tkinter.Tk()
try:
    with shell._interruptible(root):
        raise KeyboardInterrupt
except KeyboardInterrupt:
    pass
next_one, other = socket.socketpair()  # with the numbers of those that are closed
other.send(b"!")
root.update()
print(next_one.recv(9))
"""


def test_a_window_that_was_interrupted_hears_no_later_connection(desk: Desk) -> None:
    run = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(run, env=desk.env, check=True, capture_output=True, text=True, timeout=PATIENCE_S)

    assert done.stdout == "b'!'\n"


def test_a_fault_of_our_own_is_said_with_a_code_and_the_work_goes_on(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    create_bolts(cadastro)
    cadastro.type("5")
    cadastro.stumble()
    cadastro.shows("⚠ Algo deu errado. Código E-")
    cadastro.focus_is("Quantidade")
    cadastro.key("Return")
    cadastro.shows("✓ +5 Parafuso 10mm")

    cadastro.tab_to("Copiar detalhes")
    cadastro.key("space")
    cadastro.shows_no_more("Algo deu errado")
    details = wait_for("the details", cadastro.clipboard)
    assert "ZeroDivisionError" in details
    log = (cadastro.client_dir / "cadastro.log").read_text(encoding="utf-8")
    assert "ZeroDivisionError" in log
    assert "1234" not in log
