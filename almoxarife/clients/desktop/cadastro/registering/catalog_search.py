"""Finding products while a person types: every word, blind to accents and case."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from almoxarife.wire.catalog import Product
from almoxarife.wire.codes.gtin import in_14_places, is_gtin
from almoxarife.wire.codes.scanned import ProductCodes
from almoxarife.wire.fields import fold, fold_case


def display_code(product_id: str) -> str:
    """ "p12" as the "P00012" that people see."""
    digits = product_id[1:]
    return f"P{int(digits):05d}" if digits.isdigit() else product_id.upper()


class Catalog:
    """The products of one answer, in the order of their names, ready to be searched.

    Deactivated ones are found only where they are asked for.
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
        """Deactivated or not."""
        return self._by_id.get(product_id)

    def find_similar(self, name: str) -> Product | None:
        """One whose name differs in accents or signs alone, where none has the very name."""
        name = " ".join(name.split())
        if fold_case(name) in self._by_name:
            return None
        folded = fold(name)
        at = bisect_left(self._folded, folded)
        return self.everything[at] if at < len(self._folded) and self._folded[at] == folded else None

    def search(self, text: str, *, with_inactive: bool = False) -> Sequence[Product]:
        """Those that hold every word: the very ones first, then those whose name begins so or holds it all.

        The first one is what Enter takes: a code in which the words stand, too, must not come before a name.
        """
        words = fold(text).split()
        wanted = " ".join(words)
        if not words:
            return self.everything if with_inactive else self.products
        found = [
            (self._find_distance(number, wanted, words), number)
            for number, searched in enumerate(self._texts)
            if all(word in searched for word in words) and (with_inactive or self.everything[number].active)
        ]
        return [self.everything[number] for _, number in sorted(found)]

    def _find_distance(self, number: int, wanted: str, words: list[str]) -> int:
        name = self._folded[number]
        if name == wanted or wanted in self._codes[number]:
            return 0
        if name.startswith(wanted):
            return 1
        if all(word in name for word in words):
            return 2 if name.startswith(words[0]) else 3
        return 4

    def meant(self, text: str) -> Product | None:
        """The one active product of this name, code or barcode, or the only one found."""
        found = self.search(text)
        wanted = " ".join(fold(text).split())
        gtin = in_14_places(wanted) if is_gtin(wanted) else "-"
        very = [p for p in found if fold_case(p.name) == fold_case(" ".join(text.split()))]
        exact = [p for p in found if wanted in _said_alone(p) or gtin in _codes_of(p)]
        candidates = very or exact or found
        return candidates[0] if len(candidates) == 1 else None


def _said_alone(product: Product) -> tuple[str, ...]:
    """What stands for the product by itself, folded."""
    return fold(product.name), fold(display_code(product.id)), fold(product.sku or "")


def _codes_of(product: Product) -> list[str | None]:
    """Its barcode and those of boxes of it, in 14 places."""
    return [product.gtin, *(in_14_places(code.code) for code in product.codes)]


def _list_codes(product: Product) -> tuple[str, ...]:
    return tuple(filter(None, (display_code(product.id).lower(), *_codes_of(product), fold(product.sku or ""))))
