"""Products on the wire."""

from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from pydantic import Field, model_validator

from almoxarife.wire.codes.gtin import Barcode, OptionalBarcode, means_no_code, to_gtin14
from almoxarife.wire.codes.units import MEASURED, Unit, UnitCode
from almoxarife.wire.fields import (
    Flag,
    Id,
    Limit,
    MinimumStock,
    Money,
    OptionalSku,
    PositiveQuantity,
    ProductName,
    Quantity,
    SearchWords,
    UnitName,
    refuse,
)
from almoxarife.wire.model import Answer, Request
from almoxarife.wire.problem import FieldError
from almoxarife.wire.times import Time

CountedQuantity = MinimumStock
"""Zero or more."""
MOST_CODES = 50
"""Further barcodes of a product."""


class UnitIn(Request):
    code: UnitCode = Field(alias="sigla")
    name: UnitName = Field(alias="nome")
    takes_decimals: bool = Field(default=False, alias="decimais", strict=True)


class UnitOut(Answer):
    code: str = Field(alias="sigla")
    name: str = Field(alias="nome")
    takes_decimals: bool = Field(alias="decimais")


class FurtherCodeIn(Request):
    """Another barcode of a product; ``fator`` is how many of it are in what the code is on."""

    code: Barcode = Field(alias="codigo")
    factor: PositiveQuantity = Field(default=Decimal(1), alias="fator")

    @property
    def gtin(self) -> str:
        """As it is compared."""
        return self.code.zfill(14)


class ProductIn(Request):
    name: ProductName = Field(alias="nome")
    unit: UnitCode = Field(default=Unit.UN.value, alias="unidade")
    barcode: OptionalBarcode = Field(default=None, alias="codigo_barras")
    minimum_stock: MinimumStock | None = Field(default=None, alias="estoque_minimo")
    price: Money | None = Field(default=None, alias="preco")
    sku: OptionalSku = None
    """The shop's own short code. Not said in a change, it stays: older clients know nothing of it."""
    codes: list[FurtherCodeIn] | None = Field(default=None, alias="codigos", max_length=MOST_CODES)
    """All of its further barcodes; not said in a change, they stay."""
    cost: Money | None = Field(default=None, alias="custo")
    """Of one. Not said in a change, it stays."""

    @model_validator(mode="before")
    @classmethod
    def _no_code_is_not_said(cls, values: Any) -> Any:
        """An import leaves what a row does not say as it is: "SEM GTIN" takes no product's code away."""
        if isinstance(values, dict):
            barcode = values.get("codigo_barras")
            if isinstance(barcode, str) and means_no_code(barcode):
                return {name: value for name, value in values.items() if name != "codigo_barras"}
        return values

    @property
    def gtin(self) -> str | None:
        """The barcode as it is compared."""
        return to_gtin14(self.barcode)

    @model_validator(mode="after")
    def _minimum_fits_unit(self) -> Self:
        # Of a unit that was added only the server's table knows.
        if self.unit in set(Unit) and not self.fits(takes_decimals=self.unit in MEASURED):
            raise refuse("quantidade_inteira", f"O estoque mínimo em {self.unit} deve ser um número inteiro.")
        return self

    def fits(self, *, takes_decimals: bool) -> bool:
        minimum = self.minimum_stock
        return minimum is None or takes_decimals or minimum == minimum.to_integral_value()

    @model_validator(mode="after")
    def _each_code_once(self) -> Self:
        gtins = [further.gtin for further in self.codes or ()]
        if len({*gtins, self.gtin}) <= len(gtins) and gtins:
            raise refuse("codigos_repetidos", "Um código de barras aparece duas vezes neste produto.")
        return self


class ProductChange(ProductIn):
    """The whole product as it should be; an absent field returns to its default."""

    active: bool = Field(default=True, alias="ativo", strict=True)


class FurtherCode(Answer):
    code: str = Field(alias="codigo")
    factor: Quantity = Field(alias="fator")


class Product(Answer):
    id: str
    name: str = Field(alias="nome")
    unit: str = Field(alias="unidade")
    takes_decimals: bool = Field(default=False, alias="decimais")
    barcode: str | None = Field(default=None, alias="codigo_barras")
    balance: Quantity = Field(alias="saldo")
    minimum_stock: Quantity | None = Field(default=None, alias="estoque_minimo")
    price: Money | None = Field(default=None, alias="preco")
    active: bool = Field(alias="ativo")
    version: int = Field(alias="versao")
    sku: str | None = None
    """Its short code; in a list, absent where there is none."""
    codes: list[FurtherCode] = Field(default=[], alias="codigos")

    @property
    def gtin(self) -> str | None:
        """The barcode as it is compared."""
        return to_gtin14(self.barcode)


class ShopBalance(Answer):
    shop_id: str = Field(alias="loja_id")
    balance: Quantity = Field(alias="saldo")


class RegisteredProduct(Product):
    """As it is shown to people who may register it."""

    cost: Money | None = Field(default=None, alias="custo")
    """Of one; absent for those who sell, and from lists, which everybody shares."""


