"""Finds the product, quantity and price for a scanned or typed code.

A barcode is a product's own or that of a box with several pieces. A scale's label contains the product's short code
and a weight or a price, in the format that the shop has set (``ScaleLabel``).
"""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from almoxarife.wire.catalog import Product
from almoxarife.wire.codes.gtin import is_gtin, to_gtin14
from almoxarife.wire.fields import MAX_QUANTITY, fold
from almoxarife.wire.stores import LabelContent, ScaleLabel

_MAX_LINE_LENGTH = 40
_SYMBOLOGY = re.compile(r"[\[\]][A-Za-z][0-9]")
"""AIM symbology identifier, such as ``]C1``. Some keyboard layouts type another bracket."""
_LINE = re.compile(r"(?:^|[^0-9])([0-9]{8,40})[^0-9]{0,4}")
_CLOSES = r"""\]).,;:!?%"'»”’…°®™"""
"""Punctuation that people type after a word. Other characters before a barcode are the scanner's prefix."""
_TYPED_LAST = re.compile(
    rf"(.*?)(?:[\[\]][A-Za-z][0-9]|[^\w\s{_CLOSES}]|^[{_CLOSES}])?[0-9]{{8,40}}[^0-9\s]{{0,4}}", re.DOTALL
)
_OF_GS1 = re.compile(
    r"\x1d?(?:\(01\) ?([0-9]{14})(?![0-9])"
    r"|01([0-9]{14})(?:1[01357]|2[01]|37|3[1-6][0-9]{2})[\x1d!-~]{2,}"
    r"|https?://[^\s/]{1,200}(?:/[^\s/]{1,100}){0,4}?/01/([0-9]{14}|[0-9]{12,13}|[0-9]{8})(?![0-9A-Za-z]))",
    re.IGNORECASE,
)
"""The code within a two-dimensional one: with its identifiers, as they are printed, or as an address (Digital Link)."""
_OWN = re.compile(r"p0*([1-9][0-9]{0,17})")
_LABEL = re.compile(r"0?2([0-9]{11})[0-9]")
_MIN_DIGITS = 7
_THOUSAND = 1000
_WEIGHED = Decimal("0.001")


class Scanned(NamedTuple):
    """A product that was scanned, with what its code says."""

    product: Product
    quantity: Decimal | None
    """None if the code has no quantity: then a till takes one, and in a count the person types it."""
    price: Decimal | None = None
    """The total price on a scale's label, in reais."""


class ProductCodes:
    """Barcodes, short codes and ids of a list of products, for finding them."""

    def __init__(self, products: Iterable[Product]) -> None:
        self._by_gtin: dict[str, list[Scanned]] = {}
        self._by_sku: dict[str, list[Product]] = {}
        self._by_plain_sku: dict[str, list[Product]] = {}
        self._by_id: dict[str, Product] = {}
        for product in products:
            self._by_id[product.id] = product
            if product.gtin is not None:
                self._by_gtin.setdefault(product.gtin, []).append(Scanned(product, None))
            for further in product.codes:
                found = Scanned(product, None if further.factor == 1 else further.factor)
                self._by_gtin.setdefault(to_gtin14(further.code) or "", []).append(found)
            if product.sku is not None:
                self._by_sku.setdefault(fold(product.sku), []).append(product)
                self._by_plain_sku.setdefault(product.sku.lstrip("0"), []).append(product)

    def find(self, text: str, label: ScaleLabel | None = None) -> Scanned | None:
        """The product with this code, also an inactive one; None if none has it, or several active ones.

        ``label`` is the format of the shop's scale.
        """
        digits = find_gtin(text)
        if digits is not None:
            known = self._by_gtin.get(to_gtin14(digits) or "")
            if known:
                return _only(known)
            weighed = None if label is None else self._read_label(digits, label)
            if weighed is not None:
                return weighed
        words = " ".join(fold(text).split())
        by_sku = self._by_sku.get(words)
        if by_sku:
            return _only([Scanned(product, None) for product in by_sku])
        own = _OWN.fullmatch(words)
        product = self._by_id.get(f"p{own[1]}") if own else None
        return None if product is None else Scanned(product, None)

    def knows(self, text: str, label: ScaleLabel | None = None) -> bool:
        """Whether the text contains the barcode or the scale's label of some product."""
        digits = find_gtin(text)
        if digits is None:
            return False
        is_known = to_gtin14(digits) in self._by_gtin
        return is_known or (label is not None and self._read_label(digits, label) is not None)

    def _read_label(self, digits: str, label: ScaleLabel) -> Scanned | None:
        found = _LABEL.fullmatch(digits) if len(digits) == 13 else None
        if found is None:
            return None
        code, value = found[1][: label.digits], int(found[1][label.digits :])
        owner = _only([Scanned(product, None) for product in self._by_plain_sku.get(code.lstrip("0"), ())])
        if owner is None:
            return None
        if label.content is LabelContent.WEIGHT:
            return Scanned(owner.product, _weighed(owner.product, value))
        price = Decimal(value).scaleb(-2)
        return Scanned(owner.product, _bought_for(owner.product, price), price or None)


