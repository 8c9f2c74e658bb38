"""A sale while it is made: lines, quantities, prices, discounts, an amount alone, change, and what is sent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoxarife.brazil import round_money
from almoxarife.wire.codes.scanned import Scanned
from almoxarife.wire.sales import MAX_ITEMS, find_total
from almoxarife.wire.selling.open_sale import Discount, OpenSale, SaleRefused
from almoxarife.wire.selling.typed import (
    read_discount,
    read_money,
    read_quantity,
    split_times,
)
from tests.clients.things import product

COFFEE = product("Café torrado 500 g", "p1", price="19.90")
CHEESE = product("Queijo", "p2", unit="KG", price="49.99")
BAG = product("Sacola", "p3")
ONE = Decimal(1)


def sale_of(*lines):
    sale = OpenSale()
    for item, quantity in lines:
        sale = sale.add(item, Decimal(quantity))
    return sale


def test_lines_their_subtotals_and_the_total():
    sale = sale_of((COFFEE, 3), (CHEESE, "0.355"))

    assert [line.subtotal for line in sale.lines] == [Decimal("59.70"), Decimal("17.75")]
    assert sale.total == Decimal("77.45")


def test_a_piece_more_of_the_same_is_one_line_and_the_last_one():
    sale = sale_of((COFFEE, 1), (BAG, 1), (COFFEE, 2))

    assert [(line.name, line.quantity) for line in sale.lines] == [("Sacola", 1), ("Café torrado 500 g", 3)]


def test_what_is_weighed_twice_is_two_lines():
    assert [line.quantity for line in sale_of((CHEESE, "0.3"), (CHEESE, "0.4")).lines] == [
        Decimal("0.3"), Decimal("0.4"),
    ]  # fmt: skip


def test_a_price_that_has_changed_meanwhile_begins_another_line():
    dearer = COFFEE.model_copy(update={"price": Decimal("21.90")})

    assert sale_of((COFFEE, 1), (dearer, 1)).total == Decimal("41.80")


def test_a_quantity_is_changed_and_a_line_removed():
    sale = sale_of((COFFEE, 1), (BAG, 1)).change_quantity(0, Decimal(5))
    assert sale.total == Decimal("99.50")

    assert sale.remove(0).total == 0
    assert sale.remove(1).lines == sale.lines[:1]


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5"])
def test_what_is_counted_takes_whole_pieces_only(quantity):
    with pytest.raises(SaleRefused, match="número inteiro maior que zero"):
        sale_of((COFFEE, quantity))
    with pytest.raises(SaleRefused, match="número inteiro maior que zero"):
        sale_of((COFFEE, 1)).change_quantity(0, Decimal(quantity))


def test_a_product_without_a_price_needs_one_before_the_sale_is_closed():
    sale = sale_of((COFFEE, 1), (BAG, 2))
    with pytest.raises(SaleRefused, match="Informe o preço de Sacola"):
        sale.to_wire("l1")

    assert sale.set_price(1, Decimal("0.10")).to_wire("l1").amount == Decimal("20.10")


def test_what_is_not_sold_any_more_is_refused():
    with pytest.raises(SaleRefused, match="desativado"):
        sale_of((product("Velho", active=False, price="1"), 1))


def test_a_box_is_what_is_in_it():
    sale = OpenSale().add_scanned(Scanned(COFFEE, Decimal(12)), Decimal(2))

    assert [line.quantity for line in sale.lines] == [24]


@pytest.mark.parametrize("cost", ["0.01", "4.99", "19.99", "123.45", "999.98"])
@pytest.mark.parametrize("price", ["0.07", "40.00", "49.99", "899.90", None])
def test_what_a_scale_has_labelled_costs_what_the_label_says(cost, price):
    cheese = product("Queijo", "p2", unit="KG", price=price)
    weighed = None if price is None else (Decimal(cost) / Decimal(price)).quantize(Decimal("0.001")) or None
    sale = OpenSale().add_scanned(Scanned(cheese, weighed, Decimal(cost)))

    assert sale.total == sale.to_wire(None).amount == Decimal(cost)
    with pytest.raises(SaleRefused, match="leia cada uma"):
        sale.add_scanned(Scanned(cheese, weighed, Decimal(cost)), Decimal(2))


def test_a_label_is_billed_at_the_price_of_the_product():
    sale = OpenSale().add_scanned(Scanned(CHEESE, Decimal("0.4"), Decimal("19.99")))

    assert [(line.quantity, line.price) for line in sale.lines] == [(Decimal("0.3999"), Decimal("49.99"))]


def test_a_discount_in_reais_and_in_per_cent():
    sale = sale_of((COFFEE, 1))

    assert sale.set_discount(Discount(reais=Decimal("0.90"))).total == Decimal("19.00")
    assert sale.set_discount(Discount(percent=Decimal("12.5"))).total == Decimal("17.41"), "2,4875 are 2,49"
    assert sale.set_discount(Discount(percent=Decimal(10))).to_wire(None).discount == Decimal("1.99")


@pytest.mark.parametrize("discount", [Discount(reais=Decimal("19.90")), Discount(percent=Decimal(100))])
def test_nothing_is_given_away(discount):
    with pytest.raises(SaleRefused, match="maior que zero"):
        sale_of((COFFEE, 1)).set_discount(discount).to_wire(None)


def test_a_discount_of_more_than_it_costs_is_refused():
    with pytest.raises(SaleRefused, match="passa do total"):
        sale_of((COFFEE, 1)).set_discount(Discount(reais=Decimal(20))).to_wire(None)


def test_change_is_what_was_received_less_the_total():
    sale = sale_of((COFFEE, 1))
    assert sale.change is None

    assert sale.set_received(Decimal(50)).change == Decimal("30.10")
    with pytest.raises(SaleRefused, match=r"Faltam R\$.9,90"):
        sale.set_received(Decimal(10)).to_wire(None)


def test_a_sale_has_an_amount_or_items_but_not_both():
    sale = OpenSale().set_amount(Decimal("19.90"))

    assert sale.to_wire("l1").model_dump(exclude_none=True) == {"shop_id": "l1", "amount": Decimal("19.90")}
    with pytest.raises(SaleRefused, match="sem itens"):
        sale.add(COFFEE, ONE)
    with pytest.raises(SaleRefused, match="já com desconto"):
        sale.set_discount(Discount(reais=ONE))
    with pytest.raises(SaleRefused, match="Já há itens"):
        sale_of((COFFEE, 1)).set_amount(ONE)
    assert sale.set_amount(None).is_empty


def test_nothing_is_not_sold():
    with pytest.raises(SaleRefused, match="Leia ou digite um produto"):
        OpenSale().to_wire(None)


def test_more_than_the_wire_takes_is_refused_here_already():
    with pytest.raises(SaleRefused, match="passa do limite"):
        sale_of((product(price="9999999999.99"), 1), (COFFEE, 1))
    with pytest.raises(SaleRefused, match="passa do limite"):
        sale_of((BAG, "99999999999"), (BAG, 1))
    full = sale_of(*((product(f"P{n}", f"p{n}", price="1"), 1) for n in range(MAX_ITEMS)))
    with pytest.raises(SaleRefused, match=f"{MAX_ITEMS} itens"):
        full.add(COFFEE, ONE)


def test_a_new_sale_has_a_key_of_its_own_and_keeps_it():
    sale = OpenSale()

    assert sale.add(COFFEE, ONE).key == sale.key != OpenSale().key


# --- money ----------------------------------------------------------------------------

quantities = st.decimals(Decimal("0.0001"), Decimal(10_000), places=4)
prices = st.decimals(Decimal("0.01"), Decimal(100_000), places=2)


@given(
    lines=st.lists(st.tuples(quantities, prices), min_size=1, max_size=20),
    percent=st.none() | st.decimals(0, 100, places=2),
    reais=st.none() | st.decimals(0, 1000, places=2),
)
def test_no_centavo_is_lost_and_the_wire_says_what_the_screen_said(lines, percent, reais):
    discount = Discount(percent=percent) if percent is not None else Discount(reais=reais)
    sale = OpenSale()
    for number, (quantity, price) in enumerate(lines):
        sale = sale.add(product(f"P{number}", f"p{number}", unit="KG", price=str(price)), quantity)
    sale = sale.set_discount(discount)

    rounded = [round_money(quantity * price) for quantity, price in lines]
    assert sale.subtotal == sum(rounded)
    assert sale.total == sale.subtotal - sale.discounted
    assert sale.total == round(sale.total, 2)
    assert sale.discounted >= 0
    if percent is not None:
        assert abs(sale.discounted - sale.subtotal * percent / 100) <= Decimal("0.005")
    if sale.total > 0:
        sent = sale.to_wire(None)
        assert sent.amount == sale.total == find_total(rounded, sent.discount or Decimal(0))
    assert OpenSale.model_validate_json(sale.model_dump_json()) == sale


# --- what is typed --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3*", (Decimal(3), "")),
        ("3*7891000100103", (Decimal(3), "7891000100103")),
        (" 2,5 *queijo", (Decimal("2.5"), "queijo")),
        ("café", (None, "café")),
        ("7891000100103", (None, "7891000100103")),
        ("parafuso 3*4", (None, "parafuso 3*4")),
        ("*", (None, "*")),
    ],
)
def test_a_number_and_an_asterisk_say_how_many(text, expected):
    assert split_times(text) == expected


@pytest.mark.parametrize("text", ["0*", "1.5*", "1,23456*", "999999999999*"])
def test_how_many_that_cannot_be(text):
    with pytest.raises(ValueError, match=r"número|quantidade|código"):
        split_times(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Discount()),
        ("5", Discount(reais=Decimal(5))),
        ("R$ 1.234,50", Discount(reais=Decimal("1234.50"))),
        ("10%", Discount(percent=Decimal(10))),
        ("12,5 %", Discount(percent=Decimal("12.5"))),
    ],
)
def test_discounts_as_typed(text, expected):
    assert read_discount(text) == expected


@pytest.mark.parametrize("text", ["abc", "-1", "101%", "-1%", "1.5%", "%", "1,234%", "1,234"])
def test_what_is_no_discount(text):
    with pytest.raises(ValueError, match=r"\w"):
        read_discount(text)


def test_money_and_quantities_as_typed():
    assert read_money(" ") is None
    assert read_money("1.234,5") == Decimal("1234.50")
    assert read_quantity("0,355") == Decimal("0.355")
    for wrong in ("-1", "10.50", "99999999999", "x"):
        with pytest.raises(ValueError, match=r"\w"):
            read_money(wrong)


@pytest.mark.parametrize("code", ["96385074", "7891000315507", "9638507", " 0012345678905 "])
def test_a_barcode_is_no_quantity_and_no_money_at_the_till(code: str) -> None:
    for read in (read_quantity, read_money, read_discount, lambda text: split_times(f"{text}*café")):
        with pytest.raises(ValueError, match="Parece um código de barras"):
            read(code)


def test_who_means_as_much_writes_it_with_its_points() -> None:
    assert read_quantity("9.638.507") == 9638507
    assert read_money("9638507,00") == read_money("9.638.507") == 9638507
    assert read_quantity("120000") == 120000
