"""Products, their units and barcodes, and imports of lists of products on the wire."""

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
from almoxarife.wire.model import Request, Response
from almoxarife.wire.problem import FieldError
from almoxarife.wire.times import Time

CountedQuantity = MinimumStock
"""A counted quantity: zero or more."""
MAX_CODES = 50
"""Limit of a product's further barcodes."""


class UnitIn(Request):
    code: UnitCode = Field(alias="sigla")
    name: UnitName = Field(alias="nome")
    takes_decimals: bool = Field(default=False, alias="decimais", strict=True)


class UnitOut(Response):
    code: str = Field(alias="sigla")
    name: str = Field(alias="nome")
    takes_decimals: bool = Field(alias="decimais")


class FurtherCodeIn(Request):
    """A further barcode of a product, such as a box's; ``fator`` is how many of the product it stands for."""

    code: Barcode = Field(alias="codigo")
    factor: PositiveQuantity = Field(default=Decimal(1), alias="fator")

    @property
    def gtin(self) -> str:
        """The code as GTIN-14, in which codes are compared."""
        return self.code.zfill(14)


class ProductIn(Request):
    name: ProductName = Field(alias="nome")
    unit: UnitCode = Field(default=Unit.UN.value, alias="unidade")
    barcode: OptionalBarcode = Field(default=None, alias="codigo_barras")
    minimum_stock: MinimumStock | None = Field(default=None, alias="estoque_minimo")
    price: Money | None = Field(default=None, alias="preco")
    sku: OptionalSku = None
    """The shop's own short code. A change without this field keeps it, because older clients do not send it."""
    codes: list[FurtherCodeIn] | None = Field(default=None, alias="codigos", max_length=MAX_CODES)
    """All further barcodes. A change without this field keeps them."""
    cost: Money | None = Field(default=None, alias="custo")
    """Of one unit. A change without this field keeps it."""

    @model_validator(mode="before")
    @classmethod
    def _drop_words_for_no_code(cls, values: Any) -> Any:
        """A word such as "SEM GTIN" counts as an absent field, so that an import removes no product's barcode."""
        if isinstance(values, dict):
            barcode = values.get("codigo_barras")
            if isinstance(barcode, str) and means_no_code(barcode):
                return {name: value for name, value in values.items() if name != "codigo_barras"}
        return values

    @property
    def gtin(self) -> str | None:
        """The barcode as GTIN-14, in which codes are compared."""
        return to_gtin14(self.barcode)

    @model_validator(mode="after")
    def _minimum_fits_unit(self) -> Self:
        # Whether a unit that an administrador added takes decimals is known only to the server's table.
        if self.unit in set(Unit) and not self.fits(takes_decimals=self.unit in MEASURED):
            raise refuse("quantidade_inteira", f"O estoque mínimo em {self.unit} deve ser um número inteiro.")
        return self

    def fits(self, *, takes_decimals: bool) -> bool:
        """Whether the minimum stock is possible in a unit that takes decimals or not."""
        minimum = self.minimum_stock
        return minimum is None or takes_decimals or minimum == minimum.to_integral_value()

    @model_validator(mode="after")
    def _each_code_once(self) -> Self:
        gtins = [further.gtin for further in self.codes or ()]
        if len({*gtins, self.gtin}) <= len(gtins) and gtins:
            raise refuse("codigos_repetidos", "Um código de barras aparece duas vezes neste produto.")
        return self


class ProductChange(ProductIn):
    """The whole product as it should be. Absent fields get their default, except ``sku``, ``codigos`` and ``custo``."""

    active: bool = Field(default=True, alias="ativo", strict=True)


class FurtherCode(Response):
    code: str = Field(alias="codigo")
    factor: Quantity = Field(alias="fator")


class Product(Response):
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
    """The short code; absent from lists if there is none."""
    codes: list[FurtherCode] = Field(default=[], alias="codigos")

    @property
    def gtin(self) -> str | None:
        """The barcode as GTIN-14, in which codes are compared."""
        return to_gtin14(self.barcode)


class ShopBalance(Response):
    shop_id: str = Field(alias="loja_id")
    balance: Quantity = Field(alias="saldo")


class RegisteredProduct(Product):
    """A product with its cost, for people who may register products."""

    cost: Money | None = Field(default=None, alias="custo")
    """Of one unit. Absent for vendedores, and from lists, which are cached for all roles."""


class ShownProduct(RegisteredProduct):
    """A single product, with its balance in each shop."""

    balances: list[ShopBalance] = Field(default=[], alias="saldos")
    """In each shop that the caller sees."""


class StockState(StrEnum):
    """States of stock that need attention."""

    LOW = "baixo"
    """At the minimum or below: in all visible shops together, or in the requested one."""
    NEGATIVE = "negativo"
    """Below zero in at least one of them."""


