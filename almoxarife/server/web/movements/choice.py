"""What is chosen on *Movimentações*, as its URL has it and as the API is asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from almoxarife import brazil
from almoxarife.server.web import api_calls
from almoxarife.wire.catalog import Product, ShownProduct
from almoxarife.wire.fields import MAX_PAGE_SIZE

FIELDS = ("de", "ate", "pessoa", "loja", "tipo", "produto")
MAX_DAYS = 31
"""At once, unless it is one product: so each page is quick, however many movements there are."""
_CODE = re.compile(r"[pP]0*([1-9][0-9]{0,9})")
_PRODUCTS_SHOWN = 20
_UNKNOWN = 404


@dataclass(frozen=True, kw_only=True)
class Choice:
    texts: Mapping[str, str]
    """The fields as they were typed."""
    product: Product | None = None
    candidates: tuple[Product, ...] = ()
    """The first products that were found, if several were."""
    errors: Mapping[str, str]
    """By field."""

    @property
    def query(self) -> dict[str, str]:
        """For the API."""
        texts = self.texts
        query = {"de": texts["de"], "ate": texts["ate"], "loja": texts["loja"], "tipo": texts["tipo"]}
        query |= {"registrado_por": texts["pessoa"], "produto": self.product.id if self.product else ""}
        return {name: text for name, text in query.items() if text}


def read_choice(texts: Mapping[str, str], today: date) -> Choice:
    """By default today; of one product, the last days."""
    texts = {name: " ".join(texts.get(name, "").split()) for name in FIELDS}
    if not texts["de"] and not texts["ate"]:
        ago = MAX_DAYS - 1 if texts["produto"] else 0
        texts |= {"de": (today - timedelta(days=ago)).isoformat(), "ate": today.isoformat()}
    texts |= {"de": texts["de"] or texts["ate"], "ate": texts["ate"] or texts["de"]}
    product, candidates = _find_product(texts["produto"]) if texts["produto"] else (None, [])
    errors = {}
    if texts["produto"] and product is None:
        is_all = len(candidates) <= _PRODUCTS_SHOWN
        several = "Escolha um destes." if is_all else "Escolha um destes, ou escreva mais do nome."
        errors["produto"] = several if candidates else "Nenhum produto assim."
    try:
        first, last = (_read_day(texts[name], today) for name in ("de", "ate"))
    except ValueError as error:
        errors["ate"] = str(error)
    else:
        texts |= {"de": first.isoformat(), "ate": last.isoformat()}
        days = (last - first).days + 1
        if days < 1:
            errors["ate"] = "O último dia vem antes do primeiro."
        elif days > MAX_DAYS and product is None:
            errors["ate"] = f"Escolha no máximo {MAX_DAYS} dias de cada vez, ou um produto."
    return Choice(texts=texts, product=product, candidates=tuple(candidates[:_PRODUCTS_SHOWN]), errors=errors)


def _read_day(text: str, today: date) -> date:
    """As a browser sends it, or as people type it. Raises ValueError with a Portuguese sentence."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return brazil.parse_date(text, today)


def _find_product(text: str) -> tuple[Product | None, list[Product]]:
    """The product of this code or name; otherwise those that it may be. Raises Refused."""
    if code := _CODE.fullmatch(text):
        try:
            return api_calls.get(ShownProduct, f"/produtos/p{code[1]}"), []
        except api_calls.Refused as refused:
            if refused.reply.status != _UNKNOWN:
                raise
            return None, []
    found = api_calls.get(list[Product], "/produtos", busca=text, inativos="1", limite=MAX_PAGE_SIZE)
    exact = [product for product in found if product.name.casefold() == text.casefold()]
    for matches in (found, exact):
        if len(matches) == 1:
            return matches[0], []
    return None, found