def find_gtin(line: str) -> str | None:
    """The barcode in a scanner's input, without the prefix and suffix that the scanner may be set to add."""
    line = line.strip()
    known = _SYMBOLOGY.search(line)
    text = line[known.end() :] if known else line
    of_gs1 = _OF_GS1.match(text)
    if of_gs1 is not None:
        code = str(of_gs1[1] or of_gs1[2] or of_gs1[3])
        if is_gtin(code):
            return code
    found = _LINE.fullmatch(text) or _LINE.search(text[-_MAX_LINE_LENGTH:])
    if found is None or found.end() != len(text[-_MAX_LINE_LENGTH:]):
        return None
    digits = found[1]
    if digits.startswith("01") and is_gtin(digits[2:16]) and len(digits) >= 16:
        return digits[2:16]  # GS1-128: the code, then a batch or a date
    return digits if is_gtin(digits) else None


def split_scan(text: str) -> tuple[str, str] | None:
    """Text before the barcode, and the barcode, if a slow scanner has typed one into a text field.

    None if a person typed the number, with a space before it, which a scanner does not type.
    """
    text = text.strip()
    barcode, found = find_gtin(text), _TYPED_LAST.fullmatch(text)
    if barcode is None or found is None or found[1][-1:].isspace():
        return None
    return found[1], barcode


NO_REASON = "Parece um código de barras. Escreva o motivo."


def is_code_long(text: str) -> bool:
    """Whether the text is a plain number with so many digits that it must be a barcode, not a quantity.

    A barcode has at least eight digits, and a slow scanner may lose one. Digits with points or a comma are not a
    barcode, because only a person types those.
    """
    text = text.strip()
    return len(text) >= _MIN_DIGITS and text.isascii() and text.isdigit()


def looks_scanned(text: str) -> bool:
    """Whether the text is a barcode or the rest of one, not a number after words ("trocado pelo 7891000315507")."""
    return len(text.split()) == 1 and (find_gtin(text) is not None or is_code_long(text))


def _only(found: list[Scanned]) -> Scanned | None:
    in_use = [one for one in found if one.product.active] or found
    return in_use[0] if len(in_use) == 1 else None


def _weighed(product: Product, value: int) -> Decimal | None:
    """The quantity on a label: grams, or a number of pieces of what is sold by the piece."""
    quantity = Decimal(value)
    if product.takes_decimals and product.unit not in {"G", "ML"}:
        quantity /= _THOUSAND
    return quantity or None


def _bought_for(product: Product, price: Decimal) -> Decimal | None:
    """The quantity that costs ``price``; None if the product has no price or it does not fit."""
    if not product.price or not price:
        return None
    quantity = price / product.price
    if product.takes_decimals:
        quantity = quantity.quantize(_WEIGHED, ROUND_HALF_UP)
    elif quantity != quantity.to_integral_value():
        return None
    return quantity if 0 < quantity <= MAX_QUANTITY else None
