"""*Vender*: a till in the browser that sells once, whatever is lost, repeated or reloaded."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.api.cast import CENTRO, NORTE, Server
from tests.web.browser import Browser, Page
from tests.web.test_panel import open_as, plain, told

BOLT_CODE, BOX_CODE = "7891000315507", "17891000315504"


@pytest.fixture
def products(shop: Server) -> dict[str, str]:
    """By a short word: bolts by the piece in boxes of twelve too, ham by weight, coffee without a price."""
    carla = shop.person("Carla")
    made = {
        "bolt": {
            "nome": "Parafuso 10mm",
            "preco": "2.50",
            "codigo_barras": BOLT_CODE,
            "codigos": [{"codigo": BOX_CODE, "fator": 12}],
        },
        "ham": {"nome": "Presunto", "unidade": "KG", "preco": "39.90", "sku": "00123"},
        "coffee": {"nome": "Café torrado"},
        "coarse": {"nome": "Café grosso", "preco": "10.00"},
    }
    return {word: str(carla.post("/produtos", asked).json["id"]) for word, asked in made.items()}


class Till:
    """A browser without scripts at the page: what is typed stays until a button is pressed."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.page = self._follow(browser.open("/painel/vender"))

    def _follow(self, page: Page) -> Page:
        self.address = page.leads_to or ""
        return self.browser.open(page.leads_to) if page.leads_to else page

    @property
    def form(self) -> list[tuple[str, str]]:
        """All fields in order: those of a line are there once a line."""
        return re.findall(r'<input[^>]*? ?name="([a-z_]+)"[^>]*? value="([^"]*)"', self.page.text.partition("<form")[2])

    def press(self, deed: str = "incluir", *, follow: bool = True, **typed: str) -> Page:
        fields: dict[str, list[str]] = {}
        for name, value in self.form:
            fields.setdefault(name, []).append(value)
        fields |= {name: [value] for name, value in typed.items()} | {"fazer": [deed]}
        page = self.browser.ask("POST", "/painel/vender", data=fields)
        if follow:
            self.page = self._follow(page)
        return page

    def sell(self) -> Page:
        page = self.press("fechar")
        assert self.address.startswith("/painel/vendas/"), page.text
        return self.page

    @property
    def text(self) -> str:
        return plain(self.page.text)


@pytest.fixture
def till(shop: Server, products: dict[str, str]) -> Till:
    return Till(open_as(shop, "Vera"))


def key_of(address: str) -> str:
    return parse_qs(urlsplit(html.unescape(address)).query)["venda"][0]


def list_sales(shop: Server) -> list[tuple[str, int]]:
    """The amount and the number of lines of each."""
    return [(sale["valor"], len(sale["itens"])) for sale in shop.person("Bruno").get("/vendas").json]


def test_what_is_read_and_typed_is_sold_with_discount_and_change(shop: Server, till: Till) -> None:
    till.press(codigo=BOLT_CODE)
    till.press(codigo="3*p1")
    till.press(codigo="presunto")
    till.press("incluir-p2", codigo="presunto")
    text = till.text
    assert "Parafuso 10mm" in text
    assert "R$ 10,00" in text

    page = till.press("fechar", desconto="10%", recebido="50,00")

    assert page.status == 302
    assert told(till.page.text) == "Venda registrada: R$\xa044,91. Troco: R$\xa05,09."
    assert list_sales(shop) == [("44.91", 2)]


def test_a_box_is_what_is_in_it(shop: Server, till: Till) -> None:
    till.press(codigo=BOX_CODE)

    till.sell()

    assert list_sales(shop) == [("30.00", 1)]


