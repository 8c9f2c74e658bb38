"""Pictures of both programs, for eyes: the two of the README, and the rest in both themes."""

from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest

from almoxarife.clients.api_client import ApiClient
from almoxarife.wire.accounts import Registration
from almoxarife.wire.catalog import ProductIn
from almoxarife.wire.stock import MovementIn
from tests.gui.desk import Api, Desk, Window

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


@pytest.fixture
def wide_desk(needs_screen: None, tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(stack, tmp_path, "1240x820")


@pytest.fixture
def stocked(api: Api) -> ApiClient:
    """A shop with products and a few movements; maria has the keyboard."""
    visitor = ApiClient(api.url)
    visitor.register(Registration(username="maria", password="1234"))
    maria = api.client("maria")
    for number, (name, unit, barcode, price, quantity, minimum) in enumerate(SHELF):
        fields = {"nome": name, "unidade": unit, "codigo_barras": barcode, "preco": price}
        fields["estoque_minimo"] = Decimal(minimum)
        product = maria.create_product(ProductIn.model_validate(fields), key=f"produto-{number}")
        movement = MovementIn(produto_id=product.id, quantidade=Decimal(quantity))
        maria.record_movement(movement, key=f"entrada-{number}")
    return maria


def test_pictures_of_both_programs(
    stack: ExitStack, wide_desk: Desk, api: Api, stocked: ApiClient, tmp_path: Path, images: Path
) -> None:
    cadastro = Window(stack, wide_desk, tmp_path, "cadastro", api)
    cadastro.activate()
    cadastro.shows("Servidor conectado")
    picture(cadastro, images / "entrar.png")
    cadastro.log_in("maria")
    monitor = Window(stack, wide_desk, tmp_path, "monitor", api)
    monitor.log_in("maria")
    monitor.shows("histórico até")
    sugar, _, coffee = (p.id for p in stocked.products().items or [] if p.name[:4] in {"Açúc", "Arro", "Café"})
    for number, (product, quantity) in enumerate([(sugar, 40), (coffee, 12), (sugar, 5)]):
        stocked.record_movement(MovementIn(produto_id=product, quantidade=Decimal(quantity)), key=f"ao-vivo-{number}")
    sold = MovementIn(tipo="saida", produto_id=sugar, quantidade=Decimal(6), motivo="venda no balcão")
    stocked.record_movement(sold, key="saida")
    monitor.shows("−6 | Açúcar cristal 1 kg")
    picture(monitor, images / "monitor.png")

    cadastro.activate()
    cadastro.key("F2")
    cadastro.type("acu")
    cadastro.key("Return")
    cadastro.type("25")
    cadastro.key("Return")
    cadastro.shows("✓ +25 Açúcar cristal 1 kg")
    cadastro.key("F3")
    cadastro.type("cafe")
    cadastro.shows("Café torrado 500 g | saldo")
    picture(cadastro, images / "cadastro-busca.png")
    cadastro.key("Return")
    cadastro.type("2")
    cadastro.key("Return")
    cadastro.type("venda")
    cadastro.shows("[venda]")
    picture(cadastro, images / "cadastro.png")
    cadastro.key("ctrl+d")
    picture(cadastro, images / "cadastro-escuro.png")
    monitor.activate()
    monitor.key("ctrl+d")
    picture(monitor, images / "monitor-escuro.png")
    cadastro.activate()
    cadastro.key("ctrl+n")
    cadastro.shows("Novo produto")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Digite o nome do produto.")
    picture(cadastro, images / "produto-escuro.png")
    for name in ("entrar", "cadastro", "monitor"):
        assert (images / f"{name}.png").stat().st_size > 10_000


def picture(window: Window, file: Path) -> None:
    """Once what it shows has come to rest."""
    from tests.gui.desk import wait_for

    last = [""]

    def is_still() -> bool:
        window.desk.screenshot(file, window.id)
        before, last[0] = last[0], window.desk.run("identify", "-format", "%#", str(file))
        return bool(before) and before == last[0]

    wait_for("a picture that does not change", is_still, within_s=10)
