"""A session that ends under somebody's hands, and the errors a person makes at the door."""

import signal

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import PasswordChange, Registration
from almoxarife.wire.stock import MovementIn
from tests.gui.conftest import Open
from tests.gui.desk import Api, Window, wait_for
from tests.gui.steps import create_bolts, register_admin, stored
from tests.gui.test_cadastro import to_the_list


def test_a_wrong_password_stays_in_its_field_selected(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    cadastro.key("ctrl+l")
    cadastro.shows("Entrar  (Enter)")
    cadastro.focus_is("Senha")
    cadastro.type("4321")
    cadastro.key("Return")

    cadastro.shows("✕ Usuário ou senha incorretos.")
    cadastro.focus_is("Senha")
    cadastro.shows("[••••]")
    cadastro.type("1234")  # typed over what is selected
    cadastro.key("Return")
    cadastro.shows("● Conectado")


def test_a_session_ended_elsewhere_loses_nothing_and_the_entry_goes_out_after_the_login(
    open_window: Open, api: Api
) -> None:
    cadastro = open_window("cadastro")
    monitor = open_window("monitor")
    register_admin(cadastro)
    create_bolts(cadastro)
    monitor.log_in()
    cadastro.activate()
    cadastro.type("5")

    api.client().change_password(PasswordChange(senha_atual="1234", senha_nova="4321"))
    cadastro.shows("Entre de novo")
    monitor.shows("Entre de novo")
    cadastro.shows("[5]")
    cadastro.focus_is("Senha")
    cadastro.type("4321")
    cadastro.key("Return")
    cadastro.shows_no_more("Entre de novo")
    cadastro.shows("[5]")
    cadastro.shows("[Parafuso 10mm]")
    cadastro.focus_is("Quantidade")
    cadastro.key("Return")

    cadastro.shows("✓ +5 Parafuso 10mm")
    monitor.activate()
    monitor.type("4321")
    monitor.key("Return")
    monitor.shows("+5 | Parafuso 10mm | 5")
    assert stored(api) == [(1, 5)]


def test_an_entry_confirmed_with_a_dead_session_is_sent_after_the_login(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro", poll_s=600)
    register_admin(cadastro)
    create_bolts(cadastro)
    cadastro.type("5")
    api.client().change_password(PasswordChange(senha_atual="1234", senha_nova="4321"))
    cadastro.key("Return")

    cadastro.shows("Entre de novo")
    cadastro.focus_is("Senha")
    cadastro.type("4321")
    cadastro.key("Return")

    cadastro.shows("✓ +5 Parafuso 10mm")
    assert stored(api) == [(1, 5)]


def test_a_temporary_password_is_replaced_in_the_panel(open_window: Open, api: Api) -> None:
    visitor = ApiClient(api.url)
    visitor.register(Registration(username="admin", password="1234"))
    ana = visitor.register(Registration(username="ana", password="esquecida"))
    temporary = api.client().reset_password(ana.id).password
    cadastro = open_window("cadastro")
    cadastro.activate()
    cadastro.focus_is("Usuário")
    cadastro.type("ana")
    cadastro.key("Return")
    cadastro.type(temporary)
    cadastro.key("Return")
    cadastro.shows("Esta senha é temporária.")
    cadastro.type("minha senha 1")
    cadastro.key("Return")
    cadastro.focus_is("Confirmar senha")
    cadastro.type("minha senha 2")
    cadastro.key("Return")
    cadastro.shows("✕ As duas senhas não são iguais.")
    cadastro.type("minha senha 1")
    cadastro.key("Return")

    cadastro.shows("● Conectado")
    api.client("ana", "minha senha 1")


def test_a_server_that_is_away_is_said_at_the_door(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    cadastro.activate()
    cadastro.shows("Servidor conectado")
    api.signal(signal.SIGKILL)
    cadastro.shows("✕ Servidor fora do ar")
    cadastro.type("admin")
    cadastro.key("Return")
    cadastro.type("1234")
    cadastro.key("Return")
    cadastro.shows("Entrar  (Enter)")
    api.start()
    cadastro.shows("● Servidor conectado")
    cadastro.shows("[admin]")


def test_the_foot_says_how_old_the_last_copy_is_to_whoever_is_logged_in(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    wait_for("the age of the copy", lambda: said_of_copy(cadastro))

    cadastro.key("ctrl+l")

    cadastro.shows("Entrar  (Enter)")
    assert not said_of_copy(cadastro)


def said_of_copy(window: Window) -> bool:
    """A server that has just begun may make its first copy at any moment."""
    return "Sem cópia ainda" in window.text or "Cópia: hoje" in window.text


def test_a_page_left_open_gets_the_focus_back_after_the_login(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    create_bolts(cadastro)
    admin = api.client()
    admin.record_movement(MovementIn(produto_id="p1", quantidade=400), key="a")
    cadastro.shows("P00001 | Parafuso 10mm |  | 400")
    to_the_list(cadastro)
    cadastro.key("F11")
    cadastro.shows("✓ 1 movimentação")
    cadastro.tab_to("Estornar…")
    cadastro.key("space")
    cadastro.focus_is("Motivo do estorno")
    cadastro.type("um zero ")
    admin.change_password(PasswordChange(senha_atual="1234", senha_nova="4321"))
    cadastro.shows("Entre de novo")
    cadastro.focus_is("Senha")
    cadastro.type("4321")
    cadastro.key("Return")

    cadastro.focus_is("Motivo do estorno")
    cadastro.type("a mais")
    cadastro.key("Return")
    cadastro.shows("▼ estorno | -400 | 0 | admin | um zero a mais")