def test_a_scale_s_label_costs_what_it_says(shop: Server, till: Till) -> None:
    carla = shop.person("Carla")
    named = {"nome": "Loja Centro", "etiqueta": {"conteudo": "preco", "digitos": 5}}
    changed = carla.ask("PUT", f"/lojas/{CENTRO}", json=named, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text

    till.press(codigo="2001230007980")
    till.sell()

    assert list_sales(shop) == [("7.98", 1)]


def test_closing_twice_sells_once(shop: Server, till: Till) -> None:
    till.press(codigo=BOLT_CODE)
    first, second = till.press("fechar", follow=False), till.press("fechar", follow=False)

    assert second.leads_to == f"{first.leads_to}&repetida=1"
    assert "já estava registrada" in told(till.browser.open(second.leads_to or "").text)
    assert list_sales(shop) == [("2.50", 1)]


def test_whatever_is_reloaded_is_the_same_sale(shop: Server, till: Till) -> None:
    till.press(codigo=BOLT_CODE)
    address = till.address
    again = Till(till.browser)
    again.page = till.browser.open(address)

    # Not the token against forgery, which tells the second it was made in.
    assert till.form[1:] == again.form[1:]
    assert till.form[0][0] == again.form[0][0] == "csrf_token"
    till.sell()
    again.press("fechar")
    assert list_sales(shop) == [("2.50", 1)]


def test_a_sale_that_was_closed_takes_no_more_items(shop: Server, till: Till) -> None:
    till.press(codigo=BOLT_CODE)
    till.press("fechar", follow=False)
    till.press(codigo="p4")

    page = till.press("fechar")

    assert page.status == 400
    assert "Esta venda já foi registrada, sem as últimas mudanças." in till.text
    assert list_sales(shop) == [("2.50", 1)]
    assert key_of(next(link for link in page.links if "vender?" in link)) != dict(till.form)["venda"]


def test_a_sale_goes_through_a_login_with_its_key(shop: Server, till: Till) -> None:
    till.press(codigo=BOLT_CODE)
    till.press("fechar", follow=False)
    till.browser.open("/logout")  # the answer was lost, and the session ended

    page = till.press("fechar", follow=False)
    assert (page.leads_to or "").startswith("/login?next=%2Fpainel%2Fvender")
    login = till.browser.open(page.leads_to or "")
    form = login.forms[0]
    entered = till.browser.send("/login", {**form.fields, "login": "Vera", "psw": "vera-sabe-esta-frase"})
    till.page = till.browser.open(entered.leads_to or "")

    assert "Parafuso 10mm" in till.text
    till.sell()
    assert list_sales(shop) == [("2.50", 1)]


def test_an_open_sale_goes_on_with_whoever_opened_it(shop: Server, till: Till) -> None:
    till.press(codigo=BOLT_CODE)

    manager_s = open_as(shop, "Bruno")
    page = manager_s.open(till.address)
    while page.leads_to:
        page, address = manager_s.open(page.leads_to), page.leads_to

    assert told(page.text).startswith("Esta página foi preenchida por outra pessoa")
    assert "Parafuso 10mm" not in page.text
    assert key_of(address) != key_of(till.address)
    till.sell()
    assert list_sales(shop) == [("2.50", 1)]


def test_a_sale_that_is_still_on_the_screen_is_not_sold_again_by_whoever_logs_in(shop: Server, till: Till) -> None:
    till.press(codigo=BOLT_CODE)
    till.press("fechar", follow=False)  # the answer was lost
    till.browser.open("/logout")
    till.browser.log_in("Bruno")

    till.press("fechar")
    assert till.address == "/painel/vender"
    till.page = till.browser.open(till.page.leads_to or "")
    assert told(till.page.text).startswith("Esta página foi preenchida por outra pessoa")
    assert "Parafuso 10mm" not in till.text
    assert list_sales(shop) == [("2.50", 1)]


def test_an_amount_alone_is_sold(shop: Server, till: Till) -> None:
    page = till.press("fechar", valor="19,90", recebido="20")

    assert page.status == 302
    assert list_sales(shop) == [("19.90", 0)]


def test_of_several_the_seller_chooses_and_what_has_no_price_is_asked_for(shop: Server, till: Till) -> None:
    till.press(codigo="grosso")
    assert "É este? Café grosso P00004" in till.text
    till.press(codigo="2*café")
    assert "Qual destes? Café torrado P00003 · sem preço Café grosso P00004 · R$ 10,00" in till.text

    till.press("incluir-p3")
    assert re.search(r'name="preco"[^>]* autofocus', till.page.text)
    refused = till.press("fechar")
    assert refused.status == 400
    assert "Informe o preço de Café torrado." in till.text
    assert re.search(r'name="preco"[^>]* aria-invalid="true"[^>]* autofocus', till.page.text)
    till.press("fechar", preco="8,00")

    assert list_sales(shop) == [("16.00", 1)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"quantidade": "1,5"}, "Em UN, informe um número inteiro."),
        ({"quantidade": "x"}, "Escreva o número assim"),
        ({"quantidade": "0"}, "maior que zero"),
        ({"preco": "1.5"}, "Escreva o valor assim"),
        ({"preco": ""}, "Informe o preço de Parafuso 10mm."),
        ({"desconto": "5 %%"}, "Escreva o desconto assim"),
        ({"desconto": "2,50"}, "O total deve ser maior que zero."),
        ({"desconto": "9"}, "O desconto passa do total"),
        ({"recebido": "2"}, "Faltam R$\xa00,50."),
        ({"codigo": "presunto"}, "O produto digitado ainda não está na venda"),
        ({"quantidade": "99.999.999.999", "preco": "9.999.999"}, "O total passa do limite"),
    ],
)
def test_what_cannot_be_sold_is_said_and_stays_typed(
    shop: Server, till: Till, typed: dict[str, str], said: str
) -> None:
    till.press(codigo=BOLT_CODE)

    page = till.press("fechar", **typed)

    assert page.status == 400
    assert said in page.text
    for name, text in typed.items():
        assert (name, text) in till.form
    assert list_sales(shop) == []


