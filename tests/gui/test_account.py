"""*Minha conta*, by keys: who I am, and a new password."""

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import Registration
from tests.gui.conftest import Open
from tests.gui.desk import Api
from tests.gui.steps import create_bolts, register_admin


def test_a_new_password_is_asked_for_twice_and_ends_the_other_windows(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    monitor = open_window("monitor")
    monitor.log_in()
    cadastro.activate()
    cadastro.key("F6")
    cadastro.shows("Administrador. Faz tudo em todas as lojas")
    cadastro.shows("Lojas: todas (Matriz)")
    cadastro.focus_is("Senha atual")
    cadastro.type("4321")
    cadastro.key("Return")
    cadastro.focus_is("Senha nova")
    cadastro.type("nova senha")
    cadastro.key("Return")
    cadastro.focus_is("Confirmar senha nova")
    cadastro.type("outra senha")
    cadastro.key("Return")
    cadastro.shows("✕ As duas senhas não são iguais.")
    cadastro.focus_is("Confirmar senha nova")
    cadastro.type("nova senha")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ A senha atual não confere.")
    cadastro.focus_is("Senha atual")
    cadastro.type("1234")
    cadastro.key("ctrl+Return")

    cadastro.shows("✓ Senha trocada.")
    cadastro.shows_no_more("•")
    monitor.shows("Entre de novo")
    api.client("admin", "nova senha")


def test_esc_gives_the_work_back_as_it_was(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    create_bolts(cadastro)
    cadastro.type("12")
    cadastro.key("F6")
    cadastro.focus_is("Senha atual")
    cadastro.shows_no_more("Registrar entrada")
    cadastro.type("segredo")
    cadastro.key("Escape")
    cadastro.focus_is("Quantidade")
    cadastro.shows("[12]")

    cadastro.key("F6")
    cadastro.focus_is("Senha atual")
    cadastro.shows_no_more("•")
    round_trip = cadastro.tab_to("Senha atual")
    assert round_trip[:3] == ["Senha nova", "Confirmar senha nova", "Trocar a senha  Ctrl+Enter"]
    assert round_trip[-2:] == ["Voltar  Esc", "Senha atual"]
    cadastro.key("F2")
    cadastro.shows("Registrar entrada")
    cadastro.focus_is("Quantidade")


def test_a_page_is_gone_with_its_person(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)

    ApiClient(api.url).register(Registration(username="ana", password="1234"))
    cadastro.key("F6")
    cadastro.focus_is("Senha atual")
    cadastro.key("ctrl+l")
    cadastro.shows("Entrar  (Enter)")
    cadastro.focus_is("Senha")
    cadastro.key("shift+Tab", "ctrl+a")
    cadastro.focus_is("Usuário")
    cadastro.log_in("ana")
    cadastro.shows("Registrar entrada")
    cadastro.shows_no_more("Minha conta")
