"""Pictures of six screens in both themes, for eyes: two of them are the README's. No word on them is cut."""

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image, ImageGrab

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.desktop.frame.preferences import FILE_NAME
from almoxarife.wire.accounts import Registration
from almoxarife.wire.catalog import ProductIn
from almoxarife.wire.messages import MessageIn
from almoxarife.wire.sales import SaleIn
from almoxarife.wire.stock import MovementIn
from almoxarife.wire.stores import ChainIn, ShopIn
from tests.gui.conftest import Open
from tests.gui.desk import Api, Desk, Window, wait_for
from tests.gui.test_layout import cut, settle

SHELF = (
    ("Açúcar cristal 1 kg", "UN", "7896032501010", "5.49", 40, 20),
    ("Arroz agulhinha 5 kg", "UN", "7896006711117", "27.90", 18, 10),
    ("Café torrado 500 g", "UN", "7891000315507", "19.90", 3, 12),
    ("Detergente neutro 500 ml", "CX", None, "31.20", 6, 2),
    ("Feijão carioca 1 kg", "UN", None, "8.75", 52, 20),
    ("Mangueira de jardim ½″", "M", None, "4.10", "37.5", 10),
    ("Óleo de soja 900 ml", "UN", "7891107101621", "7.99", 4, 12),
    ("Pão de queijo congelado", "KG", None, "32.00", "12.25", 5),
    ("Parafuso sextavado 10 mm", "UN", None, "0.35", 1250, 500),
    ("Sabão em pó 1,6 kg", "PCT", None, "21.50", 9, 6),
)
MESSAGES = (
    "Bom dia! O freezer da Norte está pingando de novo.\nLiguei para a assistência; vêm amanhã às 9h.",
    "Acabou o troco de R$ 2,00 no caixa 1.",
)
COFFEE = (("entrada", 24, ""), ("saida", 18, "balcão"), ("saida", 4, "vencido"), ("ajuste", -2, "contagem"))


