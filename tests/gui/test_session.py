"""A session that ends under somebody's hands, and the errors a person makes at the door."""

from almoxarife.wire.accounts import PasswordChange
from tests.gui.conftest import Open
from tests.gui.desk import Api
from tests.gui.test_first_use import create_bolts, register_admin, stored


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
    assert "[••••]" in cadastro.text
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
    assert "[5]" in cadastro.text
    cadastro.focus_is("Senha")
    cadastro.type("4321")
    cadastro.key("Return")
    cadastro.shows_no_more("Entre de novo")
    assert "[5]" in cadastro.text
    assert "[Parafuso 10mm]" in cadastro.text
    cadastro.focus_is("Quantidade")
    cadastro.key("Return")

    cadastro.shows("✓ +5 Parafuso 10mm")
    monitor.activate()
    monitor.type("4321")
    monitor.key("Return")
    monitor.shows("+5 | Parafuso 10mm | 5")
    assert stored(api) == [(1, 5)]


def test_an_entry_confirmed_with_a_dead_session_is_sent_after_the_login(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    create_bolts(cadastro)
    cadastro.type("5")
    api.client().change_password(PasswordChange(senha_atual="1234", senha_nova="4321"))
    cadastro.key("Return")

    cadastro.shows("Entre de novo")
    cadastro.type("4321")
    cadastro.key("Return")

    cadastro.shows("✓ +5 Parafuso 10mm")
    assert stored(api) == [(1, 5)]
