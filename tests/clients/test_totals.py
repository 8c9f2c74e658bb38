"""*Vendas* in words: the days that are meant, the rows, the sheets."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from almoxarife.clients.desktop.cadastro.totals import query, words
from almoxarife.clients.desktop.cadastro.totals.columns import PRODUCTS
from almoxarife.clients.desktop.cadastro.totals.query import PERIODS, Question, SalesReport
from almoxarife.clients.desktop.kit.forms import FormInvalid
from almoxarife.clients.desktop.kit.virtual_list import SortOrder
from almoxarife.wire.accounts import LoggedInUser, Role
from almoxarife.wire.sales import Ranked, RankedBy, SaleItem, SalesTotal, SoldBy
from tests.clients.things import NOON, sale

TODAY = date(2026, 3, 5)
SHOPS = {"l1": "Matriz"}


def ranked(name, total, *, place=1, number="u1", sales=3, **more):
    return Ranked(id=number, nome=name, total=Decimal(total), vendas=sales, lugar=place, **more)


def told(*, by=RankedBy.SELLER, ranking=(), sales=(), total="560.00", count=3, days=(None, None)):
    return SalesReport(
        Question(days, by), SalesTotal(total=Decimal(total), vendas=count), [], [], list(ranking), list(sales)
    )


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("Hoje", "05/03/2026", "05/03/2026"),
        ("Ontem", "04/03/2026", "04/03/2026"),
        ("Últimos 7 dias", "27/02/2026", "05/03/2026"),
        ("Este mês", "01/03/2026", "05/03/2026"),
        ("Mês passado", "01/02/2026", "28/02/2026"),
        ("Este ano", "01/01/2026", "05/03/2026"),
        ("Todo o tempo", "", ""),
    ],
)
def test_a_period_writes_its_days_and_is_known_by_them(name, since, until):
    days = PERIODS[name](TODAY)

    assert query.format_days(days) == (since, until)
    assert query.parse_days(since, until, TODAY) == days
    assert query.name_period(days, TODAY) == name


def test_other_days_are_called_so_and_one_side_may_be_open():
    days = query.parse_days("01/02/2026", " ", TODAY)

    assert days == (date(2026, 2, 1), None)
    assert query.name_period(days, TODAY) == "Outros dias"


@pytest.mark.parametrize(
    ("since", "until", "errors"),
    [
        ("31/02/2023", "", {"de": "Este dia não existe no calendário."}),
        ("x", "y", {"de": "Escreva o dia assim: 05/03/2026", "ate": "Escreva o dia assim: 05/03/2026"}),
        ("02/03", "01/03", {"ate": "O último dia vem antes do primeiro."}),
        ("01/01/1999", "", {"de": "Este dia é antigo demais."}),
    ],
)
def test_days_that_are_wrong_are_said(since, until, errors):
    with pytest.raises(FormInvalid) as invalid:
        query.parse_days(since, until, TODAY)

    assert invalid.value.errors == errors


def test_the_total_and_who_is_first():
    assert words.summed_up(SalesTotal(total=Decimal("1560.00"), vendas=32)) == "R$\xa01.560,00 em 32 vendas"
    assert words.summed_up(SalesTotal(total=Decimal("5.00"), vendas=1)) == "R$\xa05,00 em 1 venda"
    assert words.summed_up(SalesTotal(total=Decimal(0), vendas=0)) == "Nenhuma venda nestes dias."
    assert (
        words.best([ranked("Centro", "900")], [ranked("Ana", "450"), ranked("Bia", "450")])
        == "Melhor loja: Centro (R$\xa0900,00) · Melhores vendedores: Ana e Bia (R$\xa0450,00)"
    )
    assert words.best([], [ranked(name, "1") for name in "abcde"]) == "Melhores vendedores: a, b e mais 3 (R$\xa01,00)"
    assert words.best([], []) == ""


def test_a_ranking_shows_place_share_and_days_as_people_say_them():
    rows = words.ranking_rows(told(ranking=[ranked("Ana", "420"), ranked("Bia", "140", place=2, sales=1)]))
    assert [row.cells for row in rows] == [
        ("1º", "Ana", "R$\xa0420,00", "75 %", "3"),
        ("2º", "Bia", "R$\xa0140,00", "25 %", "1"),
    ]
    assert words.ranking_rows(told())[0].sentence == "Nenhuma venda nestes dias."
    assert words.share(Decimal(1), Decimal(3)) == "33,3 %"
    day, hour = ranked("x", "1", number="2026-03-05"), ranked("x", "1", number="23")
    assert words.name_of(day, RankedBy.DAY) == "05/03/2026, quinta"
    assert words.name_of(hour, RankedBy.HOUR) == "das 23h às 00h"


def test_products_show_how_many_were_sold_and_are_sorted_by_it_too():
    coffee = ranked("Café", "60", quantidade=Decimal("1.25"), unidade="KG", sales=1)
    screws = ranked("Parafuso", "20", place=2, quantidade=Decimal(1500), unidade="UN")
    paid = told(by=RankedBy.PRODUCT, total="80", ranking=[coffee, screws])
    by_quantity = SortOrder("quantidade", is_descending=True)

    assert [row.cells for row in words.ranking_rows(paid)] == [
        ("1º", "Café", "R$\xa060,00", "75 %", "1,25 KG", "1"),
        ("2º", "Parafuso", "R$\xa020,00", "25 %", "1.500 UN", "3"),
    ]
    assert [row.cells[0] for row in words.ranking_rows(paid, by_quantity)] == ["2º", "1º"]
    for column in PRODUCTS:
        assert len(words.ranking_rows(paid, SortOrder(column.name))) == 2
    sheet = words.ranking_sheet(paid, by_quantity)
    assert [heading.title for heading in sheet.headings][3:5] == ["Quantidade", "Unidade"]
    assert list(sheet.rows) == [
        (2, "Parafuso", Decimal(20), Decimal(1500), "UN", 3),
        (1, "Café", Decimal(60), Decimal("1.25"), "KG", 1),
    ]
    of_older_server = told(by=RankedBy.PRODUCT, ranking=[ranked("Café", "1")])
    assert words.ranking_rows(of_older_server)[0].cells[4] == ""


def item(name="Café", quantity="2", price="10.00", discount="0"):
    return SaleItem(
        produto_id="p1", nome_produto=name, unidade="UN", quantidade=Decimal(quantity), preco=Decimal(price),
        subtotal=Decimal(quantity) * Decimal(price), desconto=Decimal(discount), movimentacao_id="m1",
        estoque_negativo=False,
    )  # fmt: skip


def test_sales_one_by_one_say_what_was_sold_and_how_it_ended():
    many = sale(2, "30.00").model_copy(update={"items": [item(), item("Pão")], "is_below_zero": True})
    gone = sale(3, cancelled=True).model_copy(
        update={"cancelled_for": "engano", "cancelled_by": SoldBy(id="u2", nome="Bruno")}
    )
    rows = words.sale_rows(told(by=None, sales=[sale(1), many, gone]), SHOPS)

    assert [row.cells[1:] for row in rows] == [
        ("Matriz", "ana", "valor avulso", "R$\xa019,90", ""),
        ("Matriz", "ana", "2 UN Café e mais 1 item", "R$\xa030,00", "⚠ faltou saldo"),
        ("Matriz", "ana", "valor avulso", "R$\xa019,90", "✕ cancelada"),
    ]
    assert words.described(gone, SHOPS).endswith("· cancelada em 20/11/2026 12:00 por Bruno: engano")


def test_a_sheet_has_a_line_for_each_item_that_adds_up():
    sold = sale(2, "18.00").model_copy(update={"items": [item(discount="2.00")], "discount": Decimal(2)})
    sheet = words.sales_sheet(told(by=None, sales=[sold, sale(1, cancelled=True)]), SHOPS)

    assert list(sheet.rows) == [
        (2, sold.occurred_at, "Matriz", "ana", "Café", Decimal(2), "UN", Decimal("10.00"), Decimal("2.00"),
         Decimal("18.00"), ""),
        (1, sale(1).occurred_at, "Matriz", "ana", None, None, None, None, None, Decimal("19.90"), "cancelada"),
    ]  # fmt: skip
    assert sold.occurred_at > NOON
    by_shop = words.ranking_sheet(told(by=RankedBy.SHOP, ranking=[ranked("Centro", "9")]))
    assert (by_shop.name, list(by_shop.rows)) == ("Vendas por loja", [(1, "Centro", Decimal(9), 3)])


def test_the_file_is_named_by_what_is_in_it():
    days = date(2026, 3, 1), date(2026, 3, 5)

    assert words.file_name(told(by=RankedBy.SHOP, days=days)) == "vendas por loja de 2026-03-01 a 2026-03-05 em"
    assert words.file_name(told(by=None)) == "vendas uma a uma em"


class Ledger:
    """A server's five sales, newest last, asked for two at once."""

    def __init__(self):
        self.sold = [sale(number) for number in range(1, 6)]
        self.asked = []

    def sales(self, *, newest, before, **filters):
        self.asked.append(filters)
        found = [each for each in self.sold if before is None or each.seq < int(before[1:])]
        return found[-newest:]

    def sales_total(self, **filters):
        return SalesTotal(total=Decimal("99.50"), vendas=5)