@pytest.fixture
def wide_desk(needs_screen: None, tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(stack, tmp_path, "1240x820")


@pytest.fixture
def shop(stopped_api: Api, tmp_path: Path) -> ApiClient:
    """Three shops with products and a few movements; maria has the keyboard, in Matriz."""
    stopped_api.start()
    visitor = ApiClient(stopped_api.url)
    for name in ("maria", "joão", "beatriz"):
        visitor.register(Registration(username=name, password="1234"))
    maria = stopped_api.client("maria")
    for name in ("Centro", "Norte"):
        maria.create_shop(ShopIn(nome=name))
    shops = [shop.id for shop in maria.shops()]
    for number, (name, unit, barcode, price, quantity, minimum) in enumerate(SHELF):
        fields = {"nome": name, "unidade": unit, "codigo_barras": barcode, "preco": price}
        fields["estoque_minimo"] = Decimal(minimum)
        product = maria.create_product(ProductIn.model_validate(fields), key=f"produto-{number}")
        for place, shop_id in enumerate(shops):
            part = Decimal(quantity) if place == 0 else Decimal(place + 1)
            movement = MovementIn(produto_id=product.id, quantidade=part, loja_id=shop_id)
            maria.record_movement(movement, key=f"entrada-{number}-{place}")
    explain_coffee(maria, shops[0])
    sell_for_a_chain(maria, stopped_api.client("beatriz"))
    beatriz = stopped_api.client("beatriz")
    for number, text in enumerate(MESSAGES):
        beatriz.send_message(MessageIn(para="maria", texto=text), key=f"recado-{number}")
    (tmp_path / "cliente").mkdir()
    (tmp_path / "cliente" / FILE_NAME).write_text(json.dumps({"loja": shops[0]}), encoding="utf-8")
    return maria


def sell_for_a_chain(maria: ApiClient, beatriz: ApiClient) -> None:
    """A shop more, in a chain, and sales of an amount in two others."""
    chain = maria.create_chain(ChainIn(nome="Rede Boa Compra"))
    maria.create_shop(ShopIn(nome="Sul", cnpj="11.222.333/0001-81", rede_id=chain.id))
    for number, (seller, amount) in enumerate([(maria, "640.00"), (beatriz, "415.50"), (maria, "89.90")]):
        shop_id = seller.shops()[0].id
        seller.sell(SaleIn.model_validate({"loja_id": shop_id, "valor": amount}), key=f"venda-{number}")


def explain_coffee(maria: ApiClient, shop_id: str) -> None:
    """Movements in and out that leave the balance as it is."""
    coffee = next(product.id for product in maria.products().items or [] if product.name.startswith("Café"))
    for number, (kind, quantity, reason) in enumerate(COFFEE):
        movement = MovementIn(
            tipo=kind, produto_id=coffee, quantidade=Decimal(quantity), motivo=reason or None, loja_id=shop_id
        )
        maria.record_movement(movement, key=f"cafe-{number}")


@pytest.fixture
def open_wide(stack: ExitStack, wide_desk: Desk, stopped_api: Api, tmp_path: Path) -> Open:
    return lambda program: Window(stack, wide_desk, tmp_path, program, stopped_api)


def test_pictures_of_the_cadastro(open_wide: Open, shop: ApiClient, images: Path) -> None:
    cadastro = open_wide("cadastro")
    cadastro.activate()
    cadastro.focus_is("Usuário")
    cadastro.type("maria")
    cadastro.key("Return")
    cadastro.type("errada")
    cadastro.key("Return")
    cadastro.shows("✕ Usuário ou senha incorretos.")
    pictures(cadastro, images / "entrar.png")
    cadastro.type("1234")
    cadastro.key("Return")
    cadastro.shows("P00001 | Açúcar cristal 1 kg")
    cadastro.key("F2")
    cadastro.type("acu")
    cadastro.key("Return")
    cadastro.focus_is("Quantidade")
    cadastro.type("25")
    cadastro.key("Return")
    cadastro.shows("✓ +25 Açúcar cristal 1 kg")
    cadastro.key("F3")
    cadastro.type("cafe")
    cadastro.shows("Café torrado 500 g | saldo")
    cadastro.key("Return")
    cadastro.focus_is("Quantidade")
    cadastro.type("2")
    cadastro.shows("saldo 3 → 1 UN")
    pictures(cadastro, images / "cadastro.png")
    cadastro.key("F11")
    cadastro.shows("-18 | 9")
    pictures(cadastro, images / "saldo.png")
    cadastro.key("Escape", "ctrl+i")
    cadastro.focus_is("Arquivo")
    list_of_another_program(Path(cadastro.desk.env["HOME"], "Documentos"))
    cadastro.type("~/Documentos/lista de produtos.csv")
    cadastro.key("Return")
    cadastro.shows("8 linhas lidas")
    cadastro.key("ctrl+Return")
    cadastro.shows("⚠ 8 linhas: 3 novos")
    pictures(cadastro, images / "importar.png")
    cadastro.key("Escape", "ctrl+n")
    cadastro.shows("Novo produto")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Digite o nome do produto.")
    pictures(cadastro, images / "produto.png")
    cadastro.key("Escape", "ctrl+r")
    cadastro.shows("● novo | beatriz | Acabou o troco")
    cadastro.key("End")
    cadastro.shows("Liguei para a assistência")
    cadastro.tab_to("Responder")
    cadastro.key("space")
    cadastro.focus_is("Recado")
    cadastro.paste("Aviso agora mesmo.")
    pictures(cadastro, images / "recados.png")
    cadastro.key("Escape", "ctrl+j")
    cadastro.shows("Sul | 11.222.333/0001-81 | Rede Boa Compra")
    cadastro.key("Down", "End")
    cadastro.shows("CNPJ confere.")
    pictures(cadastro, images / "lojas.png")
    cadastro.key("Escape", "ctrl+u")
    cadastro.shows("2º | beatriz")
    pictures(cadastro, images / "totais.png")
    cadastro.key("Escape", "F8")
    cadastro.shows("beatriz | ● ativo")
    cadastro.key("Down")
    cadastro.shows("Salvar  Ctrl+Enter")
    pictures(cadastro, images / "usuarios.png")
    cadastro.key("Escape", "F12")
    cadastro.shows("Fechar venda")
    sell(cadastro)
    pictures(cadastro, images / "venda.png")


LIST = """\
Código;Descrição;Unidade;Preço;Estoque;Custo;Estoque minimo;GTIN/EAN;GTIN/EAN da embalagem;Unidade por Caixa
A1;Açúcar cristal 1 kg;UN;5,79;52;4,10;20;7896032501010;17896032501017;10
A2;Café torrado 500 g;UN;21,90;12;14,50;12;7891000315507;;
A3;Chá mate 250 g;UN;8,90;36;5,20;12;7891098000019;SEM GTIN;
A4;Feijao carioca 1 kg;UN;8,75;30;6,00;20;SEM GTIN;;
A5;Fubá 1 kg;UN;caro;12;2,10;;;;
A6;Macarrão 500 g;UN;4,29;-3;2,80;10;;;
A7;Vinagre 750 ml;BALDE;3,19;24;1,90;6;;;
Total;;;;163;;;;;
"""


def list_of_another_program(folder: Path) -> None:
    """With all that a checked list may say."""
    folder.mkdir()
    (folder / "lista de produtos.csv").write_text(LIST, "utf-8")


def sell(cadastro: Window) -> None:
    """One sale closed, the next one open with a discount and the change."""
    cadastro.type("sabao")
    cadastro.key("Return", "ctrl+Return")
    cadastro.shows("✓ registrada no servidor")
    for typed, line in (
        ("3*cafe", "1 | Café"),
        ("0,355*pao", "2 | Pão"),
        ("oleo", "3 | Óleo"),
        ("12*para", "4 | Parafuso"),
    ):
        cadastro.type(typed)
        cadastro.key("Return")
        cadastro.shows(line)
    cadastro.key("ctrl+t")
    cadastro.type("5%")
    cadastro.key("ctrl+b")
    cadastro.type("100")
    cadastro.shows("Troco")


def test_pictures_of_the_monitor(open_wide: Open, shop: ApiClient, stopped_api: Api, images: Path) -> None:
    monitor = open_wide("monitor")
    monitor.log_in("maria")
    monitor.shows("histórico até")
    shops = [shop.id for shop in shop.shops()]
    sugar, rice, coffee = [product.id for product in shop.products().items or []][:3]
    joao = stopped_api.client("joão")
    for number, (product_id, quantity) in enumerate([(sugar, 40), (coffee, 12)]):
        joao.record_movement(
            MovementIn(produto_id=product_id, quantidade=Decimal(quantity), loja_id=shops[0]), key=f"ao-vivo-{number}"
        )
    monitor.shows("+12 | Café torrado 500 g")
    stopped_api.signal(signal.SIGKILL)
    monitor.shows("Sem servidor desde")
    stopped_api.start()
    monitor.shows("nada perdido")
    back = stopped_api.client("maria")
    sold = MovementIn(tipo="saida", produto_id=sugar, quantidade=Decimal(6), motivo="balcão", loja_id=shops[0])
    back.record_movement(sold, key="saida")
    back.record_movement(MovementIn(produto_id=rice, quantidade=Decimal(24), loja_id=shops[2]), key="arroz")
    monitor.shows("+24 | Arroz agulhinha 5 kg")
    pictures(monitor, images / "monitor.png")


def pictures(window: Window, file: Path) -> None:
    """In light, and in dark beside it."""
    for image, is_dark in ((file, True), (file.with_stem(f"{file.stem}-escuro"), False)):
        settle(window, cut)
        picture(window, image)
        assert image.stat().st_size > 10_000
        window.key("ctrl+d")
        wait_for("the other theme", lambda is_dark=is_dark: window.preferences().get("escuro", False) is is_dark)


def picture(window: Window, file: Path) -> None:
    still(window).save(file)


def still(window: Window) -> Image.Image:
    """What it shows once that has come to rest."""
    seen: list[Image.Image] = []

    def is_still() -> bool:
        x, y, width, height = window.now("place")
        screen = ImageGrab.grab(xdisplay=window.desk.env["DISPLAY"])
        seen.append(screen.crop((x, y, x + width, y + height)))
        return len(seen) > 1 and seen[-1] == seen[-2]

    wait_for("a picture that does not change", is_still)
    return seen[-1]
