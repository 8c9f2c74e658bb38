import pytest

from almoxarife.clients.desktop.cadastro.product_list import low_stock, row_of
from almoxarife.clients.desktop.catalog_search import Catalog, display_code
from tests.clients.things import product

SHELF = Catalog(
    [
        product("Óleo de soja", "p4"),
        product("Açúcar cristal 1 kg", "p2", barcode="7896032501010"),
        product("açúcar mascavo", "p30"),
        product("Bolo de açúcar", "p5"),
    ]
)


def names(text):
    return [p.name for p in SHELF.search(text)]


def test_without_a_word_everything_is_found_in_the_order_of_names():
    assert names("  ") == ["Açúcar cristal 1 kg", "açúcar mascavo", "Bolo de açúcar", "Óleo de soja"]


def test_accents_and_case_do_not_matter_and_beginnings_come_first():
    assert names("ACUCAR") == ["Açúcar cristal 1 kg", "açúcar mascavo", "Bolo de açúcar"]


@pytest.mark.parametrize("text", ["cristal açúcar", "kg cris", "7896032501010", "p00002", "P00002", "032501"])
def test_every_word_counts_in_name_code_and_barcode(text):
    assert names(text) == ["Açúcar cristal 1 kg"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("oleo de  SOJA", "p4"),
        ("7896032501010", "p2"),
        ("P00030", "p30"),
        ("soja", "p4"),
        ("acucar", None),
        ("xyz", None),
    ],
)
def test_a_text_may_stand_for_one_product(text, meant):
    found = SHELF.meant(text)

    assert (found.id if found else None) == meant


def test_a_full_name_is_meant_even_when_others_hold_it():
    catalog = Catalog([product("Café", "p1"), product("Café torrado", "p2")])

    assert catalog.meant("cafe").id == "p1"


def test_codes_as_people_see_them():
    assert display_code("p12") == "P00012"
    assert display_code("p1234567") == "P1234567"


def test_low_stock_is_a_sign_and_a_word():
    assert low_stock(product(balance="3", minimum="3")) == "▼ baixo"
    assert low_stock(product(balance="4", minimum="3")) == ""
    assert low_stock(product(balance="-1")) == "▼ negativo"
    assert low_stock(product(balance="0")) == ""


def test_a_row_is_written_the_brazilian_way():
    row = row_of(product("Farinha", "p7", balance="1250.5", unit="KG", minimum="2000", price="1234.5"))

    assert row.cells == ("P00007", "Farinha", "", "▼ baixo  1.250,5", "KG", "R$\u00a01.234,50")
    assert row.tags == ("low",)
