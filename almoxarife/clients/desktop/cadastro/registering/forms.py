"""Parses the forms for movements and products into wire models, or Portuguese error messages. No widget here.

The wire models validate; only what they cannot know is checked here: Brazilian number formats and the
unit of the chosen product.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from almoxarife.brazil import format_number, parse_money, parse_number
from almoxarife.clients.desktop.kit.forms import FormInvalid, checked
from almoxarife.clients.desktop.kit.wording import signed
from almoxarife.wire.catalog import Product, ProductChange, ProductIn, RegisteredProduct
from almoxarife.wire.codes import scanned
from almoxarife.wire.codes.gtin import LENGTHS
from almoxarife.wire.codes.units import Unit
from almoxarife.wire.selling.typed import plain_money
from almoxarife.wire.stock import MovementIn, RecordedKind

T = TypeVar("T", MovementIn, ProductIn)

_BEHIND = re.compile(r"(?P<code>[0-9][0-9 .-]{6,}?)\s*(?:[xX×*]\s*(?P<factor>[0-9][0-9.,]*))?")
_BEFORE = re.compile(r"(?P<factor>[0-9][0-9.,]*)\s*[xX×*]\s*(?P<code>[0-9][0-9 .-]{6,}[0-9])")
_NO_NAME = "Parece um código de barras. Escreva o nome do produto."
_AS_CODES = "Escreva assim: 17891000315504 x12. Entre um código e outro, ponto e vírgula."

VERB = {RecordedKind.ENTRY: "entrada", RecordedKind.EXIT: "saída", RecordedKind.ADJUSTMENT: "ajuste"}


ENTRY_NOTES = {"documento": "Documento", "fornecedor": "Fornecedor"}
"""The labels of an entry's fields for notes, by wire name."""


@dataclass(frozen=True)
class MovementForm:
    """The texts in the fields."""

    kind: RecordedKind
    product: Product | None
    product_text: str
    quantity_text: str
    reason_text: str
    note_texts: Mapping[str, str]
    """The texts of the fields in ``ENTRY_NOTES``, by wire name."""
    shop_id: str | None
    must_choose_shop: bool


@dataclass(frozen=True)
class ProductForm:
    name: str
    unit: str
    barcode: str
    minimum: str
    price: str
    sku: str = ""
    cost: str = ""
    codes: str = ""
    """Further barcodes, as ``read_codes`` parses them."""


NEW_PRODUCT = ProductForm("", Unit.UN.value, "", "", "")


def parse_movement(form: MovementForm) -> MovementIn:
    """Raises FormInvalid with all errors, by wire name."""
    errors: dict[str, str] = {}
    if form.product is None:
        typed = form.product_text.strip()
        errors["produto_id"] = "Escolha um produto da lista." if typed else "Digite o nome ou o código do produto."
    quantity = None
    takes_decimals = form.product is not None and form.product.takes_decimals
    try:
        quantity = read_quantity(form.quantity_text, form.kind, takes_decimals=takes_decimals)
    except ValueError as error:
        errors["quantidade"] = str(error)
    values: dict[str, object] = {
        "tipo": form.kind.value,
        "produto_id": form.product.id if form.product else "?",
        "quantidade": 1 if quantity is None else quantity,
        "loja_id": form.shop_id,
    }
    if form.kind is RecordedKind.ENTRY:
        values |= form.note_texts
    else:
        values["motivo"] = form.reason_text
    if form.must_choose_shop:
        errors["loja_id"] = "Escolha em cima da lista a loja em que isto acontece."
    return _checked_with(MovementIn, values, errors)


def read_quantity(text: str, kind: RecordedKind, *, takes_decimals: bool) -> Decimal:
    """Raises ValueError with a sentence. Only an adjustment may be negative."""
    text = text.strip()
    if not text:
        raise ValueError("Informe a quantidade.")
    is_signed = kind is RecordedKind.ADJUSTMENT
    try:
        quantity = parse_number(text.removeprefix("+") if is_signed else text)
    except ValueError:
        raise ValueError(_wanted(takes_decimals=takes_decimals, is_signed=is_signed)) from None
    is_in_range = quantity != 0 if is_signed else quantity > 0
    if not is_in_range or not (takes_decimals or quantity == quantity.to_integral_value()):
        raise ValueError(_wanted(takes_decimals=takes_decimals, is_signed=is_signed))
    return quantity


def preview(product: Product | None, quantity_text: str, kind: RecordedKind) -> tuple[str, str]:
    """("saldo 3 → 15", kind of label); only the present balance while the quantity is not valid."""
    if product is None:
        return "", "Quiet"
    before = format_number(product.balance)
    try:
        quantity = read_quantity(quantity_text, kind, takes_decimals=product.takes_decimals)
    except ValueError:
        return f"saldo {before} {product.unit}", "Quiet"
    after = product.balance + (-quantity if kind is RecordedKind.EXIT else quantity)
    text = f"saldo {before} → {format_number(after)} {product.unit}"
    return (f"{text}: fica negativo", "Warn") if after < 0 else (text, "Quiet")


def ask_if_sure(quantity: Decimal, usual: Decimal) -> str:
    """ "Confirma 1.200? …", for a quantity far above the usual one, which may be a typing error."""
    shown, known = format_number(abs(quantity)), format_number(usual)
    return f"Confirma {shown}? O costume é {known}. Enter de novo confirma."


