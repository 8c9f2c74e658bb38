import pytest

from almoxarife.clients.desktop.cadastro.registering.catalog_search import Catalog, display_code
from almoxarife.clients.desktop.cadastro.registering.product_list import arrange, row_of, state_of
from almoxarife.clients.desktop.kit.virtual_list import SortOrder, next_order
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


def test_what_enter_takes_is_the_one_that_was_typed_and_not_one_with_such_a_code():
    numbered = Catalog([product(f"Item {number:03}", f"p{number + 1}", barcode=None) for number in range(30)])

    for number in range(30):
        assert numbered.search(f"item {number:03}")[0].name == f"Item {number:03}"
    assert numbered.search("P00007")[0].name == "Item 006"
    few = Catalog([product("Cabo 12 mm", "p1"), product("Barra de 12", "p12"), product("12 mm cabo azul", "p3")])
    assert [p.id for p in few.search("cabo 12")] == ["p1", "p3"]
    assert [p.id for p in few.search("12")] == ["p3", "p12", "p1"]


def test_codes_as_people_see_them():
    assert display_code("p12") == "P00012"
    assert display_code("p1234567") == "P1234567"


def test_what_to_see_to_is_a_sign_and_a_word():
    assert state_of(product(balance="3", minimum="3")) == "▼ baixo"
    assert state_of(product(balance="4", minimum="3")) == ""
    assert state_of(product(balance="-1")) == "▼ negativo"
    assert state_of(product(balance="0")) == ""
    assert state_of(product(balance="-1", active=False)) == "✕ desativado"


def test_a_row_is_written_the_brazilian_way():
    row = row_of(product("Farinha", "p7", balance="1250.5", unit="KG", minimum="2000", price="1234.5"))

    assert row.cells == ("P00007", "Farinha", "", "▼ baixo  1.250,5", "KG", "R$\u00a01.234,50")
    assert row.tags == ("low",)
    assert row_of(product(active=False)).tags == ("inactive",)


def test_deactivated_products_are_found_only_where_they_are_asked_for():
    gone = product("Café velho", "p2", barcode="7891000315507", active=False)
    catalog = Catalog([product("Café", "p1"), gone])

    assert [p.id for p in catalog.search("cafe")] == [p.id for p in catalog.search("")] == ["p1"]
    assert [p.id for p in catalog.search("cafe", with_inactive=True)] == ["p1", "p2"]
    assert [p.id for p in catalog.search("", with_inactive=True)] == ["p1", "p2"]
    assert len(catalog) == 1
    assert catalog.meant("cafe velho") is None
    assert catalog.find("p2") is catalog.codes.find("7891000315507").product is gone
    assert catalog.codes.find("") is None


@pytest.mark.parametrize(
    ("column", "ids"),
    [("codigo", "p2 p3 p10"), ("saldo", "p3 p2 p10"), ("preco", "p3 p10 p2"), ("nome", "p10 p2 p3")],
)
def test_a_title_sorts(column, ids):
    products = [
        product("Açúcar", "p10", balance="30", price="9.90"),
        product("Bolo", "p2", balance="4", price="10.00"),
        product("Cola", "p3", balance="-1"),
    ]

    assert [p.id for p in arrange(products, SortOrder(column))] == ids.split()
    assert [p.id for p in arrange(products, SortOrder(column, is_descending=True))] == ids.split()[::-1]
    assert arrange(products, None) == products


def test_the_third_click_on_a_title_ends_the_sorting():
    first = next_order(None, "saldo")
    second = next_order(first, "saldo")

    assert (first, second) == (SortOrder("saldo"), SortOrder("saldo", is_descending=True))
    assert next_order(second, "saldo") is None
    assert next_order(second, "preco") == SortOrder("preco")


@pytest.mark.parametrize("code", ["012345678905", "0012345678905", "00012345678905"])
def test_a_barcode_is_found_in_all_its_lengths(code):
    for registered in ("012345678905", "0012345678905", "00012345678905"):
        catalog = Catalog([product("A", "p1", barcode=registered), product("B", "p2", barcode="96385074")])

        assert catalog.codes.find(code).product.id == "p1"
        assert catalog.meant(code).id == "p1"
        assert [p.id for p in catalog.search(code)] == ["p1"]
        assert catalog.codes.knows(code)
    assert not catalog.codes.knows("7891000315507")


def test_a_barcode_that_two_share_is_nobody_s_until_one_of_them_is_put_away():
    one, other = product("A", "p1", barcode="012345678905"), product("B", "p2", barcode="0012345678905")

    assert Catalog([one, other]).codes.find("012345678905") is None
    assert [p.id for p in Catalog([one, other]).search("012345678905")] == ["p1", "p2"]
    put_away = other.model_copy(update={"active": False})
    assert Catalog([one, put_away]).codes.find("012345678905").product.id == "p1"


@pytest.mark.parametrize(
    ("name", "similar"),
    [("Caneca Vovô", "p1"), ("caneca  vovo", "p1"), ("Caneca Vovó", None), ("CANECA VOVÓ", None), ("Caneca", None)],
)
def test_a_name_that_differs_in_accents_alone_is_similar(name, similar):
    found = Catalog([product("Caneca Vovó", "p1"), product("Copo", "p2")]).find_similar(name)

    assert (found.id if found else None) == similar


def test_of_two_that_differ_in_an_accent_the_very_one_is_meant():
    catalog = Catalog([product("Caneca Vovó", "p1"), product("Caneca Vovô", "p2")])

    assert catalog.meant("caneca vovô").id == "p2"
    assert catalog.meant("caneca vovo") is None


def test_it_is_found_by_its_short_code_and_by_the_code_of_a_box():
    coffee = product("Café", "p1", barcode="7891000315507", sku="CAF-1", codes=[("17891000315504", 12)])
    catalog = Catalog([coffee, product("Chá", "p2", sku="1")])

    for text in ("caf-1", "17891000315504", "0789 1000315507".replace(" ", "")):
        assert catalog.meant(text) == coffee
        assert list(catalog.search(text)) == [coffee]
    assert catalog.meant("1").id == "p2"
