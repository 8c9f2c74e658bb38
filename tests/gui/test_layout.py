"""Every control that can take the focus lies inside a window of 1024×768, and Tab finds it in reading order."""

import signal
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.catalog import ProductIn
from almoxarife.wire.stock import MovementIn
from tests.gui.conftest import Open
from tests.gui.desk import Api, Window, wait_for
from tests.gui.steps import create_bolts, register_admin, register_entry

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
    "Diferença (+ ou -)",
    "Motivo",
    "Registrar ajuste  Ctrl+Enter",
    "Sair",
    "☰ Menu",
}

MONITOR = {"Tipo", "Loja", "Filtrar  Ctrl+F", "▶ Continuar  Espaço", "", "↑ 1 nova  Ctrl+Home", "Sair", "☰ Menu"}


def receive(admin: ApiClient, quantity: int) -> None:
    """Into the shop Centro."""
    product = admin.create_product(ProductIn(nome=f"Produto {quantity}"), key=f"produto-{quantity}")
    centro = next(shop.id for shop in admin.shops() if shop.name == "Centro")
    movement = MovementIn(produto_id=product.id, quantidade=Decimal(quantity), loja_id=centro)
    admin.record_movement(movement, key=f"entrada-{quantity}")


def names(window: Window) -> set[str]:
    return {stop["text"] for stop in window.now("stops")}


def hidden(window: Window) -> list[dict[str, Any]]:
    width, height = window.now("size")
    assert width <= 1024
    assert height <= 768
    return [
        stop
        for stop in window.now("stops")
        for x, y, w, h in [stop["box"]]
        if x < 0 or y < 0 or x + w > width or y + h > height or w < 10 or h < 10
    ]


def tabbed(window: Window, first: str) -> list[str]:
    """The names of the controls in the order Tab finds them, from the one that has the focus."""
    window.focus_is(first)
    return [first, *window.tab_to(first)[:-1]]


def cut(window: Window) -> list[str]:
    words: list[str] = window.now("cut")
    return words


def settle(window: Window, wrong: Callable[[Window], list[Any]]) -> None:
    """Nothing is wrong once the window has come to rest."""
    try:
        wait_for("the window to be as it should", lambda: not wrong(window))
    except AssertionError:
        assert wrong(window) == []  # says what


def both_themes(window: Window) -> Iterator[bool]:
    """Whether it is dark now, and once more in the other theme; then it is as it was."""
    for is_dark in (was_dark := window.preferences().get("escuro", False), not was_dark):
        yield is_dark
        window.key("ctrl+d")
        wait_for("the other theme", lambda was=is_dark: window.preferences().get("escuro", False) != was)


def is_whole(window: Window) -> None:
    """In both themes every control lies inside the window, no text is cut, and no widget has been left undressed."""
    assert window.now("plain") == []
    for _ in both_themes(window):
        settle(window, hidden)
        settle(window, cut)


def enlarge(window: Window, steps: int) -> None:
    for _ in range(steps):
        window.key("ctrl+plus")
    if steps:
        wait_for("the largest text for this screen", lambda: window.preferences().get("texto_porcento") == 150)


@pytest.mark.parametrize("larger", [0, 9], ids=["100%", "largest"])
def test_every_control_of_the_cadastro_is_visible(open_window: Open, api: Api, larger: int) -> None:
    cadastro = open_window("cadastro")
    cadastro.activate()
    cadastro.focus_is("Usuário")
    enlarge(cadastro, larger)
    cadastro.shows("Servidor conectado")
    is_whole(cadastro)
    register_admin(cadastro)
    create_bolts(cadastro)
    register_entry(cadastro, 5)
    for key, sign in (("F2", "Registrar entrada"), ("F3", "Registrar saída"), ("F4", "Registrar ajuste")):
        cadastro.key(key)
        cadastro.shows(sign)
        settle(cadastro, hidden)
    wait_for("every control of an adjustment", lambda: names(cadastro) >= EVERY_CONTROL)
    is_whole(cadastro)
    cadastro.key("F1")
    cadastro.shows("Atalhos do teclado")
    is_whole(cadastro)
    cadastro.key("Escape")
    cadastro.shows_no_more("Atalhos do teclado")
    cadastro.key("ctrl+n")
    cadastro.shows("Novo produto")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Digite o nome do produto.")
    is_whole(cadastro)

    api.signal(signal.SIGKILL)
    cadastro.shows("Reconectando em")
    wait_for("a way to try at once", lambda: {"Tentar agora", "Sair"} <= names(cadastro))
    is_whole(cadastro)


