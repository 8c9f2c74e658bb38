"""One function tells what was scanned: a product, a box of it, or a scale's label with a weight or a price."""

from decimal import Decimal

import pytest

from almoxarife.wire.codes.scanned import ProductCodes, split_scan
from almoxarife.wire.stores import ScaleLabel
from tests.clients.things import product

GTIN, BOX, CASE = "7891000315507", "17891000315504", "7896004004501"
WEIGHT = {digits: ScaleLabel(conteudo="peso", digitos=digits) for digits in (4, 5, 6)}
PRICE = {digits: ScaleLabel(conteudo="preco", digitos=digits) for digits in (4, 5, 6)}


def checked(digits):
    """With its check digit."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return f"{digits}{(10 - total % 10) % 10}"


COFFEE = product("Café 500 g", "p1", barcode=GTIN, sku="CAFE-500", codes=[(BOX, 12), (CASE, 1)])
CHEESE = product("Queijo minas", "p2", unit="KG", sku="0123", price="40.00")
ROLL = product("Pão francês", "p3", sku="77", price="0.50")
OIL = product("Azeite a granel", "p4", unit="ML", sku="88")
CODES = ProductCodes([COFFEE, CHEESE, ROLL, OIL])


@pytest.mark.parametrize(
    ("text", "found", "quantity"),
    [
        (GTIN, COFFEE, None),
        (f"0{GTIN}\r", COFFEE, None),
        (f"]E0{GTIN}", COFFEE, None),
        (f"01{BOX}1012345", COFFEE, 12),
        (BOX, COFFEE, 12),
        (CASE, COFFEE, None),
        (" cafe-500", COFFEE, None),
        ("CAFÉ-500", COFFEE, None),
        ("p00002", CHEESE, None),
        ("P3", ROLL, None),
        ("0123", CHEESE, None),
    ],
)
def test_every_code_of_a_product_leads_to_it_and_a_box_counts_what_is_in_it(text, found, quantity):
    assert CODES.find(text) == (found, quantity, None)


@pytest.mark.parametrize(
    ("label", "digits", "found"),
    [
        (WEIGHT[4], "2" + "0123" + "0001250", (CHEESE, Decimal("1.25"), None)),
        (WEIGHT[5], "2" + "00123" + "000480", (CHEESE, Decimal("0.48"), None)),
        (WEIGHT[6], "2" + "000123" + "12345", (CHEESE, Decimal("12.345"), None)),
        (WEIGHT[4], "2" + "0077" + "0000012", (ROLL, 12, None)),
        (WEIGHT[4], "2" + "0088" + "0000750", (OIL, 750, None)),
        (WEIGHT[4], "2" + "0123" + "0000000", (CHEESE, None, None)),
        (PRICE[4], "2" + "0123" + "0001999", (CHEESE, Decimal("0.5"), Decimal("19.99"))),
        (PRICE[6], "2" + "000123" + "04000", (CHEESE, 1, 40)),
        (PRICE[5], "2" + "00077" + "000300", (ROLL, 6, 3)),
        (PRICE[5], "2" + "00077" + "000310", (ROLL, None, Decimal("3.10"))),
        (PRICE[4], "2" + "0088" + "0000500", (OIL, None, 5)),
    ],
)
def test_the_label_of_a_scale_says_weight_or_price_as_the_shop_has_set_it_up(label, digits, found):
    assert CODES.find(checked(digits), label) == found
    assert CODES.knows(checked(digits), label)


def test_what_no_product_has_is_nothing():
    label = checked("2" + "0999" + "0001250")
    wrong_digit = f"{checked('2' + '0123' + '0001250')[:-1]}x"

    for text in ("", "78910003", "P99", "cafe", label, wrong_digit):
        assert CODES.find(text, WEIGHT[4]) is None
        assert not CODES.knows(text, WEIGHT[4])
    assert CODES.find(checked("2" + "0123" + "0001250")) is None  # this shop has no scale


def test_a_product_whose_own_barcode_looks_like_a_label_is_that_product():
    label = checked("2" + "0123" + "0001250")

    assert ProductCodes([CHEESE, product("Kit", "p9", barcode=label)]).find(label, WEIGHT[4]).product.id == "p9"


def test_of_two_with_one_code_the_one_in_use_is_meant_and_of_two_in_use_none():
    old = product("Café velho", "p8", barcode=GTIN, active=False, sku="CAFE-500")

    assert ProductCodes([old, COFFEE]).find(GTIN).product == COFFEE
    assert ProductCodes([old]).find(GTIN).product == old
    assert ProductCodes([COFFEE, product("Outro", "p7", barcode=f"0{GTIN}")]).find(GTIN) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (GTIN, ("", GTIN)),
        (f" 0{GTIN}\t", ("", f"0{GTIN}")),
        (f"]E0{GTIN}", ("", GTIN)),
        (f"quebrou{GTIN}", ("quebrou", GTIN)),
        (f"caixa quebrou~{GTIN}", ("caixa quebrou", GTIN)),
        (f"caixa quebrou]E0{GTIN}", ("caixa quebrou", GTIN)),
        (f"caixa (quebrou){GTIN}", ("caixa (quebrou)", GTIN)),
        (f"caixa (quebrou)~{GTIN}", ("caixa (quebrou)", GTIN)),
        (f"quebrou.{GTIN}", ("quebrou.", GTIN)),
        (f'tubo 3/4"{GTIN}', ('tubo 3/4"', GTIN)),
        (f"[quebrou]]E0{GTIN}", ("[quebrou]", GTIN)),
        (f".{GTIN}", ("", GTIN)),
        (f"trocado pelo {GTIN}", None),
        (f"trocado pelo #{GTIN}", None),
        (f"{GTIN} quebrou", None),
        ("NF 12345678", None),
        ("quebrou", None),
        ("", None),
    ],
)
def test_a_barcode_behind_words_is_a_scan_only_where_no_space_is_between(text, parts):
    assert split_scan(text) == parts
