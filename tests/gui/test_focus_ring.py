"""Where the focus is can be seen: a ring of 2 px around every control, in both themes."""

import pytest

from tests.gui.conftest import Open
from tests.gui.desk import Api, Window, wait_for
from tests.gui.test_screenshots import still

CONTROLS = ["Senha", "Mostrar", "Entrar  (Enter)", "Primeira vez? Criar conta", "Configurar…", "Usuário"]
Pixels = list[tuple[int, ...]]


def left_edge(window: Window, box: list[int]) -> Pixels:
    """The pixels from a control's left edge inwards, halfway down."""
    x, y, _, height = box
    image = still(window)
    return [image.getpixel((x + step, y + height // 2)) for step in range(4)]


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_a_ring_shows_the_focus(open_window: Open, api: Api, is_dark: bool) -> None:
    monitor = open_window("monitor")
    monitor.activate()
    monitor.shows("Servidor conectado")
    if is_dark:
        monitor.key("ctrl+d")
        wait_for("the dark theme", lambda: monitor.preferences().get("escuro"))
    monitor.focus_is("Usuário")
    for name in CONTROLS:
        box = next(stop["box"] for stop in monitor.now("stops") if stop["text"] == name)
        without = left_edge(monitor, box)
        monitor.tab_to(name)
        with_ring = left_edge(monitor, box)
        ring = [pixel for pixel, before in zip(with_ring, without, strict=True) if pixel != before]
        assert len(ring) == 2, name
        assert len(set(ring)) == 1, name