def test_older_sales_come_page_by_page_and_all_of_them_for_a_file(monkeypatch):
    monkeypatch.setattr(query, "MAX_SALES", 2)
    ledger = Ledger()
    asked = Question((None, None), None, seller_id="u1")

    first = query.ask(ledger, asked)
    assert [each.seq for each in first.sales] == [5, 4]
    assert words.cut(first) == "As 2 mais novas; “Mais antigas” traz as anteriores."
    second = query.ask_older(ledger, first)
    assert [each.seq for each in second.sales] == [5, 4, 3, 2]
    everything = query.ask_all(ledger, second)
    assert [each.seq for each in everything.sales] == [5, 4, 3, 2, 1]
    assert not everything.has_older
    assert words.cut(everything) == ""
    assert {each["seller_id"] for each in ledger.asked} == {"u1"}


def test_a_line_of_a_ranking_leads_to_its_sales():
    asked = Question((date(2026, 3, 1), date(2026, 3, 5)), RankedBy.DAY, chain_id="r1")

    assert query.narrow(asked, RankedBy.DAY, "2026-03-02") == Question(
        (date(2026, 3, 2), date(2026, 3, 2)), None, chain_id="r1"
    )
    for by, field in ((RankedBy.SELLER, "seller_id"), (RankedBy.SHOP, "shop_id"), (RankedBy.CHAIN, "chain_id")):
        found = query.narrow(asked, by, "x")
        assert (found.by, found.days, getattr(found, field)) == (None, asked.days, "x")
    hour = query.narrow(asked, RankedBy.HOUR, "14", "das 14h às 15h")
    product = query.narrow(asked, RankedBy.PRODUCT, "p1", "Café")
    assert (hour.by, hour.hour, hour.about) == (None, 14, "das 14h às 15h")
    assert (product.by, product.product_id, product.about) == (None, "p1", "Café")
    assert hour.without_line == product.without_line == replace(asked, by=None)


