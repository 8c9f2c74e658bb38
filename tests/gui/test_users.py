"""*Usuários*, by keys: approving, roles and shops, a temporary password, and who may not see it."""

import signal
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.kit.theme import ROW_HEIGHT_PX
from almoxarife.wire.accounts import (
    AccountState,
    Credentials,
    PasswordChange,
    Registration,
    Role,
    User,
    UserChange,
)
from tests.gui.conftest import Open
from tests.gui.desk import Api, Desk, Window, wait_for
from tests.gui.steps import register_admin
from tests.gui.test_layout import enlarge, is_whole


def with_ana(api: Api, *, state: str = "ativo") -> None:
    ApiClient(api.url).register(Registration(username="ana", password="1234"))
    ana = named(api, "ana")
    if ana.state != state:
        api.client().change_user(ana.id, UserChange.model_validate({"estado": state}))


def named(api: Api, name: str) -> User:
    return next(person for person in api.client().users() if person.username == name)


def open_users(cadastro: Window) -> None:
    cadastro.activate()
    cadastro.key("F8")
    cadastro.shows("admin | ● ativo | Administrador | todas")


def test_whoever_waits_is_approved_with_a_role(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    with_ana(api, state="pendente")
    open_users(cadastro)
    cadastro.shows("Usuários  2 · 1 espera aprovação")
    cadastro.shows("◔ espera aprovação · cadastro em")
    cadastro.tab_to("Papel")
    cadastro.key("Down")
    wait_for("the roles to drop down", lambda: cadastro.now("focus") is None)
    cadastro.key("Down", "Return")  # on Estoquista; the next is Gerente
    cadastro.shows("[Gerente]")
    cadastro.tab_to("Lojas")
    cadastro.key("space", "ctrl+Return")
    cadastro.shows("✕ Escolha pelo menos uma loja.")
    cadastro.key("space", "ctrl+Return")

    cadastro.shows("✓ ana já pode entrar.")
    cadastro.shows("ana | ● ativo | Gerente | Matriz | nunca")
    ana = named(api, "ana")
    assert (ana.state, ana.role, ana.shops) == (AccountState.ACTIVE, Role.MANAGER, ["l1"])


def test_an_administrador_is_told_at_the_login_who_waits(open_window: Open, api: Api) -> None:
    ApiClient(api.url).register(Registration(username="admin", password="1234"))
    with_ana(api, state="pendente")
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.shows("⚠ ana espera a sua aprovação.")
    cadastro.tab_to("Ver")
    cadastro.key("space")

    cadastro.shows("Usuários  2 · 1 espera aprovação")
    cadastro.shows_no_more("⚠ ana")


def test_the_announcement_goes_when_it_has_been_seen(open_window: Open, api: Api) -> None:
    ApiClient(api.url).register(Registration(username="admin", password="1234"))
    with_ana(api, state="pendente")
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.shows("⚠ ana espera a sua aprovação.")
    cadastro.key("F8")

    cadastro.shows_no_more("⚠ ana espera a sua aprovação.")


def test_a_person_is_turned_out_only_after_a_question(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    with_ana(api)
    session = api.client("ana")
    open_users(cadastro)
    cadastro.shows("Esta é a sua conta: o papel dela, só outro administrador muda")
    cadastro.shows_no_more("Desativar")
    cadastro.key("Down")
    cadastro.tab_to("Desativar…")
    cadastro.key("space")
    cadastro.shows("⚠ Desativar ana? A sessão termina agora em todos os computadores.")
    cadastro.focus_is("Sim")
    cadastro.tab_to("Não")
    cadastro.key("space")
    cadastro.shows_no_more("Desativar ana?")
    assert named(api, "ana").active
    cadastro.tab_to("Desativar…")
    cadastro.key("space")
    cadastro.focus_is("Sim")
    cadastro.key("space")

    cadastro.shows("✓ ana não entra mais.")
    assert named(api, "ana").state is AccountState.INACTIVE
    wait_for("ana's session to be over", lambda: is_out(session))
    cadastro.shows("Reativar  Ctrl+Enter")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ ana pode entrar de novo.")
    assert named(api, "ana").active


def is_out(client: ApiClient) -> bool:
    try:
        client.shops()
    except ApiError as error:
        return error.is_session_over
    return False


def test_a_temporary_password_is_seen_once_and_copied(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    with_ana(api)
    open_users(cadastro)
    cadastro.key("Down")
    cadastro.tab_to("Senha temporária…")
    cadastro.key("space")
    cadastro.shows("⚠ Criar uma senha temporária para ana?")
    cadastro.focus_is("Sim")
    cadastro.key("space")
    cadastro.shows("✓ Senha temporária de ana: só aparece agora.")
    cadastro.focus_is("Copiar")
    cadastro.key("space")
    cadastro.shows("✓ Copiada")
    password = wait_for("the password on the clipboard", cadastro.clipboard)
    cadastro.shows(f"[{password}]")
    cadastro.shows("vai trocar a senha ao entrar")
    cadastro.tab_to("Já anotei")
    cadastro.key("space")
    cadastro.shows_no_more(password)

    entered = ApiClient(api.url).login(Credentials(username="ana", password=password))
    assert entered.user.must_change_password
    assert password not in "".join(file.read_text(errors="replace") for file in cadastro.client_dir.glob("*.log"))


def test_whoever_is_no_administrador_does_not_get_there(open_window: Open, api: Api) -> None:
    ApiClient(api.url).register(Registration(username="admin", password="1234"))
    with_ana(api)
    cadastro = open_window("cadastro")
    cadastro.log_in("ana")
    cadastro.key("F8", "F6")

    cadastro.shows("Estoquista. Vende, cadastra produtos e registra entradas")
    cadastro.shows_no_more("Usuários")


def test_without_the_server_the_page_says_so_and_offers_nothing(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    api.signal(signal.SIGKILL)
    cadastro.key("F8")
    cadastro.shows("✕ Servidor fora do ar.")
    cadastro.shows_no_more("Senha temporária")
    api.start()
    cadastro.key("F5")

    cadastro.shows("admin | ● ativo | Administrador")
    cadastro.shows("Esta é a sua conta")
    cadastro.shows_no_more("✕ Servidor fora do ar.")
    api.signal(signal.SIGKILL)
    cadastro.key("F5")
    cadastro.shows("✕ Servidor fora do ar.")
    api.start()
    cadastro.key("F5")
    cadastro.shows_no_more("✕ Servidor fora do ar.")


def test_a_session_that_ends_on_the_page_does_the_rest_after_the_login(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro", poll_s=600)
    register_admin(cadastro)
    with_ana(api, state="pendente")
    open_users(cadastro)
    api.client().change_password(PasswordChange(senha_atual="1234", senha_nova="4321"))
    cadastro.key("ctrl+Return")
    cadastro.shows("Entre de novo")
    cadastro.focus_is("Senha")
    cadastro.type("4321")
    cadastro.key("Return")

    cadastro.shows("✓ ana já pode entrar.")
    assert api.client("admin", "4321").users(AccountState.PENDING) == []


def test_data_of_a_person_are_changed_linked_and_erased(open_window: Open, api: Api) -> None:
    ApiClient(api.url).register(Registration(username="admin", password="1234"))
    with_ana(api)
    requests.post(f"{api.url}/users/", json={"id": 7, "name": "Ana Braga", "email": "ana@loja"}, timeout=60)
    cadastro = open_window("cadastro")
    cadastro.log_in()
    open_users(cadastro)
    cadastro.key("Down")
    cadastro.shows("Desativar…")
    cadastro.tab_to("Dados")
    cadastro.key("space")
    cadastro.shows("Sem ligação com outro programa.")
    cadastro.tab_to("Nome completo")
    cadastro.type("Ana Prado")
    cadastro.tab_to("Loja usual de um administrador")
    cadastro.key("Down")
    wait_for("the shops to drop down", lambda: cadastro.now("focus") is None)
    cadastro.key("Down", "Return")
    cadastro.key("ctrl+Return")
    cadastro.shows("ana · Ana Prado | ● ativo")
    assert (named(api, "ana").full_name, named(api, "ana").usual_shop) == ("Ana Prado", "l1")

    cadastro.tab_to("Número no outro programa")
    cadastro.type("8")
    cadastro.key("Return")
    cadastro.shows("✕ Nenhuma pessoa do outro programa tem este número.")
    cadastro.type("7")
    cadastro.key("Return")
    cadastro.shows("⚠ ana é a mesma pessoa que Ana Braga, ana@loja (número 7 do outro programa)?")
    cadastro.focus_is("Ligar")
    cadastro.key("space")
    cadastro.shows("Ligada ao número 7.")
    cadastro.shows("Desligar…")

    cadastro.tab_to("Apagar dados…")
    cadastro.key("space")
    cadastro.shows("⚠ Apagar para sempre os dados de ana, também no outro programa")
    cadastro.focus_is("Não apagar")
    cadastro.tab_to("Apagar para sempre", key="shift+Tab")
    cadastro.key("space")
    cadastro.shows("✓ Os dados de ana foram apagados.")
    cadastro.shows("Usuários  1")
    assert requests.get(f"{api.url}/users/7", timeout=60).status_code == 404


@pytest.mark.parametrize("larger", [0, 9], ids=["100%", "largest"])
def test_every_control_of_both_sides_is_visible(open_window: Open, api: Api, larger: int) -> None:
    ApiClient(api.url).register(Registration(username="admin", password="1234"))
    with_ana(api)
    cadastro = open_window("cadastro")
    cadastro.activate()
    cadastro.focus_is("Usuário")
    enlarge(cadastro, larger)
    cadastro.log_in()
    cadastro.key("F8")
    cadastro.shows("ana |")
    cadastro.key("Down")
    cadastro.shows("Desativar…")
    is_whole(cadastro)
    cadastro.tab_to("Dados")
    cadastro.key("space")
    cadastro.shows("Nome completo")
    cadastro.tab_to("Número no outro programa")
    cadastro.key("Return")
    cadastro.shows("✕ Digite o número")
    cadastro.tab_to("Apagar dados…")
    cadastro.key("space")
    cadastro.shows("Apagar para sempre")
    is_whole(cadastro)


@pytest.fixture
def low_desk(stack: ExitStack, tmp_path: Path) -> Desk:
    """As low as the screen of a small laptop, with its task bar and large text, leaves it."""
    (tmp_path / "mesa").mkdir()
    return Desk(stack, tmp_path / "mesa", "1024x560")


def test_a_low_screen_with_larger_text_shows_two_shops_to_choose_from(
    stack: ExitStack, low_desk: Desk, two_shops: Api, tmp_path: Path
) -> None:
    ApiClient(two_shops.url).register(Registration(username="ana", password="1234"))
    low_desk.copy("")
    cadastro = Window(stack, low_desk, tmp_path, "cadastro", two_shops)
    cadastro.activate()
    cadastro.focus_is("Usuário")
    cadastro.key("ctrl+plus", "ctrl+plus")
    wait_for("larger text", lambda: cadastro.preferences().get("texto_porcento", 100) > 100)
    cadastro.log_in()
    cadastro.shows("Registrar entrada")
    cadastro.key("F8")
    cadastro.shows("ana | ● ativo")
    cadastro.key("Down")
    cadastro.shows("Senha temporária")
    cadastro.shows("☐  Centro")
    _, shops = (stop["box"] for stop in cadastro.now("stops") if "treeview" in str(stop["widget"]))

    assert shops[3] > 2 * ROW_HEIGHT_PX
