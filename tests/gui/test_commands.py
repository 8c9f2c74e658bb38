"""The menu and the list of keys, opened and left by keys."""

from tests.gui.conftest import Open
from tests.gui.desk import Api, wait_for
from tests.gui.steps import create_bolts, register_admin


def test_the_list_of_keys_lies_over_the_form_and_gives_it_back(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    cadastro.activate()
    cadastro.focus_is("Usuário")
    cadastro.key("F1")
    cadastro.shows("Atalhos do teclado")
    cadastro.key("Escape")
    cadastro.shows_no_more("Atalhos do teclado")
    register_admin(cadastro)
    create_bolts(cadastro)
    cadastro.type("5")
    cadastro.key("F1")
    cadastro.focus_is("Fechar  Esc")
    cadastro.shows("Ctrl+N", "Novo produto", "Ctrl +", "Texto maior", "Esc", "F1")
    cadastro.key("ctrl+n", "ctrl+Return", "Tab")
    cadastro.focus_is("Fechar  Esc")
    cadastro.key("F1")

    cadastro.focus_is("Quantidade")
    cadastro.shows("[5]")
    cadastro.shows_no_more("Novo produto")


def test_a_command_by_key_leaves_what_is_typed_alone(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    cadastro.activate()
    cadastro.focus_is("Usuário")
    cadastro.type("admin")
    cadastro.key("ctrl+a", "ctrl+d")
    wait_for("the dark theme", lambda: cadastro.preferences().get("escuro"))
    cadastro.key("Home", "ctrl+d")
    wait_for("the light theme", lambda: not cadastro.preferences()["escuro"])

    cadastro.field_is("admin")


def test_the_administrator_stops_the_server_of_this_computer(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    cadastro.key("F10")
    cadastro.shows("Estoque [normal]")
    cadastro.key("Down", "Right", "Up")
    cadastro.shows("Parar o servidor [active]")
    cadastro.key("Return")
    cadastro.focus_is("Não parar")
    cadastro.key("Tab", "space")

    cadastro.shows("Servidor parado. Tudo o que foi confirmado está guardado.")
    assert api.process is not None
    assert api.process.wait(30) == 0
    assert not (api.data / "servidor.json").exists()


def test_the_menu_does_what_the_keys_do_and_says_what_cannot_be_done(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    cadastro.key("F10")
    cadastro.shows("Estoque [normal]")
    cadastro.shows_no_more("Abrir o menu")
    cadastro.key("Down", "Right")
    cadastro.shows("Entrada [active]")
    cadastro.key("Escape", "Escape")
    cadastro.shows_no_more("Estoque [normal]")
    cadastro.key("F10")
    cadastro.shows("Exibir [normal]")
    cadastro.key("Down", "Down", "Down", "Right")
    cadastro.shows("Atualizar [active]")
    before = cadastro.preferences()
    cadastro.key("Down", "Return")

    wait_for("the dark theme", lambda: cadastro.preferences() != before and cadastro.preferences()["escuro"])