def test_the_items_of_a_sale_are_as_on_the_receipt():
    sold = sale(2, "18.00").model_copy(update={"items": [item(discount="2.00"), item("Pão")]})

    assert [row.cells for row in words.item_rows(sold)] == [
        ("Café", "2 UN", "R$\xa010,00", "R$\xa02,00", "R$\xa018,00"),
        ("Pão", "2 UN", "R$\xa010,00", "", "R$\xa020,00"),
    ]
    assert words.item_rows(sale(1))[0].sentence == "Um valor avulso: nenhum item."


def test_what_came_today_may_be_taken_back_today_whenever_it_happened():
    """It waited in a queue over the night, which the server does not hold against who sold it."""
    zone, noon = ZoneInfo("America/Sao_Paulo"), datetime(2026, 3, 5, 15, tzinfo=UTC)
    came = sale(1).model_copy(update={"occurred_at": noon - timedelta(days=1), "recorded_at": noon})
    late = noon.replace(day=6, hour=2, minute=59)

    assert words.is_of_day(came, noon, zone)
    assert words.is_of_day(came, late, zone)
    assert not words.is_of_day(came, late + timedelta(minutes=1), zone)


@pytest.mark.parametrize(
    ("number", "role", "day", "may"),
    [
        ("u1", Role.SELLER, 5, True),
        ("u1", Role.SELLER, 6, False),
        ("u2", Role.SELLER, 5, False),
        ("u2", Role.MANAGER, 6, True),
    ],
)
def test_who_may_take_a_sale_back(number, role, day, may):
    zone, noon = ZoneInfo("America/Sao_Paulo"), datetime(2026, 3, 5, 15, tzinfo=UTC)
    sold = sale(1).model_copy(update={"recorded_at": noon, "sold_by": SoldBy(id="u1", nome="Ana")})
    person = LoggedInUser(id=number, username="ana", papel=role, lojas=["l1"], criado_em=NOON)

    assert words.may_cancel(sold, person, noon.replace(day=day), zone) is may
    assert not words.may_cancel(sold.model_copy(update={"cancelled_at": noon}), person, noon, zone)
    assert not words.may_cancel(sold, None, noon, zone)
