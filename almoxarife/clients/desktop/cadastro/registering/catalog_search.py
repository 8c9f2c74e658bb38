"""Finding products while a person types: every word, blind to accents and case."""

from collections.abc import Iterable, Sequence

from almoxarife.wire.catalog import Product
from almoxarife.wire.fields import fold


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
        self.everything: Sequence[Product] = [product for _, _, product in by_name]
        self.products: Sequence[Product] = [product for product in self.everything if product.active]
        self._by_id = {product.id: product for product in self.everything}
        self._by_barcode = {product.barcode: product for product in self.everything if product.barcode}
        self._texts = [_searchable(name, product) for name, _, product in by_name]

    def __len__(self) -> int:
        return len(self.products)

    def find(self, product_id: str) -> Product | None:
        """Deactivated or not."""
        return self._by_id.get(product_id)

    def find_barcode(self, barcode: str) -> Product | None:
        """Deactivated or not."""
        return self._by_barcode.get(barcode)

    def search(self, text: str, *, with_inactive: bool = False) -> Sequence[Product]:
        """Those that hold every word, the ones whose name begins so first."""
        words = fold(text).split()
        if not words:
            return self.everything if with_inactive else self.products
        found = [
            (not searched.startswith(words[0]), number)
            for number, searched in enumerate(self._texts)
            if all(word in searched for word in words) and (with_inactive or self.everything[number].active)
        ]
        return [self.everything[number] for _, number in sorted(found)]

    def meant(self, text: str) -> Product | None:
        """The one active product of this name, code or barcode, or the only one found."""
        found = self.search(text)
        wanted = " ".join(fold(text).split())
        exact = [p for p in found if wanted in (fold(p.name), fold(display_code(p.id)), p.barcode)]
        candidates = exact or found
        return candidates[0] if len(candidates) == 1 else None


def _searchable(folded_name: str, product: Product) -> str:
    return f"{folded_name} {display_code(product.id).lower()} {product.barcode or ''}"
