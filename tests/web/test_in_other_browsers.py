"""The pages in Firefox and in WebKit, which is Safari's: they come whole, and their scripts work there too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.open_shop import PASSWORD, Shop
from tests.web.other_browsers import Driven, open_firefox, open_webkit

PAGES = (
    *("/", "/profile", "/painel/vender", "/painel/estoque", "/painel/estoque/p1", "/painel/ao-vivo", "/painel/vendas"),
    *("/painel/mensagens", "/painel/pessoas", "/painel/lote", "/painel/registros", "/painel/situacao"),
)


@pytest.fixture(params=[open_firefox, open_webkit], ids=["firefox", "webkit"])
def browser(request: pytest.FixtureRequest, open_shop: Shop, tmp_path: Path) -> Iterator[Driven]:
    with request.param(open_shop.url, tmp_path) as driven:
        driven.open("/login")
        driven.fill("#login", "Carla")
        driven.fill("#psw", PASSWORD)
        driven.click("button.primary")
        driven.wait("location.pathname === '/profile'")
        yield driven


def test_pages_come_whole_and_work_in_another_browser(browser: Driven, open_shop: Shop) -> None:
    for path in PAGES:
        browser.open(path)
        assert browser.run("return document.querySelector('h1').innerText"), path
        wide = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
        assert browser.run("return window.complaints") == [], path

    browser.open("/painel/registros")
    browser.click(".entries a.open")
    browser.wait("document.querySelector('.opened pre')")

    browser.open("/painel/estoque/p2")
    browser.fill("#quantidade", "8")
    browser.run("document.getElementById('loja_id').value = 'l1'")
    browser.click("main button.primary")
    browser.wait("document.body.innerText.includes('Entrada registrada: +8.')")

    browser.open("/painel/ao-vivo")
    with open_shop.server.client() as carla:
        carla.post("/inventario", {"produto_id": "p2", "quantidade": 19, "loja_id": "l1"})
    browser.wait("document.querySelector('li.fresh')?.innerText.includes('+19')")

    browser.open("/painel/vender")
    browser.fill("#codigo", "7891000315507")
    browser.click("main form button[name]")
    browser.wait("document.querySelector('.lines')?.innerText.includes('Parafuso')")