def is_code_long(quantity_text: str) -> bool:
    """Whether it has so many digits that it may be a barcode, or an incomplete one."""
    return scanned.is_code_long(quantity_text.strip().lstrip("+-").replace(".", "").partition(",")[0])


def ask_if_counted(quantity: Decimal) -> str:
    return f"Confirma {format_number(abs(quantity))}? Parece um código de barras. Enter de novo confirma."


def add_scanned(quantity_text: str, more: Decimal) -> str:
    """The text of the quantity after a scan of the product; unchanged if it is not a number."""
    try:
        quantity = parse_number(quantity_text) if quantity_text.strip() else Decimal(0)
    except ValueError:
        return quantity_text
    return format_number(quantity + more)


def effect_text(movement: MovementIn) -> str:
    """ "+12" or "-3": the effect on the balance."""
    quantity = -movement.quantity if movement.kind is RecordedKind.EXIT else movement.quantity
    return signed(quantity)


def parse_product(form: ProductForm, before: ProductForm = NEW_PRODUCT) -> ProductIn:
    """Raises FormInvalid with all errors, by wire name.

    Short code, cost and further codes are sent only if they differ from ``before``; the server keeps fields that
    are not sent.
    """
    is_scan = form.name.strip() != before.name and scanned.looks_scanned(form.name)
    errors = {"nome": _NO_NAME} if is_scan else {}
    values: dict[str, object] = {"nome": form.name, "unidade": form.unit, "codigo_barras": form.barcode}
    if form.sku.strip() != before.sku:
        values["sku"] = form.sku
    readings: list[tuple[str, str, Callable[[str], object]]] = []
    if form.minimum.strip():
        readings.append(("estoque_minimo", form.minimum, parse_number))
    if form.price.strip():
        readings.append(("preco", form.price, parse_money))
    if form.cost.strip() != before.cost:
        readings.append(("custo", form.cost, lambda text: parse_money(text) if text.strip() else None))
    if form.codes.strip() != before.codes:
        readings.append(("codigos", form.codes, read_codes))
    for name, text, read in readings:
        try:
            values[name] = read(text)
        except ValueError as error:
            errors[name] = str(error)
    return _checked_with(ProductIn, values, errors)


def read_codes(text: str) -> list[dict[str, object]]:
    """Parse "17891000315504 x12; 78910003" into wire values. Raises ValueError with a sentence."""
    codes: list[dict[str, object]] = []
    for part in filter(None, (part.strip() for part in re.split("[;\n]", text))):
        found = _BEHIND.fullmatch(part) or _BEFORE.fullmatch(part)
        code = re.sub("[^0-9]", "", found["code"]) if found else ""
        if found is None or len(code) > LENGTHS[-1]:
            raise ValueError(_AS_CODES)
        factor = parse_number(found["factor"]) if found["factor"] else Decimal(1)
        codes.append({"codigo": code, "fator": factor})
    return codes


def add_code(text: str, barcode: str) -> str:
    """The text of the further codes after a scan of one more."""
    before = text.strip().rstrip(";").rstrip()
    return f"{before}; {barcode}" if before else barcode


def ends_with_plain_code(text: str) -> bool:
    """Whether the last code has no factor ("x12")."""
    last = text.strip().rpartition(";")[2].strip()
    return bool(last) and _BEHIND.fullmatch(last) is not None and not re.search("[xX×*]", last)


def change_of(product: ProductIn, *, is_active: bool) -> ProductChange:
    return ProductChange.model_validate({**product.model_dump(by_alias=True, exclude_unset=True), "ativo": is_active})


def form_of(product: Product) -> ProductForm:
    """The texts with which the form is filled."""
    return ProductForm(
        name=product.name,
        unit=product.unit,
        barcode=product.barcode or "",
        minimum="" if product.minimum_stock is None else format_number(product.minimum_stock),
        price=_amount(product.price),
        sku=product.sku or "",
        cost=_amount(product.cost) if isinstance(product, RegisteredProduct) else "",
        codes="; ".join(
            code.code if code.factor == 1 else f"{code.code} x{format_number(code.factor)}" for code in product.codes
        ),
    )


def _amount(money: Decimal | None) -> str:
    return "" if money is None else plain_money(money)


def _checked_with(model: type[T], values: dict[str, object], errors: dict[str, str]) -> T:
    """Build the model. Raises FormInvalid with ``errors`` and those of the model together."""
    try:
        parsed = checked(model, values)
    except FormInvalid as invalid:
        raise FormInvalid({**by_field(invalid.errors), **errors}) from None
    if errors:
        raise FormInvalid(errors)
    return parsed


def by_field(errors: Mapping[str, str]) -> dict[str, str]:
    """Errors of list items ("codigos.0.codigo") under the name of the list, the first of each."""
    found: dict[str, str] = {}
    for place, sentence in errors.items():
        found.setdefault(place.partition(".")[0], sentence)
    return found


def _wanted(*, takes_decimals: bool, is_signed: bool) -> str:
    number = "um número com até 4 decimais" if takes_decimals else "um número inteiro"
    wanted = "diferente de zero, com + ou - na frente" if is_signed else "maior que zero"
    return f"Informe {number} {wanted}."