@pytest.mark.parametrize("larger", [0, 9], ids=["100%", "largest"])
def test_every_control_of_the_monitor_is_visible(open_window: Open, two_shops: Api, larger: int) -> None:
    monitor = open_window("monitor")
    monitor.activate()
    monitor.focus_is("Usuário")
    enlarge(monitor, larger)
    monitor.tab_to("Configurar…")
    monitor.key("space")
    monitor.focus_is("Endereço do servidor")
    monitor.shows_no_more("Senha")
    monitor.type("x y")
    monitor.key("Return")
    monitor.shows("✕ Escreva o endereço assim: http://192.168.0.10:5000")
    is_whole(monitor)
    monitor.tab_to("Voltar")
    monitor.key("space")
    monitor.focus_is("Usuário")
    monitor.tab_to("Primeira vez? Criar conta")
    monitor.key("space")
    monitor.shows("Confirmar senha")
    monitor.tab_to("Criar conta e entrar  (Enter)")
    monitor.key("space")
    monitor.shows("✕ Digite")
    is_whole(monitor)
    monitor.tab_to("Já tenho conta: entrar")
    monitor.key("space")
    monitor.focus_is("Usuário")
    monitor.log_in()
    wait_for("the shops", lambda: "Loja" in monitor.now("seen"))
    monitor.key("space")
    receive(two_shops.client(), 1)
    wait_for("every control of the monitor", lambda: names(monitor) >= MONITOR)
    is_whole(monitor)
    monitor.key("F1")
    monitor.shows("Atalhos do teclado")
    is_whole(monitor)
    monitor.key("Escape")

    two_shops.signal(signal.SIGKILL)
    monitor.shows("Reconectando em")
    wait_for("a way to try at once", lambda: {"Tentar agora", "Sair"} <= names(monitor))
    is_whole(monitor)


def test_the_tallest_login_panel_is_visible(open_window: Open, stopped_api: Api) -> None:
    stopped_api.url = "http://192.0.2.1:5000"  # an address where nobody answers, on another machine
    monitor = open_window("monitor")
    monitor.activate()
    monitor.focus_is("Usuário")
    enlarge(monitor, 9)
    monitor.tab_to("Primeira vez? Criar conta")
    monitor.key("space")
    monitor.shows("Código de instalação")
    monitor.tab_to("Senha")
    monitor.type("1234")
    monitor.tab_to("Criar conta e entrar  (Enter)")
    monitor.key("space")
    monitor.shows("✕ Digite o nome de usuário.")
    monitor.shows("✕ Digite a senha outra vez.")
    monitor.shows("✕ Servidor fora do ar")
    is_whole(monitor)


def test_tab_goes_in_reading_order_in_the_monitor(open_window: Open, two_shops: Api) -> None:
    monitor = open_window("monitor")
    monitor.log_in()
    wait_for("the shops", lambda: "Loja" in monitor.now("seen"))
    monitor.key("space")
    receive(two_shops.client(), 1)
    monitor.shows("↑ 1 nova")
    monitor.key("ctrl+f")
    assert tabbed(monitor, "Filtrar  Ctrl+F") == [
        "Filtrar  Ctrl+F",
        "▶ Continuar  Espaço",
        "",  # the list
        "↑ 1 nova  Ctrl+Home",
        "Sair",
        "☰ Menu",
        "Tipo",
        "Loja",
    ]


def test_tab_goes_in_reading_order_in_the_cadastro(open_window: Open, api: Api) -> None:
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
