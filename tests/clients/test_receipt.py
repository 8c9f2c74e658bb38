"""What a receipt says, of a sale of items and of an amount alone, and the PDF that it becomes."""

from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest

from almoxarife.clients.desktop.cadastro.selling.last_sale import ClosedSale
from almoxarife.clients.desktop.cadastro.selling.papers.pdf import (
    NOT_FISCAL,
    NotPrinted,
    SlipLine,
    Style,
    make_pdf,
    write_pdf,
)
from almoxarife.clients.desktop.cadastro.selling.papers.receipt import print_receipt
from almoxarife.clients.desktop.cadastro.selling.papers.saving import _write
from almoxarife.clients.queue.outgoing import Kind, QueuedRow, State, of_sale
from almoxarife.wire.sales import SaleIn, SaleItemIn
from tests.clients.queue_things import ANA
from tests.clients.things import product

ZONE = ZoneInfo("America/Sao_Paulo")
NBSP = "\N{NO-BREAK SPACE}"
NAMES = {"p1": product("Café torrado 500 g", "p1"), "p2": product("Queijo", "p2", unit="KG")}


def row_of(sale, *, state=State.ACKED, recorded_id="v12"):
    outgoing = of_sale(sale)
    return QueuedRow(
        number=1, key="k", owner=ANA, kind=Kind.SALE, path=outgoing.path, body=outgoing.body, label=outgoing.label,
        state=state, reason="", confirmed_at=datetime(2026, 11, 20, 17, 2, tzinfo=UTC), recorded_id=recorded_id,
        is_undone=False,
    )  # fmt: skip


def printed(closed, shops=MappingProxyType({"l1": "Loja Centro"})):
    entries = print_receipt(closed, find=NAMES.get, shops=shops, seller="Ana", zone=ZONE)
    return [f"{entry.left}|{entry.right}".replace(NBSP, " ").strip("|") for entry in entries]


ITEMS = SaleIn(
    valor=Decimal("71.91"),
    itens=[
        SaleItemIn(produto_id="p1", quantidade=Decimal(3), preco=Decimal("19.90")),
        SaleItemIn(produto_id="p2", quantidade=Decimal("0.355"), preco=Decimal("40.00")),
        SaleItemIn(produto_id="p9", quantidade=Decimal(1), preco=Decimal("0.01")),
    ],
    desconto=Decimal("2.00"),
)


def test_every_line_the_discount_and_the_total():
    assert printed(ClosedSale(row_of(ITEMS))) == [
        "Loja Centro",
        "Recibo de venda",
        NOT_FISCAL,
        "20/11/2026 14:02|Venda v12",
        "Vendedor: Ana",
        "1  Café torrado 500 g",
        "     3 UN × R$ 19,90|R$ 59,70",
        "2  Queijo",
        "     0,355 KG × R$ 40,00|R$ 14,20",
        "3  p9",
        "     1 × R$ 0,01|R$ 0,01",
        "Soma|R$ 73,91",
        "Desconto|-R$ 2,00",
        "TOTAL|R$ 71,91",
    ]


def test_the_shop_is_the_one_of_the_sale():
    shops = {"l1": "Loja Centro", "l2": "Loja Norte"}
    sold_in_norte = row_of(SaleIn(valor=Decimal("5.00"), loja_id="l2"))

    assert printed(ClosedSale(sold_in_norte), shops)[0] == "Loja Norte"
    assert printed(ClosedSale(sold_in_norte), {})[0] == "Recibo de venda"
    assert printed(ClosedSale(row_of(SaleIn(valor=Decimal("5.00")))), shops)[0] == "Recibo de venda"


def test_an_amount_alone_that_the_server_does_not_have_yet():
    waiting = row_of(SaleIn(valor=Decimal("5.00")), state=State.PENDING, recorded_id=None)

    assert printed(ClosedSale(waiting, is_held=True))[3:] == [
        "20/11/2026 14:02|Venda ainda sem número",
        "Vendedor: Ana",
        "TOTAL|R$ 5,00",
        "Gravada neste computador, espera o servidor",
    ]


def test_a_cancelled_sale_says_so():
    sale = row_of(ITEMS)

    assert printed(ClosedSale(sale, cancellation=sale))[-2:] == ["CANCELADA", "cancelada no servidor"]


def test_the_pdf_holds_any_text_and_any_length(tmp_path):
    strange = [SlipLine("Café 日本 − €", "R$ 1,00", Style.TOTAL), SlipLine("x" * 500, follows_rule=True), SlipLine("")]
    assert make_pdf("Recibo", strange).startswith(b"%PDF-")
    assert make_pdf("Recibo", []).startswith(b"%PDF-")

    write_pdf(tmp_path / "longo.pdf", "Recibo", [SlipLine(f"{n} Café", "R$ 1,00") for n in range(3000)])
    assert (tmp_path / "longo.pdf").read_bytes().count(b"/Type /Page\n") >= 2


def test_a_file_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "pasta").write_text("")
    with pytest.raises(NotPrinted, match="Não foi possível gravar"):
        write_pdf(tmp_path / "pasta" / "recibo.pdf", "Recibo", [])
    assert _write(tmp_path / "recibo.pdf", "Recibo", [])[0]
    is_good, sentence = _write(tmp_path / "pasta" / "recibo.pdf", "Recibo", [])
    assert (is_good, sentence.startswith("Não foi possível gravar recibo.pdf")) == (False, True)