class ShownProduct(RegisteredProduct):
    """One alone."""

    balances: list[ShopBalance] = Field(default=[], alias="saldos")
    """In each shop that the person sees."""


class StockState(StrEnum):
    """Products that somebody should look at."""

    LOW = "baixo"
    """At its minimum or below, all shops together that the person sees, or the one that is asked for."""
    NEGATIVE = "negativo"
    """Below zero in one of them."""


class ProductsQuery(Request):
    search: SearchWords | None = Field(default=None, alias="busca", max_length=200)
    code: str | None = Field(default=None, alias="codigo", max_length=200)
    """Those that have exactly this one: a barcode, the shop's own code or P00012; zeros before it do not count."""
    shop_id: Id | None = Field(default=None, alias="loja")
    with_inactive: Flag = Field(default=False, alias="inativos")
    state: StockState | None = Field(default=None, alias="situacao")
    limit: Limit | None = Field(default=None, alias="limite")
    after: Id | None = Field(default=None, alias="depois")


# --- import -------------------------------------------------------------------------

MAX_IMPORT_ROWS = 50_000


class ImportRow(ProductIn):
    """A product with what there is of it in one shop."""

    counted: CountedQuantity | None = Field(default=None, alias="saldo_inicial")


class ImportQuery(Request):
    simulate: Flag = Field(default=False, alias="simular")
    """Say what would happen and write nothing."""
    partial: Flag = Field(default=False, alias="parcial")
    """Write the good rows even when others are refused."""
    shop_id: Id | None = Field(default=None, alias="loja")
    """Where the quantities are; may be left out by who has one shop or a usual one."""
    adjust: Flag = Field(default=False, alias="ajustar")
    """Bring the balance of what the shop has already to the quantity in the list."""


class ImportCancellation(Request):
    key: str = Field(alias="chave", min_length=1, max_length=255)
    """The ``Idempotency-Key`` under which it was sent."""


class RowOutcome(StrEnum):
    NEW = "novo"
    CHANGED = "alterado"
    SAME = "igual"
    REFUSED = "recusado"


class StockOutcome(StrEnum):
    """What becomes of the quantity in a row."""

    FIRST = "inicial"
    SAME = "igual"
    ADJUSTMENT = "ajuste"
    """Made where ``ajustar`` asks for it, otherwise only offered."""


class ImportedRow(Answer):
    line: int = Field(alias="linha")
    """Counted from 1 in the order they were sent."""
    outcome: RowOutcome = Field(alias="resultado")
    id: str | None = None
    """The product; None for one that is refused or only would be made."""
    repeats: int | None = Field(default=None, alias="repete")
    """The earlier line that is the same product."""
    similar: str | None = Field(default=None, alias="parecido")
    """Of a new product: another one whose name differs in accents or signs alone."""
    errors: list[FieldError] | None = Field(default=None, alias="erros")
    stock: StockOutcome | None = Field(default=None, alias="estoque")
    """None without a quantity."""
    balance: Quantity | None = Field(default=None, alias="saldo")
    """What the shop had of it before, where it had some already."""


class ImportReport(Answer):
    """``gravado`` says whether anything was written: not by a check, nor when a row is refused without ``parcial``."""

    written: bool = Field(alias="gravado")
    new: int = Field(alias="novos")
    changed: int = Field(alias="alterados")
    same: int = Field(alias="iguais")
    refused: int = Field(alias="recusados")
    rows: list[ImportedRow] = Field(alias="linhas")
    id: str | None = None
    """Of a written import, to undo it by."""
    first_balances: int = Field(default=0, alias="saldos_iniciais")
    same_balances: int = Field(default=0, alias="saldos_iguais")
    adjustments: int = Field(default=0, alias="ajustes")
    """Made or, without ``ajustar``, offered."""


class PastImport(Answer):
    """An import that was written; ``desfeita_em`` is when it was undone as one."""

    id: str
    imported_by: str = Field(alias="importado_por")
    imported_at: Time = Field(alias="importado_em")
    shop_id: str | None = Field(default=None, alias="loja_id")
    products: int = Field(alias="produtos")
    """That it has made or changed, or whose balance it has set."""
    balances: int = Field(alias="saldos")
    undone_at: Time | None = Field(default=None, alias="desfeita_em")
    can_be_undone: bool = Field(alias="pode_desfazer")
    """By the caller, as far as is known without looking at each product."""


class PartlyUndone(Answer):
    """What an undone import has left: what somebody worked with while the rest was taken back."""

    message: str = Field(alias="mensagem")
    products: int = Field(alias="produtos")

    @classmethod
    def of(cls, names: list[str]) -> Self:
        others = "" if len(names) == 1 else f" e mais {len(names) - 1}"
        return cls(
            mensagem=f"A importação foi desfeita, menos “{names[0]}”{others}, que alguém vendeu ou alterou nesse"
            " meio-tempo. Corrija um por um.",
            produtos=len(names),
        )
