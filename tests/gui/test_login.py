"""At the door: what is typed, which server it goes to, and who may read it on the way."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import Registration
from tests.gui.conftest import Open
from tests.gui.desk import Api, Desk, wait_for
from tests.programs import PATIENCE_S


@pytest.fixture
def another_api(stack: ExitStack, tmp_path: Path, needs_screen: None) -> Api:
    """A second server, where maria has an account."""
    api = Api(stack, tmp_path / "outros dados")
    api.start()
    ApiClient(api.url).register(Registration(username="maria", password="1234"))
    return api


def test_a_password_is_shown_on_demand_and_caps_lock_is_said(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    cadastro.activate()
    cadastro.focus_is("Usuário")
    cadastro.key("Tab")
    cadastro.focus_is("Senha")
    cadastro.type("abc")
    cadastro.shows("[•••]")
    cadastro.shows_no_more("Caps Lock")
    cadastro.key("Caps_Lock")
    cadastro.shows("⇪ Caps Lock está ligado")
    cadastro.key("Caps_Lock")
    cadastro.shows_no_more("Caps Lock")

    cadastro.tab_to("Mostrar")
    cadastro.key("space")
    cadastro.shows("[abc]")
    cadastro.key("space")
    cadastro.shows("[•••]")


def test_an_account_is_created_by_tab_and_enter_without_showing_its_password(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    cadastro.activate()
    cadastro.focus_is("Usuário")
    cadastro.tab_to("Primeira vez? Criar conta")
    cadastro.key("space")
    cadastro.focus_is("Usuário")
    cadastro.type("admin")
    cadastro.key("Tab")
    cadastro.type("1234")
    cadastro.key("Tab")
    cadastro.focus_is("Confirmar senha")
    cadastro.key("shift+Tab")
    cadastro.focus_is("Mostrar")
    cadastro.key("Tab")
    cadastro.focus_is("Confirmar senha")
    cadastro.type("1234")
    cadastro.key("Return")
    cadastro.shows("● Conectado")


def test_a_cell_copied_with_its_line_break_is_pasted_without_it(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    cadastro.activate()
    cadastro.focus_is("Usuário")
    cadastro.paste("adm\tin da\r\n")
    cadastro.shows("[adm in da]")
    cadastro.key("Tab")
    cadastro.focus_is("Senha")
    cadastro.paste("1 23é\r\n")
    cadastro.shows("[•••••]")


def test_an_address_is_used_once_a_server_answers_there_and_then_remembered(
    open_window: Open, api: Api, another_api: Api
) -> None:
    cadastro = open_window("cadastro")
    cadastro.activate()
    cadastro.shows("Servidor conectado")
    cadastro.tab_to("Configurar…")
    cadastro.key("space")
    cadastro.focus_is("Endereço do servidor")
    cadastro.type("127.0.0.1:9")
    cadastro.key("Return")
    cadastro.shows("✕ Servidor fora do ar.")
    cadastro.shows(f"● Servidor conectado · 127.0.0.1:{api.port}")
    cadastro.key("ctrl+a")
    cadastro.type(f"127.0.0.1:{another_api.port}")
    cadastro.key("Return")
    cadastro.focus_is("Usuário")
    cadastro.shows(f"● Servidor conectado · 127.0.0.1:{another_api.port}")
    assert cadastro.preferences()["servidor"] == another_api.url

    cadastro.log_in("maria")


def test_whose_the_first_account_is_is_said(open_window: Open, api: Api) -> None:
    monitor = open_window("monitor")
    monitor.activate()
    monitor.focus_is("Usuário")
    monitor.tab_to("Primeira vez? Criar conta")
    monitor.key("space")
    monitor.shows("Só a primeira conta deste servidor é a do administrador.")


def test_a_plain_connection_to_elsewhere_is_warned_of(
    open_window: Open, stopped_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``127.1`` is this computer as well, but neither of us knows that: it is no address of a loopback.

    So the server takes whoever comes by it for somebody on the network, and wants a password fit for that.
    """
    monkeypatch.setenv("ALMOXARIFE_HOSTS", "127.1")
    stopped_api.start()
    ApiClient(stopped_api.url).register(Registration(username="maria", password="parafuso-de-latao"))
    stopped_api.url = f"http://127.1:{stopped_api.port}"
    monitor = open_window("monitor")
    monitor.activate()
    monitor.shows(f"● Conectado sem criptografia · 127.1:{stopped_api.port}")
    monitor.type("maria")
    monitor.key("Return")
    monitor.focus_is("Senha")
    monitor.type("parafuso-de-latao")
    monitor.key("Return")
    monitor.shows("⚠ Conexão sem criptografia: quem está na mesma rede pode ler a senha.")
    monitor.tab_to("Fechar")
    monitor.key("space")

    monitor.shows_no_more("sem criptografia")
    wait_for("the focus somewhere in the window", lambda: monitor.now("focus"))


LOADING = """
import sys, types
from almoxarife.clients.desktop.frame.shell import Shell

class Rest:
    def __init__(self, shell):
        print("seen" if shell.root.winfo_viewable() else "hidden", *sorted(set(sys.argv[2:]) & set(sys.modules)))
    def run(self):
        self.shell = None

program = sys.argv[1]
name = f"almoxarife.clients.desktop.{program}"
sys.modules[f"{name}.window"] = types.ModuleType("window")
setattr(sys.modules[f"{name}.window"], program.capitalize(), Rest)
"""
"""In the place of the rest of a program there is one that says what it has found as it began."""


def load(desk: Desk, folder: Path, program: str, *more: str) -> str:
    script = f"{LOADING}\n{';'.join(more)}\nsys.exit(__import__(name, fromlist=['main']).main())"
    env = {**desk.env, "ALMOXARIFE_CLIENT_DIR": str(folder), "ALMOXARIFE_URL": "http://127.0.0.1:9"}
    heavy = [f"almoxarife.clients.desktop.{room}" for room in ("cadastro.screens", "monitor.live_list")]
    command = [sys.executable, "-c", script, program, *heavy]
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True, timeout=PATIENCE_S).stdout


@pytest.mark.parametrize("program", ["cadastro", "monitor"])
def test_the_login_is_on_the_screen_before_the_rest_is_loaded(desk: Desk, tmp_path: Path, program: str) -> None:
    assert load(desk, tmp_path, program) == "seen\n"


def test_a_window_closed_before_the_rest_was_loaded_has_ended(desk: Desk, tmp_path: Path) -> None:
    close = "Shell.ask_login = lambda shell: shell.root.after(0, shell.close)"

    assert load(desk, tmp_path, "cadastro", close) == ""