class ProductsQuery(Request):
    search: SearchWords | None = Field(default=None, alias="busca", max_length=200)
    code: str | None = Field(default=None, alias="codigo", max_length=200)
    """Products with exactly this barcode, short code or id (P00012); leading zeros do not count."""
    shop_id: Id | None = Field(default=None, alias="loja")
    with_inactive: Flag = Field(default=False, alias="inativos")
    state: StockState | None = Field(default=None, alias="situacao")
    limit: Limit | None = Field(default=None, alias="limite")
    after: Id | None = Field(default=None, alias="depois")


# --- import -------------------------------------------------------------------------

MAX_IMPORT_ROWS = 50_000
"""In one request."""


class ImportRow(ProductIn):
    """A product, with its counted quantity in one shop."""

    counted: CountedQuantity | None = Field(default=None, alias="saldo_inicial")


class ImportQuery(Request):
    simulate: Flag = Field(default=False, alias="simular")
    """Only check: answer what would happen, and write nothing."""
    partial: Flag = Field(default=False, alias="parcial")
    """Write the valid rows even if others are refused."""
    shop_id: Id | None = Field(default=None, alias="loja")
    """The shop of the quantities. Not needed from people with one shop or a usual one."""
    adjust: Flag = Field(default=False, alias="ajustar")
    """Adjust balances that exist already to the quantities in the list."""


class ImportCancellation(Request):
    key: str = Field(alias="chave", min_length=1, max_length=255)
    """The ``Idempotency-Key`` of the import's request."""


class RowOutcome(StrEnum):
    NEW = "novo"
    CHANGED = "alterado"
    SAME = "igual"
    REFUSED = "recusado"


class StockOutcome(StrEnum):
    """What the import does with the quantity in a row."""

    FIRST = "inicial"
    SAME = "igual"
    ADJUSTMENT = "ajuste"
    """Made if ``ajustar`` is set, otherwise only reported."""


class ImportedRow(Response):
    line: int = Field(alias="linha")
    """The number of the row as sent, from 1."""
    outcome: RowOutcome = Field(alias="resultado")
    id: str | None = None
    """The product's id; None for a refused row, and for a new product in a check."""
    repeats: int | None = Field(default=None, alias="repete")
    """The number of an earlier row with the same product."""
    similar: str | None = Field(default=None, alias="parecido")
    """For a new product: the name of a known one that differs only in accents or punctuation."""
    errors: list[FieldError] | None = Field(default=None, alias="erros")
    stock: StockOutcome | None = Field(default=None, alias="estoque")
    """None if the row has no quantity."""
    balance: Quantity | None = Field(default=None, alias="saldo")
    """The balance before, if the shop had one."""


class ImportReport(Response):
    """``gravado``: whether anything was written. False for a check, and if a row is refused without ``parcial``."""

    written: bool = Field(alias="gravado")
    new: int = Field(alias="novos")
    changed: int = Field(alias="alterados")
    same: int = Field(alias="iguais")
    refused: int = Field(alias="recusados")
    rows: list[ImportedRow] = Field(alias="linhas")
    id: str | None = None
    """The id of a written import, for undoing it."""
    first_balances: int = Field(default=0, alias="saldos_iniciais")
    same_balances: int = Field(default=0, alias="saldos_iguais")
    adjustments: int = Field(default=0, alias="ajustes")
    """Adjustments made or, without ``ajustar``, reported."""


class PastImport(Response):
    """An import that was written; ``desfeita_em`` is when it was undone."""

    id: str
    imported_by: str = Field(alias="importado_por")
    imported_at: Time = Field(alias="importado_em")
    shop_id: str | None = Field(default=None, alias="loja_id")
    products: int = Field(alias="produtos")
    """The number of products that it created or changed, or whose balance it set."""
    balances: int = Field(alias="saldos")
    undone_at: Time | None = Field(default=None, alias="desfeita_em")
    can_be_undone: bool = Field(alias="pode_desfazer")
    """Whether the caller may undo it, as far as is known without checking each product."""


class PartlyUndone(Response):
    """The products that undoing an import left as they are, because somebody used them while the others were undone."""

    message: str = Field(alias="mensagem")
    products: int = Field(alias="produtos")

    @classmethod
    def of(cls, names: list[str]) -> Self:
        """``names``: those of the products, at least one."""
        others = "" if len(names) == 1 else f" e mais {len(names) - 1}"
        return cls(
            mensagem=f"A importação foi desfeita, menos “{names[0]}”{others}, que alguém vendeu ou alterou nesse"
            " meio-tempo. Corrija um por um.",
            produtos=len(names),
        )
