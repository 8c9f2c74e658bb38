"""Sales, their cancellations, totals and rankings on the wire.

The subtotal of a line is its quantity times its price, rounded to the centavo by ``brazil.round_money``; the amount of
a sale is the sum of its subtotals less the discount. Clients and server calculate it with the functions below, so that
a receipt and the server always agree.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, field_validator, model_validator

from almoxarife import brazil
from almoxarife.wire.fields import (
    MAX_MONEY,
    Flag,
    HourOfDay,
    Id,
    Limit,
    Money,
    PositiveQuantity,
    Quantity,
    Reason,
    refuse,
)
from almoxarife.wire.model import Request, Response
from almoxarife.wire.times import Day, Time

MAX_ITEMS = 500
"""Lines of one sale."""


def find_subtotal(quantity: Decimal, price: Decimal) -> Decimal:
    """The subtotal of a line in reais, rounded to the centavo."""
    return brazil.round_money(quantity * price)


def find_total(subtotals: Iterable[Decimal], discount: Decimal = Decimal(0)) -> Decimal:
    """The amount of a sale in reais."""
    return sum(subtotals, Decimal(0)) - discount


def find_fault_of_total(total: Decimal, discount: Decimal, amount: Decimal | None) -> tuple[str, str] | None:
    """Wire name and sentence if a sale of items cannot have this total, or ``amount`` was sent and differs from it."""
    if total + discount <= 0:
        return "itens", "A soma dos itens deve ser maior que zero."
    if total <= 0:
        return "desconto", "O desconto deve ser menor que a soma dos itens."
    if total > MAX_MONEY:
        return "itens", "A soma dos itens passa de R$ 9.999.999.999,99."
    if amount is not None and amount != total:
        return "valor", f"A soma dos itens menos o desconto é {brazil.format_money(total)}. Confira o valor."
    return None


def _positive(amount: Decimal | None) -> Decimal | None:
    if amount is not None and amount <= 0:
        raise refuse("valor_positivo", "Informe um valor maior que zero.")
    return amount


# --- what is sent ---------------------------------------------------------------------


class SaleItemIn(Request):
    product_id: Id = Field(alias="produto_id")
    quantity: PositiveQuantity = Field(alias="quantidade")
    price: Money | None = Field(default=None, alias="preco")
    """Of one unit; None for the product's own price."""


class SaleIn(Request):
    """A sale of items, or of an amount without items, which changes no stock."""

    shop_id: Id | None = Field(default=None, alias="loja_id")
    amount: Money | None = Field(default=None, alias="valor")
    """Optional for a sale of items; if sent, it must be their sum less the discount."""
    occurred_at: Time | None = Field(default=None, alias="ocorrido_em")
    items: list[SaleItemIn] | None = Field(default=None, alias="itens", min_length=1, max_length=MAX_ITEMS)
    discount: Money | None = Field(default=None, alias="desconto")

    _amount_is_positive = field_validator("amount")(_positive)

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.items is None:
            if self.amount is None:
                raise refuse("venda_vazia", "Informe o valor ou os itens.")
            if self.discount:
                raise refuse("venda_desconto", "O desconto vale para uma venda com itens. Informe o valor já com ele.")
        return self


class CancellationIn(Request):
    reason: Reason = Field(alias="motivo")


# --- what is answered -----------------------------------------------------------------


class SoldBy(Response):
    id: str
    name: str = Field(alias="nome")
    """The full name, or the user name if no full name is known."""


class SaleItem(Response):
    product_id: str = Field(alias="produto_id")
    product_name: str = Field(alias="nome_produto")
    unit: str = Field(alias="unidade")
    quantity: Quantity = Field(alias="quantidade")
    price: Money = Field(alias="preco")
    subtotal: Money
    """Quantity times price, rounded to the centavo, before the discount."""
    discount: Money = Field(alias="desconto")
    """This line's share in the discount of the sale; the shares add up to it."""
    movement_id: str = Field(alias="movimentacao_id")
    is_below_zero: bool = Field(alias="estoque_negativo")
    """Whether the line took more than the balance of the shop."""


class Sale(Response):
    id: str
    seq: int
    shop_id: str = Field(alias="loja_id")
    sold_by: SoldBy = Field(alias="vendedor")
    amount: Money = Field(alias="valor")
    discount: Money = Field(alias="desconto")
    items: list[SaleItem] = Field(alias="itens")
    """Empty for a sale without items."""
    recorded_at: Time = Field(alias="registrada_em")
    occurred_at: Time = Field(alias="ocorrido_em")
    is_below_zero: bool = Field(alias="estoque_negativo")
    """Whether some line took more than the balance of the shop."""
    is_clock_corrected: bool = Field(default=False, alias="relogio_corrigido")
    """``ocorrido_em`` was in the future, or the waiting time was not believed: the server's time is stored instead."""
    cancelled_at: Time | None = Field(default=None, alias="cancelada_em")
    cancelled_by: SoldBy | None = Field(default=None, alias="cancelada_por")
    cancelled_for: str | None = Field(default=None, alias="motivo_cancelamento")

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None


