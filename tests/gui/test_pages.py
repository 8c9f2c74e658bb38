"""The pages of the cadastro are whole on the smallest screen, at the largest text, in both themes, in reading order."""

from pathlib import Path

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import Registration
from tests.gui.conftest import Open
from tests.gui.desk import Api, Window, wait_for
from tests.gui.steps import register_admin
from tests.gui.test_layout import both_themes, cut, enlarge, hidden, names, settle, tabbed
from tests.gui.test_screenshots import picture

WORST = {
    "F6": {"Senha atual", "Mostrar", "Senha nova", "Confirmar senha nova", "Trocar a senha  Ctrl+Enter"},
    "F7": {"Usuário", "Dia", "◀ Antes", "Depois ▶", "Hoje", "Exportar JSON…  Ctrl+E"},
    "F9": {"✓ Tudo foi enviado."},  # the list
    "F8": {"Papel", "Lojas", "Salvar  Ctrl+Enter", "Desativar…", "Senha temporária…", "Copiar", "Já anotei"},
}
PICTURES = {"F6": "minha-conta", "F7": "dia-do-usuario", "F9": "fila-de-envio", "F8": "usuarios"}


def to_the_worst(cadastro: Window, key: str) -> None:
    """The page with everything on it that can be there at once."""
    cadastro.key(key)
    cadastro.shows("Voltar  Esc")
    if key == "F6":
        cadastro.key("ctrl+Return")
        cadastro.shows("✕ Digite a senha.")
    elif key == "F7":
        cadastro.shows("Login realizado com sucesso")
    elif key == "F9":
        cadastro.shows("✓ Tudo foi enviado.")
    else:
        cadastro.shows("ana | ● ativo")
        cadastro.key("Down")
        cadastro.tab_to("Senha temporária…")
        cadastro.key("space")
        cadastro.focus_is("Sim")
        cadastro.key("space")
        cadastro.focus_is("Copiar")
    wait_for(f"every control of {key}", lambda: not missing(cadastro, key))


def missing(cadastro: Window, key: str) -> set[str]:
    return {*WORST[key], "Voltar  Esc"} - names(cadastro)


@pytest.mark.parametrize("larger", [0, 9], ids=["100%", "largest"])
def test_every_control_of_every_page_is_visible(open_window: Open, api: Api, images: Path, larger: int) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    ApiClient(api.url).register(Registration(username="ana", password="1234"))
    enlarge(cadastro, larger)
    for key in WORST:
        to_the_worst(cadastro, key)
        for is_dark in both_themes(cadastro):
            settle(cadastro, hidden)
            settle(cadastro, cut)
            assert missing(cadastro, key) == set()  # still, now that it has come to rest
            if not larger:
                picture(cadastro, images / f"{PICTURES[key]}{'-escuro' if is_dark else ''}.png")
        cadastro.key("Escape")
        cadastro.shows("Registrar entrada")


def test_tab_goes_in_reading_order(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    ApiClient(api.url).register(Registration(username="ana", password="1234"))
    cadastro.key("F7")
    cadastro.shows("Login realizado com sucesso")
    assert tabbed(cadastro, "Usuário")[:7] == [
        "Usuário", "Dia", "◀ Antes", "Depois ▶", "Hoje", "", "Exportar JSON…  Ctrl+E",
    ]  # fmt: skip
    cadastro.key("F8")
    cadastro.shows("ana | ● ativo")
    cadastro.key("Down")
    cadastro.shows("Salvar  Ctrl+Enter")
    assert tabbed(cadastro, "")[:8] == [
        "", "Acesso", "Dados", "Papel", "Lojas", "Salvar  Ctrl+Enter", "Desativar…", "Senha temporária…",
    ]  # fmt: skip
