"""What people type, in: a wire model, or sentences by field."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from almoxarife.clients.desktop.cadastro.registering.forms import (
    ENTRY_NOTES,
    MovementForm,
    ProductForm,
    add_code,
    add_scanned,
    ask_if_sure,
    change_of,
    effect_text,
    ends_with_plain_code,
    form_of,
    is_code_long,
    parse_movement,
    parse_product,
    preview,
    read_codes,
    read_quantity,
)
from almoxarife.clients.desktop.cadastro.registering.usual_quantities import is_unusual, usual_quantity
from almoxarife.clients.desktop.kit import forms as login_forms
from almoxarife.clients.desktop.kit.forms import FormInvalid, merge
from almoxarife.wire.catalog import ProductIn
from almoxarife.wire.codes.scanned import NO_REASON
from almoxarife.wire.codes.units import Unit
from almoxarife.wire.stock import NOTES, MovementIn, RecordedKind
from tests.clients.things import movement, product

ENTRY, EXIT, ADJUSTMENT = RecordedKind.ENTRY, RecordedKind.EXIT, RecordedKind.ADJUSTMENT
BOLTS = product()


def form(quantity="50", *, kind=ENTRY, of=BOLTS, text="Parafuso", reason="", notes=None, shop=None, several=False):
    return MovementForm(
        kind=kind,
        product=of,
        product_text=text,
        quantity_text=quantity,
        reason_text=reason,
        note_texts=notes or {},
        shop_id=shop,
        must_choose_shop=several,
    )


def errors_of(call):
    with pytest.raises(FormInvalid) as caught:
        call()
    return caught.value.errors


def test_an_entry_is_parsed_and_adds_to_the_balance():
    movement = parse_movement(form(" 1.250 "))

    assert (movement.kind, movement.product_id, movement.quantity) == (ENTRY, "p1", Decimal(1250))
    assert effect_text(movement) == "+1.250"


def test_an_entry_may_name_its_invoice_and_its_supplier():
    papers = {"documento": " NF  123 ", "fornecedor": "Torrefação São João"}

    movement = parse_movement(form(notes=papers, reason="de uma saída começada antes"))

    assert (movement.document, movement.supplier, movement.reason) == ("NF 123", "Torrefação São João", None)
    assert parse_movement(form()).document is None
    taken = parse_movement(form(kind=EXIT, reason="perda", notes=papers))
    assert (taken.document, taken.supplier) == (None, None)
    assert errors_of(lambda: parse_movement(form(notes={"documento": "9" * 121}))) == {
        "documento": "Use no máximo 120 caracteres."
    }


def test_the_form_of_an_entry_asks_for_every_note_but_the_reason():
    assert {*ENTRY_NOTES} == {MovementIn.model_fields[name].alias for name in NOTES} - {"motivo"}


def test_whoever_sees_several_shops_says_which():
    assert parse_movement(form(shop="l2")).shop_id == "l2"
    wrong = {"loja_id": "Escolha em cima da lista a loja em que isto acontece."}
    assert errors_of(lambda: parse_movement(form(several=True))) == wrong


def test_ten_times_the_usual_is_asked_about():
    twelve = usual_quantity(
        [movement(n, kind="entrada", effect=effect) for n, effect in enumerate(["9", "12", "40"])], ENTRY
    )

    assert twelve == 12
    assert not is_unusual(Decimal(120), twelve)
    assert is_unusual(Decimal(121), twelve)
    assert is_unusual(Decimal(-121), twelve)
    assert ask_if_sure(Decimal(1200), twelve) == "Confirma 1.200? O costume é 12. Enter de novo confirma."


def test_what_is_usual_is_known_by_the_kind():
    movements = [movement(1, "-3", kind="saida"), movement(2, "500", kind="entrada")]

    assert usual_quantity(movements, EXIT) == 3
    assert usual_quantity(movements, ADJUSTMENT) is None
    assert not is_unusual(Decimal(10**9), None)


def test_each_scan_adds_to_the_quantity():
    assert [add_scanned(text, Decimal(1)) for text in ("", "1", "1.999", "2,5", "x")] == [
        "1", "2", "2.000", "3,5", "x",
    ]  # fmt: skip
    assert [add_scanned(text, Decimal("12.5")) for text in ("", "1")] == ["12,5", "13,5"]


def test_an_exit_says_why_and_takes_away():
    movement = parse_movement(form("3", kind=EXIT, reason="  quebra  no  transporte "))

    assert movement.reason == "quebra no transporte"
    assert effect_text(movement) == "-3"
    assert errors_of(lambda: parse_movement(form("3", kind=EXIT))) == {"motivo": "Informe o motivo."}
    assert errors_of(lambda: parse_movement(form("3", kind=EXIT, reason="9638507"))) == {"motivo": NO_REASON}
    assert errors_of(lambda: parse_movement(form("3", kind=EXIT, reason=" quebra96385074"))) == {"motivo": NO_REASON}
    for reason in ("pedido 96385074", "trocado pelo 7891000315507"):
        assert parse_movement(form("3", kind=EXIT, reason=reason)).reason == reason


def test_an_adjustment_may_take_away():
    assert parse_movement(form("-3", kind=ADJUSTMENT, reason="contagem")).quantity == -3
    assert parse_movement(form("+3", kind=ADJUSTMENT, reason="contagem")).quantity == 3
    wrong = {"quantidade": "Informe um número inteiro diferente de zero, com + ou - na frente."}
    assert errors_of(lambda: parse_movement(form("0", kind=ADJUSTMENT, reason="contagem"))) == wrong


def test_everything_that_is_wrong_is_said_at_once():
    assert errors_of(lambda: parse_movement(form("", of=None, text="", kind=EXIT))) == {
        "produto_id": "Digite o nome ou o código do produto.",
        "quantidade": "Informe a quantidade.",
        "motivo": "Informe o motivo.",
    }
    assert errors_of(lambda: parse_movement(form(of=None, text="xyz"))) == {
        "produto_id": "Escolha um produto da lista."
    }


@pytest.mark.parametrize("text", ["-3", "0", "1,5", "1.5", "abc", "1e3", "+3", "10.00", "١٢", "5 5", "1,0000000001"])
def test_whole_units_want_a_whole_number_above_zero(text):
    with pytest.raises(ValueError, match=r"^Informe um número inteiro maior que zero\.$"):
        read_quantity(text, ENTRY, takes_decimals=False)


def test_weights_take_decimals_with_a_comma_and_at_most_four():
    assert read_quantity("1,5", ENTRY, takes_decimals=True) == Decimal("1.5")
    with pytest.raises(ValueError, match=r"^Informe um número com até 4 decimais maior que zero\.$"):
        read_quantity("1.5", ENTRY, takes_decimals=True)
    flour = product("Farinha", unit="KG")
    assert errors_of(lambda: parse_movement(form("1,23456", of=flour))) == {
        "quantidade": "Use no máximo 4 casas decimais."
    }


def test_a_number_beyond_the_limit_is_refused_in_the_form():
    assert errors_of(lambda: parse_movement(form("100.000.000.000"))) == {
        "quantidade": "A quantidade passa do limite de 99.999.999.999."
    }


def test_the_preview_follows_what_is_typed():
    three = product(balance="3")
    assert preview(None, "12", ENTRY) == ("", "Quiet")
    assert preview(three, "", ENTRY) == ("saldo 3 UN", "Quiet")
    assert preview(three, "x", ENTRY) == ("saldo 3 UN", "Quiet")
    assert preview(three, "12", ENTRY) == ("saldo 3 → 15 UN", "Quiet")
    assert preview(three, "3", EXIT) == ("saldo 3 → 0 UN", "Quiet")
    assert preview(three, "4", EXIT) == ("saldo 3 → -1 UN: fica negativo", "Warn")
    assert preview(three, "-2", ADJUSTMENT) == ("saldo 3 → 1 UN", "Quiet")


def test_a_product_as_brazil_writes_it():
    typed = ProductForm(
        name=" Café  torrado ", unit="KG", barcode="789 1000 315507", minimum="1.000,5", price="R$ 19,90"
    )

    made = parse_product(typed)

    assert (made.name, made.barcode) == ("Café torrado", "7891000315507")
    assert (made.minimum_stock, made.price) == (Decimal("1000.5"), Decimal("19.90"))


def test_a_product_of_a_name_alone():
    made = parse_product(ProductForm("Parafuso 10mm", "UN", "", " ", ""))

    assert made.model_dump(exclude_none=True) == {"name": "Parafuso 10mm", "unit": Unit.UN}


def test_a_code_is_no_name_of_a_new_product():
    for code in ("7891000315507", "9638507", "]E496385074"):
        wrong = errors_of(lambda code=code: parse_product(ProductForm(code, "UN", "", "", "")))
        assert wrong == {"nome": "Parece um código de barras. Escreva o nome do produto."}
    old = ProductForm("9638507", "UN", "", "", "")
    assert parse_product(replace(old, price="1,00"), old).name == "9638507"


def test_a_bad_product_is_explained_field_by_field():
    assert errors_of(lambda: parse_product(ProductForm("  ", "UN", "7891000315508", "-1", "19.90"))) == {
        "nome": "Digite o nome do produto.",
        "codigo_barras": "Código de barras inválido: confira os números (8, 12, 13 ou 14 dígitos).",
        "estoque_minimo": "Não pode ser negativo.",
        "preco": "Escreva o valor assim: 19,90",
    }


def test_a_product_is_shown_as_it_would_be_typed():
    flour = product("Farinha", unit="KG", barcode="7891000315507", minimum="1000.5", price="1234.50")

    shown = form_of(flour)

    assert shown == ProductForm("Farinha", "KG", "7891000315507", "1.000,5", "1.234,50")
    stays = {"sku", "codes", "cost"}
    assert parse_product(shown, shown).model_dump(exclude=stays) == flour.model_dump(
        include=set(ProductIn.model_fields) - stays
    )
    assert form_of(product()) == ProductForm("Parafuso 10mm", "UN", "", "", "")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", []),
        ("17891000315504 x12", [("17891000315504", 12)]),
        ("12 x 17891000315504;", [("17891000315504", 12)]),
        ("789 1000 315507 ; 17891000315504X1,5", [("7891000315507", 1), ("17891000315504", Decimal("1.5"))]),
        ("78910003\n1.789.1000.3155-04 × 1.200", [("78910003", 1), ("17891000315504", 1200)]),
    ],
)
def test_boxes_and_other_codes_as_they_are_typed(text, codes):
    assert [(code["codigo"], code["fator"]) for code in read_codes(text)] == codes
    made = parse_product(ProductForm("Café", "KG", "", "", "", codes=text))
    assert [(code.code, code.factor) for code in made.codes or ()] == codes


@pytest.mark.parametrize("text", ["x12", "7891000315507 12", "7891000315507 x", "7891000315507, 78910003", "caixa"])
def test_codes_that_cannot_be_read_say_how_they_are_written(text):
    assert "Escreva assim: 17891000315504 x12" in errors_of(
        lambda: parse_product(ProductForm("Café", "UN", "", "", "", codes=text))
    ).get("codigos", "")


def test_a_wrong_code_stands_at_the_field_of_codes():
    assert errors_of(lambda: parse_product(ProductForm("Café", "UN", "", "", "", codes="17891000315505 x0"))) == {
        "codigos": "Código de barras inválido: confira os números (8, 12, 13 ou 14 dígitos)."
    }


def test_short_code_cost_and_codes_that_nobody_touched_are_not_said():
    """A list does not say the cost: what was never shown must not be erased."""
    before = ProductForm("Café", "UN", "", "", "", sku="CAF-1", codes="17891000315504 x12")
    untouched = change_of(parse_product(replace(before, name="Café torrado"), before), is_active=True)
    emptied = change_of(parse_product(replace(before, sku=" ", codes=""), before), is_active=True)

    assert not {"sku", "custo", "codigos"} & set(untouched.model_dump(by_alias=True, exclude_unset=True))
    assert (emptied.sku, emptied.codes, "cost" in emptied.model_fields_set) == (None, [], False)
    assert parse_product(replace(before, cost="12,5"), before).cost == Decimal("12.50")


def test_a_scanner_adds_a_code_and_asks_how_many_are_in_it():
    assert add_code("", "78910003") == "78910003"
    assert add_code("17891000315504 x12 ;", "78910003") == "17891000315504 x12; 78910003"
    assert [ends_with_plain_code(text) for text in ("", "78910003", "78910003 x6", "78910003 x6; 7891000315507")] == [
        False, True, False, True,
    ]  # fmt: skip


def test_a_change_says_the_whole_product():
    change = change_of(parse_product(ProductForm("Cola", "UN", "", "3", "")), is_active=False)

    assert (change.name, change.minimum_stock, change.price, change.active) == ("Cola", 3, None, False)


def test_two_people_change_one_product():
    before = ProductForm("Cola", "UN", "", "3", "1,00")
    typed = ProductForm("Cola branca", "UN", "", "3", "1,50")
    newer = ProductForm("Cola", "UN", "", "5", "2,00")

    assert merge(before, typed, newer) == ProductForm("Cola branca", "UN", "", "5", "1,50")


# --- login --------------------------------------------------------------------------


def test_names_are_trimmed_and_passwords_are_not():
    typed = login_forms.credentials(" maria ", " 12 34 ")

    assert (typed.username, typed.password) == ("maria", " 12 34 ")


def test_an_empty_login_is_refused_before_it_is_sent():
    assert errors_of(lambda: login_forms.credentials(" ", "")) == {
        "username": "Digite o nome de usuário.",
        "password": "Digite a senha.",
    }


def test_the_second_password_must_be_the_first():
    assert errors_of(lambda: login_forms.registration("maria", "1234", "", "")) == {
        "confirmar": "Digite a senha outra vez."
    }
    assert errors_of(lambda: login_forms.password_change("1234", "abcd", "abce")) == {
        "confirmar": "As duas senhas não são iguais."
    }
    assert login_forms.registration("maria", "1234", "1234", "").code is None
    assert login_forms.registration("maria", "1234", "1234", "ABC-1").code == "ABC-1"


@pytest.mark.parametrize(
    ("hour", "words"), [(4, "Boa noite!"), (5, "Bom dia!"), (11, "Bom dia!"), (12, "Boa tarde!"), (18, "Boa noite!")]
)
def test_the_greeting_follows_the_day(hour, words):
    assert login_forms.greeting(datetime(2026, 11, 20, hour).astimezone()) == words


@pytest.mark.parametrize(
    ("text", "is_long"),
    [
        *(("1200", False), ("999.999", False), ("123456,7890", False), ("-12", False)),
        *(("78910003", True), ("0012345678905", True), ("78.910.003", True), ("-78910003", True), ("7891003", True)),
    ],
)
def test_as_many_digits_as_a_barcode_has_are_no_quantity_without_a_question(text, is_long):
    assert is_code_long(text) is is_long