def _read_sum(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


Sum = Annotated[
    Decimal,
    BeforeValidator(_read_sum),
    PlainSerializer(lambda value: f"{value:.2f}", when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]+\.[0-9]{2}$", "example": "560.00"}),
]
"""The amount of many sales in reais, without an upper bound."""


class SalesTotal(Response):
    total: Sum
    sales: int = Field(alias="vendas")
    since: date | None = Field(default=None, alias="de")
    until: date | None = Field(default=None, alias="ate")


class RankedBy(StrEnum):
    SELLER = "vendedor"
    SHOP = "loja"
    CHAIN = "rede"
    PRODUCT = "produto"
    DAY = "dia"
    HOUR = "hora"


class RankingOrder(StrEnum):
    TOTAL = "total"
    QUANTITY = "quantidade"
    """Only for products."""


class Ranked(Response):
    """A line of a ranking. Equal totals share a place, and the places after it stay empty (1, 1, 3)."""

    id: str
    """A wire id; for a day ``2026-11-20``, for an hour ``14``."""
    name: str = Field(alias="nome")
    total: Sum
    """For a product: the subtotals of its lines less their shares in the discounts."""
    sales: int = Field(alias="vendas")
    place: int = Field(alias="lugar")
    quantity: Quantity | None = Field(default=None, alias="quantidade")
    """How much was sold of a product; only in a ranking of products."""
    unit: str | None = Field(default=None, alias="unidade")
    """The product's unit; only in a ranking of products."""


class Best(Response):
    best: list[Ranked] = Field(alias="melhores")
    """All that share the first place; empty without sales."""


# --- what is asked --------------------------------------------------------------------


class _Days(Request):
    """A period of local days, both included; None for no bound."""

    since: Day | None = Field(default=None, alias="de")
    until: Day | None = Field(default=None, alias="ate")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since is not None and self.until is not None and self.until < self.since:
            raise refuse("dias_trocados", "O último dia vem antes do primeiro.")
        return self


class SalesQuery(_Days):
    limit: Limit | None = Field(default=None, alias="limite")
    after: Annotated[str | None, Field(max_length=60)] = Field(default=None, alias="depois")
    latest: Limit | None = Field(default=None, alias="ultimas")
    """Only the newest n sales, oldest first."""
    before: Id | None = Field(default=None, alias="antes")
    """With ``ultimas``: the newest ones that happened before this sale."""
    shop_id: Id | None = Field(default=None, alias="loja")
    chain_id: Id | None = Field(default=None, alias="rede")
    seller_id: Id | None = Field(default=None, alias="vendedor")
    product_id: Id | None = Field(default=None, alias="produto")
    """Only sales with a line of this product."""
    hour: HourOfDay | None = Field(default=None, alias="hora")
    """Only sales in this hour of the local day (14: from 14:00 to 14:59)."""
    with_cancelled: Flag = Field(default=False, alias="canceladas")

    @model_validator(mode="after")
    def _newest_or_next(self) -> Self:
        if self.latest is not None and (self.after is not None or self.limit is not None):
            raise refuse("valor_ultimas", "O campo “ultimas” não combina com “depois” nem “limite”.")
        if self.before is not None and self.latest is None:
            raise refuse("antes_sem_ultimas", "O campo “antes” só vale com “ultimas”.")
        return self


class TotalQuery(_Days):
    seller_id: Id | None = Field(default=None, alias="vendedor")
    shop_id: Id | None = Field(default=None, alias="loja")
    chain_id: Id | None = Field(default=None, alias="rede")


class RankingQuery(_Days):
    by: RankedBy = Field(alias="por")
    order: RankingOrder = Field(default=RankingOrder.TOTAL, alias="ordem")
    """By quantity only where ``por`` is ``produto``: what is of several products has no common unit."""
    seller_id: Id | None = Field(default=None, alias="vendedor")
    """Only the sales of this person."""
    shop_id: Id | None = Field(default=None, alias="loja")
    chain_id: Id | None = Field(default=None, alias="rede")
    limit: Limit | None = Field(default=None, alias="limite")

    @model_validator(mode="after")
    def _quantity_of_products(self) -> Self:
        if self.order is RankingOrder.QUANTITY and self.by is not RankedBy.PRODUCT:
            raise refuse("ordem_quantidade", "A ordem “quantidade” só vale para produtos (por=produto).")
        return self


class BestQuery(_Days):
    chain_id: Id | None = Field(default=None, alias="rede")
