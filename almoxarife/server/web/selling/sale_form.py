"""An open sale as fields of the page's form and URL; it is stored nowhere else.

So after a reload, the back button, a lost response or a login it is the same sale with the same key,
whichever server answers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from almoxarife.brazil import format_money, format_number
from almoxarife.server.web import api_calls
from almoxarife.server.web.pages import OWNER_FIELD, find_fault, visitor
from almoxarife.wire.catalog import ShownProduct
from almoxarife.wire.codes.scanned import find_gtin
from almoxarife.wire.fields import MAX_MONEY
from almoxarife.wire.problem import Problem
from almoxarife.wire.sales import Sale
from almoxarife.wire.selling.open_sale import NO_DISCOUNT, OpenSale, SaleLine
from almoxarife.wire.selling.typed import plain_money, read_discount, read_money, read_quantity

T = TypeVar("T")

PATH = "/painel/vender"
KEY = "venda"
"""The field with the sale's key. Unlike the keys of other forms, it is kept through a login."""
MAX_LINES = 100
_GONE = "Um produto que estava nesta venda não existe mais, e saiu dela. Confira o resto."
_KEPT = ("loja_id", "desconto", "recebido", "valor")


@dataclass(frozen=True)
class LineFields:
    """One line as it was typed."""

    product: ShownProduct
    quantity: str
    price: str


@dataclass
class SaleForm:
    """The values of the fields, and the sale that they make; ``errors`` has a sentence for each invalid field."""

    fields: MultiDict[str, str]
    lines: list[LineFields]
    sale: OpenSale = field(init=False)
    errors: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    """Why the sale as a whole is invalid."""
    is_closed: bool = False
    """Whether the server has a sale with this key already, with other items."""

    def __post_init__(self) -> None:
        self._take_scan()
        self.sale = self._read_sale()

    @property
    def problem(self) -> Problem | None:
        """``errors`` and ``refusal`` as a problem for the page."""
        if not self.errors and not self.refusal:
            return None
        return find_fault(self.errors, self.refusal) if self.refusal else find_fault(self.errors)

    @property
    def text(self) -> str:
        """The text of the field for the next product."""
        return self.fields.get("codigo", "").strip()

    def refuse(self, problem: Problem) -> None:
        self.refusal = problem.message
        self.errors |= {error.field: error.message for error in problem.errors or [] if error.field in _KEPT}

    @property
    def key(self) -> str:
        return self.fields.get(KEY, "")

    @property
    def shop_id(self) -> str | None:
        return self.fields.get("loja_id") or None

    def _take_scan(self) -> None:
        """Move a code that was scanned into another field to the field for the next product."""
        for at, line in enumerate(self.lines):
            if self._is_scan(line.quantity):
                self.lines[at] = replace(line, quantity="1")
            elif self._is_scan(line.price):
                price = line.product.price
                self.lines[at] = replace(line, price="" if price is None else plain_money(price))
        for name in ("desconto", "recebido", "valor"):
            if self._is_scan(self.fields.get(name, "")):
                self.fields[name] = ""

    def _is_scan(self, text: str) -> bool:
        code = find_gtin(text)
        if code is not None and not self.text:
            self.fields["codigo"] = code
        return code is not None

    def _read_sale(self) -> OpenSale:
        """The sale of all valid fields; the others get ``errors``."""
        lines = [line for at, each in enumerate(self.lines) if (line := self._read_line(at, each)) is not None]
        # An amount is for a sale without items.
        amount = None if self.lines else self._read("valor", read_money, None)
        discount = self._read("desconto", read_discount, NO_DISCOUNT) if self.lines else NO_DISCOUNT
        sale = OpenSale(
            key=self.key,
            lines=tuple(lines),
            discount=discount,
            amount=amount or None,
            received=self._read("recebido", read_money, None),
        )
        if sale.subtotal > MAX_MONEY:
            self.errors["codigo"] = "O total passa do limite. Confira quantidades e preços."
        return sale

    def _read_line(self, at: int, typed: LineFields) -> SaleLine | None:
        product = typed.product
        quantity = self._read(f"quantidade-{at}", read_quantity, None, typed.quantity)
        price = self._read(f"preco-{at}", read_money, None, typed.price)
        if quantity is None:
            return None
        if not product.takes_decimals and quantity != quantity.to_integral_value():
            self.errors[f"quantidade-{at}"] = f"Em {product.unit}, informe um número inteiro."
            return None
        return SaleLine(
            product_id=product.id,
            name=product.name,
            unit=product.unit,
            takes_decimals=product.takes_decimals,
            quantity=quantity,
            price=price,
        )

    def _read(self, name: str, read: Callable[[str], T], otherwise: T, text: str | None = None) -> T:
        try:
            return read(self.fields.get(name, "") if text is None else text)
        except ValueError as error:
            self.errors[name] = str(error)
            return otherwise


def read_form(fields: MultiDict[str, str]) -> SaleForm:
    lines = zip(fields.getlist("produto"), fields.getlist("quantidade"), fields.getlist("preco"), strict=False)
    known: dict[str, ShownProduct | None] = {}
    found = []
    for product_id, quantity, price in list(lines)[:MAX_LINES]:
        if product_id not in known:
            known[product_id] = _find_product(product_id)
        if (product := known[product_id]) is not None:
            found.append(LineFields(product, quantity, price))
    form = SaleForm(fields.copy(), found)
    if None in known.values():
        form.errors["codigo"] = _GONE
    return form


def _find_product(product_id: str) -> ShownProduct | None:
    """None if it no longer exists: a browser may keep an open sale for long."""
    try:
        return api_calls.get(ShownProduct, f"/produtos/{product_id}")
    except api_calls.Refused as error:
        if error.reply.status != HTTPStatus.NOT_FOUND:
            raise
        return None


def begin_sale(key: str) -> dict[str, str]:
    """The parameters of every open sale's URL. Keys belong to a person: two people with one URL would sell it twice."""
    return {KEY: key, OWNER_FIELD: str(visitor().user_id)}


def to_address(form: SaleForm, sale: OpenSale, **more: str) -> str:
    """The URL of the page with this sale and all other typed values."""
    parameters = [*begin_sale(form.key).items(), *((name, form.fields.get(name, "")) for name in _KEPT)]
    for line in sale.lines:
        parameters += [
            ("produto", line.product_id),
            ("quantidade", format_number(line.quantity)),
            ("preco", "" if line.price is None else plain_money(line.price)),
        ]
    parameters += list(more.items())
    # The three fields of a line belong together, even where one of them is empty.
    return f"{PATH}?{urlencode([(name, text) for name, text in parameters if text or name == 'preco'])}"


def say_closed(sale: Sale, fields: Mapping[str, str]) -> str:
    """The sentence on the page of a sale for the person who has just closed it; empty for others."""
    if not fields.get(KEY):
        return ""
    if fields.get("repetida"):
        return f"Esta venda já estava registrada, e não foi repetida: {format_money(sale.amount)}."
    try:
        received = read_money(fields.get("recebido", ""))
    except ValueError:
        received = None
    change = f" Troco: {format_money(received - sale.amount)}." if received and received > sale.amount else ""
    return f"Venda registrada: {format_money(sale.amount)}.{change}"
