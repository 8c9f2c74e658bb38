"""What a scanner has typed, or a person in its place: which product, how many of it, and for how much.

A barcode is a product's own or that of a box that holds several; a scale's label has the
product's short code and a weight or a price in it, as the shop has set its scale up.
"""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from almoxarife.wire.catalog import Product
from almoxarife.wire.codes.gtin import is_gtin, to_gtin14
from almoxarife.wire.fields import MAX_QUANTITY, fold
from almoxarife.wire.stores import LabelContent, ScaleLabel

_LONGEST_LINE = 40
_SYMBOLOGY = re.compile(r"[\[\]][A-Za-z][0-9]")
"""The second sign of the keyboard of another country stands for the first."""
_LINE = re.compile(r"(?:^|[^0-9])([0-9]{8,40})[^0-9]{0,4}")
_CLOSES = r"""\]).,;:!?%"'»”’…°®™"""
"""Signs with which a person ends words. Any other one before a barcode is the scanner's; so are these at the start."""
_TYPED_LAST = re.compile(
    rf"(.*?)(?:[\[\]][A-Za-z][0-9]|[^\w\s{_CLOSES}]|^[{_CLOSES}])?[0-9]{{8,40}}[^0-9\s]{{0,4}}", re.DOTALL
)
_OWN = re.compile(r"p0*([1-9][0-9]{0,17})")
_LABEL = re.compile(r"0?2([0-9]{11})[0-9]")
_FEWEST_DIGITS = 7
_THOUSAND = 1000
_WEIGHED = Decimal("0.001")


class Scanned(NamedTuple):
    product: Product
    quantity: Decimal | None
    """None where the code says nothing of it: at a till that is one, in a count a person says it."""
    price: Decimal | None = None
    """What a label says that all of it costs."""


class ProductCodes:
    """The codes of one list of products."""

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
        """What was scanned, deactivated or not; None where nothing has this code, or two products in use share it.

        ``label`` is how the scale of the shop writes its labels.
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
        """Whether some product has the barcode in this, or a scale's label is of one."""
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
    """The barcode in what a scanner has typed, without what it may be set to put before and behind it."""
    line = line.strip()
    known = _SYMBOLOGY.search(line)
    text = line[known.end() :] if known else line
    found = _LINE.fullmatch(text) or _LINE.search(text[-_LONGEST_LINE:])
    if found is None or found.end() != len(text[-_LONGEST_LINE:]):
        return None
    digits = found[1]
    if digits.startswith("01") and is_gtin(digits[2:16]) and len(digits) >= 16:
        return digits[2:16]  # GS1-128: the code, and a batch or a day behind it
    return digits if is_gtin(digits) else None


def split_scan(text: str) -> tuple[str, str] | None:
    """(what stood in the field before, barcode), where a slow scanner has typed a barcode into a field of words.

    None where a person wrote the number: with a space before it, which a scanner does not type.
    """
    text = text.strip()
    barcode, found = find_gtin(text), _TYPED_LAST.fullmatch(text)
    if barcode is None or found is None or found[1][-1:].isspace():
        return None
    return found[1], barcode


NO_REASON = "Parece um código de barras. Escreva o motivo."


def is_code_long(text: str) -> bool:
    """Whether these are digits alone, as many as a slow scanner leaves of a barcode: nobody counts so many pieces.

    Eight is the shortest, and one may be lost. Points or a comma between them are a person's.
    """
    text = text.strip()
    return len(text) >= _FEWEST_DIGITS and text.isascii() and text.isdigit()


def looks_scanned(text: str) -> bool:
    """A barcode, or what is left of one; not a number behind words, as in "trocado pelo 7891000315507"."""
    return len(text.split()) == 1 and (find_gtin(text) is not None or is_code_long(text))


def _only(found: list[Scanned]) -> Scanned | None:
    in_use = [one for one in found if one.product.active] or found
    return in_use[0] if len(in_use) == 1 else None


def _weighed(product: Product, value: int) -> Decimal | None:
    """Scales weigh in grams, and count what is sold by the piece."""
    quantity = Decimal(value)
    if product.takes_decimals and product.unit not in {"G", "ML"}:
        quantity /= _THOUSAND
    return quantity or None


def _bought_for(product: Product, price: Decimal) -> Decimal | None:
    """How much of it that is; None where the product's own price does not say it."""
    if not product.price or not price:
        return None
    quantity = price / product.price
    if product.takes_decimals:
        quantity = quantity.quantize(_WEIGHED, ROUND_HALF_UP)
    elif quantity != quantity.to_integral_value():
        return None
    return quantity if 0 < quantity <= MAX_QUANTITY else None
