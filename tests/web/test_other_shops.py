"""What another shop does is on no page, in no list, chart or file of a shop."""

import io
import re
import zipfile

import pytest

from tests.api.cast import MATRIZ, NORTE, Server
from tests.web.browser import Browser

MARKS = ("7654321", "7.654.321", "98765.43", "98.765,43", "NF-do-Norte", "Loja Norte", "Davi")
"""What Davi leaves behind in Norte: so long that no random id has it by chance."""
ABOUT_ALL = ("/log", "/painel/registros")
"""What every program did, told to managers, with ids for names."""
MORE = (
    *("/painel/estoque/p1", "/produtos/p1", "/produtos/p1/movimentacoes", "/produtos?situacao=baixo"),
    *("/painel/estoque?busca=parafuso", "/inventario?ultimos=500", "/inventario?tipo=entrada"),
    *("/painel/vendas?tudo=1", "/painel/vendas?tudo=1&produto=p1", "/painel/vendas/todas?hora=12"),
    *("/vendas?canceladas=1", "/painel/mensagens?caixa=saida", "/painel/vender?venda=v&produto=p1&quantidade=1&preco="),
    *(f"/vendas/ranking?por={what}" for what in ("vendedor", "loja", "rede", "produto", "dia", "hora")),
)


def list_addresses(shop: Server) -> list[str]:
    """All that can be read without saying of what, and more."""
    rules = (rule for rule in shop.app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments)
    return [*sorted({str(rule) for rule in rules} - {"/logout"}), *MORE]


def read(browser: Browser, address: str) -> str:
    """With its headers, and what is packed in a workbook."""
    response = browser.open(address, headers={"Accept": "*/*"}).response
    body = response.data
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"".join(book.read(name) for name in book.namelist())
    return f"{response.headers}{body.decode('utf-8', 'replace')}"


@pytest.mark.parametrize("name", ["Vera", "Ana", "Bruno"])
def test_what_another_shop_does_shows_nowhere(shop: Server, name: str) -> None:
    carla, davi, ana = shop.person("Carla"), shop.person("Davi"), shop.person("Ana")
    product = carla.add("Parafuso 10mm", preco="2.50").json["id"]
    ana.receive(product, 12)
    assert ana.post("/vendas", {"itens": [{"produto_id": product, "quantidade": 2}]}).status_code == 201
    davi.receive(product, 7_654_321, documento="NF-do-Norte")
    items = [{"produto_id": product, "quantidade": 7, "preco": "14109.35"}]
    assert davi.post("/vendas", {"itens": items, "desconto": "0.02"}).json["valor"] == "98765.43"
    browser = Browser(shop)
    browser.log_in(name)

    for address in list_addresses(shop):
        if not address.startswith(ABOUT_ALL):
            text = read(browser, address)
            assert [mark for mark in MARKS if mark in text] == [], address
    assert "2,50" in read(browser, "/painel/estoque/p1")
    for shop_id in (NORTE, MATRIZ):
        for address in ("/painel/estoque?loja=", "/painel/vendas?tudo=1&loja=", "/inventario?loja=", "/produtos?loja="):
            assert browser.open(address + shop_id).status == 403


def test_the_log_names_the_people_of_the_own_shops(shop: Server) -> None:
    """Of others a manager reads the ids, as in the log itself; an administrator reads all names."""
    davi, address = shop.person("Davi").id, "/painel/registros?service=pedidos"
    for name in ("Davi", "Ana", "Carla", "Bruno"):
        entry = {"service": "pedidos", "user_id": shop.person(name).id, "action": "criar", "result": "success"}
        assert shop.ask("POST", "/log", json=entry).status_code == 200
    queries = ("", f"&user_id={davi}", "&contar=user_id")

    told = {}
    for name in ("Bruno", "Carla"):
        browser = Browser(shop)
        browser.log_in(name)
        pages = [browser.open(address + query) for query in queries]
        entry_of_davi = next(link for link in pages[1].links if re.match(r"/painel/registros/\d", link))
        told[name] = [page.text for page in (*pages, browser.open(entry_of_davi))]

    assert all(davi in text and "Davi" not in text for text in told["Bruno"])
    for seen in ("Ana", "Carla", "Bruno"):
        assert f"{seen} ({shop.person(seen).id})" in told["Bruno"][0]
    assert all(f"Davi ({davi})" in text for text in told["Carla"])
