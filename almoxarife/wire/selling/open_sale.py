"""The open sale: a sale while it is made. Immutable: every change returns a new ``OpenSale``, or raises SaleRefused.

Its ``key`` is created with it and becomes the idempotency key of its request, so that it is recorded once, whatever
happens between till and server.
"""

import uuid
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from almoxarife.brazil import format_money, round_money
from almoxarife.wire.catalog import Product
from almoxarife.wire.codes.scanned import Scanned
from almoxarife.wire.fields import MAX_MONEY, MAX_QUANTITY, Money, PositiveQuantity
from almoxarife.wire.sales import MAX_ITEMS, SaleIn, SaleItemIn, find_subtotal, find_total

ZERO = Decimal("0.00")
ONE = Decimal(1)
HUNDRED = Decimal(100)
FINEST = Decimal("0.0001")
"""The smallest quantity."""


class SaleLine(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)

    product_id: str
    name: str
    unit: str
    takes_decimals: bool
    quantity: PositiveQuantity
    price: Money | None
    """Of one unit in reais; None if the product has no price and the seller has not typed one yet."""

    @property
    def subtotal(self) -> Decimal:
        """In reais; zero without a price."""
        return ZERO if self.price is None else find_subtotal(self.quantity, self.price)


class Discount(BaseModel):
    """A discount in reais or in per cent of the subtotal, not both."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    reais: Money | None = None
    percent: Money | None = Field(default=None, le=HUNDRED)

    def of(self, subtotal: Decimal) -> Decimal:
        """The discount on ``subtotal`` in reais, rounded to the centavo."""
        if self.percent is not None:
            return round_money(subtotal * self.percent / HUNDRED)
        return self.reais or ZERO

    def __bool__(self) -> bool:
        return bool(self.reais or self.percent)


NO_DISCOUNT = Discount()


class SaleRefused(ValueError):
    """A change that is not possible. The message is a Portuguese sentence that says what to do."""


class OpenSale(BaseModel):
    """A sale of ``lines``, or of an ``amount`` without items. Methods return the changed sale or raise SaleRefused."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    key: str = Field(default_factory=lambda: str(uuid.uuid4()))
    lines: tuple[SaleLine, ...] = ()
    discount: Discount = NO_DISCOUNT
    amount: Money | None = None
    received: Money | None = None

    # --- totals in reais ---------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        return not self.lines and self.amount is None

    @property
    def subtotal(self) -> Decimal:
        """Before the discount."""
        if self.amount is not None:
            return self.amount
        return find_total(line.subtotal for line in self.lines)

    @property
    def discounted(self) -> Decimal:
        """How much the discount takes off."""
        return self.discount.of(self.subtotal)

    @property
    def total(self) -> Decimal:
        """What the customer pays."""
        return self.subtotal - self.discounted

    @property
    def change(self) -> Decimal | None:
        """The change for the customer: negative if too little was received, None if no amount was typed."""
        return None if self.received is None else self.received - self.total

    @property
    def first_without_price(self) -> int | None:
        """The index of the first line that still needs a price."""
        return next((at for at, line in enumerate(self.lines) if line.price is None), None)

    # --- what a seller does -------------------------------------------------------------

    def add_scanned(self, scanned: Scanned, times: Decimal = ONE) -> Self:
        """Add a scanned product: for a box its contents, for a scale's label exactly the price on the label."""
        if scanned.price is None:
            return self.add(scanned.product, (scanned.quantity or ONE) * times)
        if times != 1:
            raise SaleRefused("Uma etiqueta da balança vale por uma: leia cada uma.")
        quantity, price = _labelled(scanned.product, scanned.quantity, scanned.price)
        return self.add(scanned.product, quantity, price=price)

    def add(self, product: Product, quantity: Decimal, *, price: Decimal | None = None) -> Self:
        """Add a line, or to the line of the product if its unit is whole. ``price``: if it is not the product's."""
        if self.amount is not None:
            raise SaleRefused("Esta venda é de um valor sem itens. Apague o valor para vender itens.")
        if not product.active:
            raise SaleRefused(f"{product.name} está desativado.")
        _check_whole(product.takes_decimals, quantity)
        price = product.price if price is None else price
        for at, line in enumerate(self.lines):
            if line.product_id == product.id and line.price == price and not product.takes_decimals:
                moved = line.model_copy(update={"quantity": line.quantity + quantity})
                return self._with_lines((*self.lines[:at], *self.lines[at + 1 :], moved))
        if len(self.lines) == MAX_ITEMS:
            raise SaleRefused(f"Uma venda tem no máximo {MAX_ITEMS} itens. Feche esta e comece outra.")
        line = SaleLine(
            product_id=product.id,
            name=product.name,
            unit=product.unit,
            takes_decimals=product.takes_decimals,
            quantity=quantity,
            price=price,
        )
        return self._with_lines((*self.lines, line))

    def change_quantity(self, at: int, quantity: Decimal) -> Self:
        _check_whole(self.lines[at].takes_decimals, quantity)
        return self._with_line(at, quantity=quantity)

    def set_price(self, at: int, price: Decimal) -> Self:
        return self._with_line(at, price=price)

    def remove(self, at: int) -> Self:
        return self._with_lines((*self.lines[:at], *self.lines[at + 1 :]))

    def set_discount(self, discount: Discount) -> Self:
        if discount and self.amount is not None:
            raise SaleRefused("O desconto vale para itens: digite o valor já com desconto.")
        return self._checked({"discount": discount})

    def set_amount(self, amount: Decimal | None) -> Self:
        if amount is not None and self.lines:
            raise SaleRefused("Já há itens nesta venda: o total é a soma deles.")
        return self._checked({"amount": amount or None, "discount": NO_DISCOUNT if amount else self.discount})

    def set_received(self, received: Decimal | None) -> Self:
        return self.model_copy(update={"received": received})

    # --- closing ------------------------------------------------------------------------

    def to_wire(self, shop_id: str | None) -> SaleIn:
        """The request that records the sale. Raises SaleRefused if anything is missing."""
        if self.is_empty:
            raise SaleRefused("Leia ou digite um produto, ou informe um valor.")
        missing = self.first_without_price
        if missing is not None:
            raise SaleRefused(f"Informe o preço de {self.lines[missing].name}.")
        if self.discounted > self.subtotal:
            raise SaleRefused(f"O desconto passa do total dos itens, {format_money(self.subtotal)}.")
        if self.total <= 0:
            raise SaleRefused("O total deve ser maior que zero.")
        if self.change is not None and self.change < 0:
            raise SaleRefused(f"Faltam {format_money(-self.change)}.")
        items = [
            SaleItemIn(produto_id=line.product_id, quantidade=line.quantity, preco=line.price) for line in self.lines
        ]
        return SaleIn(loja_id=shop_id, valor=self.total, itens=items or None, desconto=self.discounted or None)

    # --- helpers --------------------------------------------------------------------------

    def _with_line(self, at: int, **update: object) -> Self:
        changed = self.lines[at].model_copy(update=update)
        return self._with_lines((*self.lines[:at], changed, *self.lines[at + 1 :]))

    def _with_lines(self, lines: tuple[SaleLine, ...]) -> Self:
        if any(line.quantity > MAX_QUANTITY for line in lines):
            raise SaleRefused("A quantidade passa do limite de 99.999.999.999.")
        return self._checked({"lines": lines})

    def _checked(self, update: dict[str, object]) -> Self:
        changed = self.model_copy(update=update)
        if changed.subtotal > MAX_MONEY:
            raise SaleRefused(f"O total passa do limite de {format_money(MAX_MONEY)}.")
        return changed


def _labelled(product: Product, quantity: Decimal | None, cost: Decimal) -> tuple[Decimal, Decimal]:
    """A quantity and price whose product is ``cost``: at the product's own price if possible, else at one near it."""
    if product.price and product.takes_decimals:
        bought = (cost / product.price).quantize(FINEST)
        if bought > 0 and find_subtotal(bought, product.price) == cost:
            return bought, product.price
    if quantity:
        price = round_money(cost / quantity)
        if find_subtotal(quantity, price) == cost:
            return quantity, price
    return ONE, cost


def _check_whole(takes_decimals: bool, quantity: Decimal) -> None:
    if quantity <= 0 or not (takes_decimals or quantity == quantity.to_integral_value()):
        number = "um número com até 4 decimais" if takes_decimals else "um número inteiro"
        raise SaleRefused(f"Informe {number} maior que zero.")