def test_nothing_is_no_sale(shop: Server, till: Till) -> None:
    page = till.press("fechar")

    assert page.status == 400
    assert "Leia ou digite um produto, ou informe um valor." in till.text
    assert list_sales(shop) == []


def test_a_line_is_taken_away(till: Till) -> None:
    till.press(codigo=BOLT_CODE)
    till.press(codigo="p4")

    till.press("tirar-0")

    assert "Parafuso" not in till.text
    assert "R$ 10,00" in till.text


@pytest.mark.parametrize("code", ["7890000000000", "nada assim", "p99"])
def test_what_nothing_has_is_said_and_stays_typed(till: Till, code: str) -> None:
    till.press(codigo=code)

    assert "Nenhum produto tem este nome ou código." in till.text
    assert ("codigo", code) in till.form


def test_a_scan_into_another_field_is_the_next_product(till: Till) -> None:
    till.press(codigo="p4")

    till.press(recebido=BOLT_CODE)

    assert "Parafuso 10mm" in till.text
    assert ("recebido", BOLT_CODE) not in till.form


@pytest.mark.parametrize("field", ["quantidade", "preco", "desconto", "recebido", "valor"])
@pytest.mark.parametrize("code", ["96385074", "]E496385074", "9638507"])
def test_a_code_that_no_product_has_is_no_number_of_a_sale(shop: Server, till: Till, field: str, code: str) -> None:
    if field != "valor":
        till.press(codigo="p4")

    till.press(**{field: code})
    till.press("fechar")
    till.press("fechar")

    assert list_sales(shop) == []
    assert "96.385.074" not in till.text


def test_whoever_has_several_shops_says_in_which(shop: Server, products: dict[str, str]) -> None:
    till = Till(open_as(shop, "Carla"))
    till.press(codigo=BOLT_CODE)
    without = till.press("fechar", loja_id="")
    page = till.press("fechar", loja_id=NORTE)

    assert without.status == 400
    assert page.status == 302
    assert [sale["loja_id"] for sale in shop.person("Davi").get("/vendas").json] == []
    assert [sale["loja_id"] for sale in shop.person("Carla").get("/vendas").json] == [NORTE]


def test_a_stale_form_comes_back_as_it_was_and_sells_nothing(shop: Server, till: Till) -> None:
    till.press(codigo=BOLT_CODE)

    page = till.press("fechar", csrf_token="x", recebido="5,00")

    assert page.status == 400
    assert ("recebido", "5,00") in till.form
    assert list_sales(shop) == []


def test_what_was_read_is_what_is_sold(shop: Server, till: Till) -> None:
    till.press(codigo=BOLT_CODE)
    assert shop.person("Carla").change("p1", '"1"', nome="Parafuso 10mm", preco="9.00").status_code == 200

    till.sell()

    assert list_sales(shop) == [("2.50", 1)]


def test_a_product_that_is_gone_leaves_the_sale_that_a_browser_has_kept_and_says_so(shop: Server, till: Till) -> None:
    till.press(codigo=BOLT_CODE)
    kept = till.address + "&produto=p999&quantidade=1&preco=9,00"

    till.page = till.browser.open(kept)
    assert "Um produto que estava nesta venda não existe mais" in till.text
    assert [value for name, value in till.form if name == "produto"] == ["p1"]
    till.sell()

    assert list_sales(shop) == [("2.50", 1)]
