"""Movements of stock on the wire.

``variacao`` is the signed effect, and ``saldo`` the balance of the product in that shop after it: a balance is the
sum of all ``variacao``. ``quantidade`` is as it was sent: positive, or signed for ``ajuste``.
"""

from decimal import Decimal
from enum import StrEnum

from pydantic import Field, ValidationInfo, field_validator

from almoxarife.wire.fields import (
    Cursor,
    Flag,
    Id,
    Limit,
    OptionalNote,
    OptionalReason,
    Quantity,
    Reason,
    SignedQuantity,
    Username,
    refuse,
)
from almoxarife.wire.model import Request, Response
from almoxarife.wire.times import Day, DayOrTime, Time


class MovementKind(StrEnum):
    ENTRY = "entrada"
    EXIT = "saida"
    ADJUSTMENT = "ajuste"
    REVERSAL = "estorno"
    OPENING = "saldo_inicial"
    SALE = "venda"
    TRANSFER_OUT = "transferencia_saida"
    TRANSFER_IN = "transferencia_entrada"


KIND_NAMES = {
    MovementKind.ENTRY: "entrada",
    MovementKind.EXIT: "saída",
    MovementKind.ADJUSTMENT: "ajuste",
    MovementKind.REVERSAL: "estorno",
    MovementKind.OPENING: "saldo inicial",
    MovementKind.SALE: "venda",
    MovementKind.TRANSFER_OUT: "transferência (saída)",
    MovementKind.TRANSFER_IN: "transferência (entrada)",
}
"""As people read them."""

NOTES = ("reason", "document", "supplier")
"""The free-text fields of ``MovementIn`` and ``Movement``."""


class RecordedKind(StrEnum):
    """The kinds of movement that people record directly; other routes make the others."""

    ENTRY = "entrada"
    EXIT = "saida"
    ADJUSTMENT = "ajuste"


class MovementIn(Request):
    kind: RecordedKind = Field(default=RecordedKind.ENTRY, alias="tipo")
    product_id: Id = Field(alias="produto_id")
    quantity: SignedQuantity = Field(alias="quantidade")
    reason: OptionalReason = Field(default=None, alias="motivo", validate_default=True)
    shop_id: Id | None = Field(default=None, alias="loja_id")
    occurred_at: Time | None = Field(default=None, alias="ocorrido_em")
    document: OptionalNote = Field(default=None, alias="documento")
    supplier: OptionalNote = Field(default=None, alias="fornecedor")

    @field_validator("quantity")
    @classmethod
    def _only_adjustments_are_signed(cls, quantity: Decimal, info: ValidationInfo) -> Decimal:
        if quantity < 0 and info.data.get("kind") is not RecordedKind.ADJUSTMENT:
            raise refuse("quantidade_positiva", "Informe uma quantidade maior que zero.")
        return quantity

    @field_validator("reason")
    @classmethod
    def _exits_and_adjustments_say_why(cls, reason: str | None, info: ValidationInfo) -> str | None:
        if reason is None and info.data.get("kind", RecordedKind.ENTRY) is not RecordedKind.ENTRY:
            raise refuse("texto_motivo", "Informe o motivo.")
        return reason


class ReversalIn(Request):
    reason: Reason = Field(alias="motivo")


class Movement(Response):
    id: str
    seq: int
    product_id: str = Field(alias="produto_id")
    product_name: str = Field(alias="nome_produto")
    quantity: Quantity = Field(alias="quantidade")
    effect: Quantity = Field(alias="variacao")
    balance: Quantity = Field(alias="saldo")
    kind: MovementKind = Field(alias="tipo")
    shop_id: str = Field(alias="loja_id")
    recorded_by: str = Field(alias="registrado_por")
    recorded_at: Time = Field(alias="timestamp")
    occurred_at: Time = Field(alias="ocorrido_em")
    reason: str | None = Field(default=None, alias="motivo")
    document: str | None = Field(default=None, alias="documento")
    supplier: str | None = Field(default=None, alias="fornecedor")
    reverses: str | None = Field(default=None, alias="estorna")
    is_clock_corrected: bool = Field(default=False, alias="relogio_corrigido")
    """``ocorrido_em`` was in the future, or the waiting time was not believed: the server's time is stored instead."""
    is_below_zero: bool = Field(default=False, alias="abaixo_de_zero")
    """The balance went below zero by this movement, as the shop's policy allows."""

    @property
    def notes(self) -> list[str]:
        """The texts of its free-text fields, as far as they are filled in."""
        return [text for name in NOTES if (text := getattr(self, name))]


class Summary(Response):
    """The entries of one local day: number, total quantity, people who recorded them, and number per hour (0-23)."""

    entries: int = Field(alias="entradas")
    quantity: Quantity = Field(alias="quantidade")
    people: int = Field(alias="pessoas")
    per_hour: list[int] = Field(alias="por_hora")


class MovementsChoice(Request):
    """Which movements. ``de`` and ``ate`` are compared with the time of recording."""

    shop_id: Id | None = Field(default=None, alias="loja")
    kind: MovementKind | None = Field(default=None, alias="tipo")
    since: DayOrTime | None = Field(default=None, alias="de")
    until: DayOrTime | None = Field(default=None, alias="ate")
    recorded_by: Username | None = Field(default=None, alias="registrado_por")
    product_id: Id | None = Field(default=None, alias="produto")


class MovementsQuery(MovementsChoice):
    after: Cursor | None = Field(default=None, alias="depois")
    limit: Limit | None = Field(default=None, alias="limite")
    latest: Limit | None = Field(default=None, alias="ultimos")

    @field_validator("latest")
    @classmethod
    def _newest_or_next(cls, latest: int | None, info: ValidationInfo) -> int | None:
        if latest is not None and (info.data.get("after") is not None or info.data.get("limit") is not None):
            raise refuse("valor_ultimos", "Não combina com “depois” nem “limite”.")
        return latest


class TotalsQuery(MovementsChoice):
    per_person: Flag = Field(default=False, alias="por_pessoa")


class KindTotal(Response):
    """The movements of one kind, of products in one unit; with ``por_pessoa`` those that one person recorded."""

    kind: MovementKind = Field(alias="tipo")
    unit: str = Field(alias="unidade")
    movements: int = Field(alias="movimentacoes")
    effect: Quantity = Field(alias="variacao")
    """The sum of their signed effects."""
    recorded_by: str | None = Field(default=None, alias="registrado_por")


class HistoryQuery(Request):
    after: Cursor | None = Field(default=None, alias="depois")
    limit: Limit | None = Field(default=None, alias="limite")


class SummaryQuery(Request):
    day: Day | None = Field(default=None, alias="dia")
    shop_id: Id | None = Field(default=None, alias="loja")
