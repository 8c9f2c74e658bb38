"""Searches the products on this computer while a person types, ignoring accents and case."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from almoxarife.wire.catalog import Product
from almoxarife.wire.codes.gtin import is_gtin, to_gtin14
from almoxarife.wire.codes.scanned import ProductCodes
from almoxarife.wire.fields import fold, fold_case


def display_code(product_id: str) -> str:
    """ "p12" as the "P00012" that people see."""
    digits = product_id[1:]
    return f"P{int(digits):05d}" if digits.isdigit() else product_id.upper()


class Catalog:
    """The products of one response, sorted by name and indexed for searching.

    ``products`` are the active ones, ``everything`` includes the deactivated ones.
    """

    def __init__(self, products: Iterable[Product]) -> None:
        by_name = sorted(((fold(product.name), number, product) for number, product in enumerate(products)))
        self._folded = [name for name, _, _ in by_name]
        self.everything: Sequence[Product] = [product for _, _, product in by_name]
        self.products: Sequence[Product] = [product for product in self.everything if product.active]
        self._by_id = {product.id: product for product in self.everything}
        self.codes = ProductCodes(self.everything)
        self._by_name = {fold_case(product.name): product for product in self.everything}
        self._codes = [_list_codes(product) for product in self.everything]
        self._texts = [" ".join((name, *codes)) for name, codes in zip(self._folded, self._codes, strict=True)]

    def __len__(self) -> int:
        return len(self.products)

    def find(self, product_id: str) -> Product | None:
        """By id, including deactivated products."""
        return self._by_id.get(product_id)

    def find_similar(self, name: str) -> Product | None:
        """A product whose name differs only in accents or punctuation; None if one has exactly this name."""
        name = " ".join(name.split())
        if fold_case(name) in self._by_name:
            return None
        folded = fold(name)
        at = bisect_left(self._folded, folded)
        return self.everything[at] if at < len(self._folded) and self._folded[at] == folded else None

    def search(self, text: str, *, with_inactive: bool = False) -> Sequence[Product]:
        """Products whose name or codes contain every word. Enter takes the first, so the order matters:

        exact name or code, name that starts with the text, name with all words, then the rest.
        """
        words = fold(text).split()
        wanted = " ".join(words)
        if not words:
            return self.everything if with_inactive else self.products
        found = [
            (self._rank(number, wanted, words), number)
            for number, searched in enumerate(self._texts)
            if all(word in searched for word in words) and (with_inactive or self.everything[number].active)
        ]
        return [self.everything[number] for _, number in sorted(found)]

    def _rank(self, number: int, wanted: str, words: list[str]) -> int:
        name = self._folded[number]
        if name == wanted or wanted in self._codes[number]:
            return 0
        if name.startswith(wanted):
            return 1
        if all(word in name for word in words):
            return 2 if name.startswith(words[0]) else 3
        return 4

    def meant(self, text: str) -> Product | None:
        """The active product with exactly this name, code or barcode, or else the only one found."""
        found = self.search(text)
        wanted = " ".join(fold(text).split())
        gtin = to_gtin14(wanted) if is_gtin(wanted) else "-"
        same_name = [p for p in found if fold_case(p.name) == fold_case(" ".join(text.split()))]
        exact = [p for p in found if wanted in _identifiers(p) or gtin in _codes_of(p)]
        candidates = same_name or exact or found
        return candidates[0] if len(candidates) == 1 else None


def _identifiers(product: Product) -> tuple[str, ...]:
    """Name, displayed code and short code, folded."""
    return fold(product.name), fold(display_code(product.id)), fold(product.sku or "")


def _codes_of(product: Product) -> list[str | None]:
    """The barcodes of the product and its boxes, padded to 14 digits."""
    return [product.gtin, *(to_gtin14(code.code) for code in product.codes)]


def _list_codes(product: Product) -> tuple[str, ...]:
    return tuple(filter(None, (display_code(product.id).lower(), *_codes_of(product), fold(product.sku or ""))))
