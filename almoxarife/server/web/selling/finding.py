"""Finds the product for a scanned code or typed words."""

from typing import NamedTuple

from almoxarife.server.web import api_calls
from almoxarife.wire.catalog import Product
from almoxarife.wire.codes.scanned import ProductCodes, Scanned, find_gtin
from almoxarife.wire.stores import ScaleLabel

AT_ONCE = 20
MAX_SEARCH_LENGTH = 200
_LABEL = "2CCCCCVVVVVVD"
"""A label of a scale: 2, the product's short code, a weight or price, and a check digit."""


class Found(NamedTuple):
    by_code: Scanned | None = None
    by_name: tuple[Product, ...] = ()
    """Products to choose from, if no code has matched."""

    @property
    def products(self) -> list[Product]:
        return list(self.by_name) if self.by_code is None else [self.by_code.product]


NOTHING = Found()


def find(text: str, label: ScaleLabel | None) -> Found:
    """By a code, else by words of the name. ``label``: the format of the shop's scale labels."""
    text = " ".join(text.split())[:MAX_SEARCH_LENGTH]
    scanned = ProductCodes(_list_candidates(text, label)).find(text, label)
    if scanned is not None or find_gtin(text) is not None:
        return Found(scanned)
    return Found(None, tuple(api_calls.get(list[Product], "/produtos", busca=text, limite=AT_ONCE)))


def _list_candidates(text: str, label: ScaleLabel | None) -> list[Product]:
    barcode = find_gtin(text)
    known = api_calls.get(list[Product], "/produtos", codigo=barcode or text)
    if not known and label is not None and barcode is not None and len(barcode) == len(_LABEL):
        known = api_calls.get(list[Product], "/produtos", codigo=barcode[1 : 1 + label.digits])
    return known
