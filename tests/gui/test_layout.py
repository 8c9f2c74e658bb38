"""Every control that can take the focus lies inside a window of 1024×768, and Tab finds it in reading order."""

import signal
from typing import Any

import pytest

from tests.gui.conftest import Open
from tests.gui.desk import Api, Window, wait_for
from tests.gui.test_first_use import create_bolts, register_admin, register_entry

EVERY_CONTROL = {
    "Buscar  Ctrl+F",
    "+ Novo  Ctrl+N",
    "⇪ Importar  Ctrl+I",
    "Editar  Ctrl+P",
    "Por que este saldo?  F11",
    "Exportar  Ctrl+E",
    "Mostrar desativados",
    "F2 Entrada",
    "F3 Saída",
    "F4 Ajuste",
    "Produto",
    "Diferença (+ ou −)",
    "Motivo",
    "Registrar ajuste  Ctrl+Enter",
    "Sair",
    "☰ Menu",
}


def names(window: Window) -> set[str]:
    return {stop["text"] for stop in window.now["stops"]}


def hidden(window: Window) -> list[dict[str, Any]]:
    seen = window.now
    width, height = seen["size"]
    assert width <= 1024
    assert height <= 768
    return [
        stop
        for stop in seen["stops"]
        for x, y, w, h in [stop["box"]]
        if x < 0 or y < 0 or x + w > width or y + h > height or w < 10 or h < 10
    ]


def tabbed(window: Window, first: str) -> list[str]:
    """The names of the controls in the order Tab finds them, from the one that has the focus."""
    window.focus_is(first)
    return [first, *window.tab_to(first)[:-1]]


@pytest.mark.parametrize("larger", [0, 9], ids=["100%", "largest"])
def test_every_control_of_both_programs_is_visible(open_window: Open, api: Api, larger: int) -> None:
    cadastro = open_window("cadastro")
    cadastro.activate()
    cadastro.focus_is("Usuário")
    for _ in range(larger):
        cadastro.key("ctrl+plus")
    if larger:
        wait_for("the largest text for this screen", lambda: cadastro.preferences().get("texto_porcento") == 150)
    assert hidden(cadastro) == []
    register_admin(cadastro)
    create_bolts(cadastro)
    register_entry(cadastro, 5)
    for key, sign in (("F2", "Registrar entrada"), ("F3", "Registrar saída"), ("F4", "Registrar ajuste")):
        cadastro.key(key)
        cadastro.shows(sign)
        assert hidden(cadastro) == [], key
    wait_for("every control of an adjustment", lambda: names(cadastro) >= EVERY_CONTROL)
    assert hidden(cadastro) == []
    cadastro.key("ctrl+n")
    cadastro.shows("Novo produto")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Digite o nome do produto.")
    assert hidden(cadastro) == []

    monitor = open_window("monitor")
    monitor.activate()
    assert hidden(monitor) == []
    monitor.log_in()
    assert hidden(monitor) == []

    api.signal(signal.SIGKILL)
    for window in (cadastro, monitor):
        window.shows("Reconectando em")
        wait_for("a way to try at once", lambda window=window: {"Tentar agora", "Sair"} <= names(window))
        assert hidden(window) == []


def test_tab_goes_in_reading_order(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    cadastro.activate()
    assert tabbed(cadastro, "Usuário") == [
        "Usuário",
        "Senha",
        "Mostrar",
        "Entrar  (Enter)",
        "Primeira vez? Criar conta",
        "Configurar…",
    ]
    cadastro.focus_is("Usuário")
    register_admin(cadastro)
    create_bolts(cadastro)
    cadastro.key("F3", "ctrl+f")
    assert tabbed(cadastro, "Buscar  Ctrl+F") == [
        "Buscar  Ctrl+F",
        "",  # the list
        "Editar  Ctrl+P",
        "Por que este saldo?  F11",
        "Exportar  Ctrl+E",
        "Mostrar desativados",
        "F2 Entrada",
        "F3 Saída",
        "F4 Ajuste",
        "Produto",
        "Quantidade",
        "Motivo",
        "Registrar saída  Ctrl+Enter",
        "Sair",
        "☰ Menu",
        "+ Novo  Ctrl+N",
        "⇪ Importar  Ctrl+I",
    ]
