"""Checks the rows of a list: whether each is a new product, changes a known one or nothing, or why it is refused."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError
from sqlalchemy.orm import Session

from almoxarife.server.catalog.units import service as units
from almoxarife.server.catalog.units.errors import UnitInUse
from almoxarife.server.identity import Identity
from almoxarife.server.ids import IdKind
from almoxarife.server.importing import store
from almoxarife.server.importing.store import CatalogState, KnownProduct
from almoxarife.server.store.idempotency import GivenKey
from almoxarife.wire.catalog import ImportRow, RowOutcome, StockOutcome
from almoxarife.wire.fields import SCALE, fold, fold_case, ten_thousandths_to_json
from almoxarife.wire.problem import FieldError, explain

_OPTIONAL = ("unit", "barcode", "minimum_stock", "price", "cost", "sku")
"""Fields that a row may leave out; then the product keeps its value."""


@dataclass(slots=True)
class Row:
    line: int
    parsed: ImportRow | None = None
    folded: str = ""
    errors: list[FieldError] = field(default_factory=list)
    outcome: RowOutcome = RowOutcome.REFUSED
    product_id: int | None = None
    repeats: int | None = None
    similar: int | None = None
    columns: tuple[Any, ...] = ()
    """The values of a new product for its INSERT."""
    counted: int | None = None
    """The quantity in ten-thousandths."""
    stock: StockOutcome | None = None
    balance: int | None = None
    """The balance that the shop has already."""

    def refuse(self, field_name: str, sentence: str) -> None:
        self.errors.append(FieldError(campo=field_name, mensagem=sentence))

    def refuse_repetition(self, field_name: str, earlier: int, sentence: str) -> None:
        self.repeats = self.repeats or earlier
        self.refuse(field_name, sentence)

    def forget_result(self) -> None:
        self.errors, self.outcome = [], RowOutcome.REFUSED
        self.product_id = self.repeats = self.similar = None

    def compare_quantity(self, balances: dict[int, int]) -> None:
        """Set ``stock``: whether the quantity is an opening balance, a correction, or the same as the balance."""
        self.stock = self.balance = None
        if self.counted is None or self.errors:
            return
        self.balance = None if self.product_id is None else balances.get(self.product_id)
        if self.balance is None:
            self.stock = StockOutcome.FIRST if self.counted else StockOutcome.SAME
        else:
            self.stock = StockOutcome.SAME if self.balance == self.counted else StockOutcome.ADJUSTMENT

    def to_wire(self) -> dict[str, object]:
        """``wire.catalog.ImportedRow``, without the cost of the model: there may be 50,000."""
        return {
            "linha": self.line,
            "resultado": RowOutcome.REFUSED if self.errors else self.outcome,
            "id": None if self.product_id is None else IdKind.PRODUCT.to_wire(self.product_id),
            "repete": self.repeats,
            "parecido": None if self.similar is None else IdKind.PRODUCT.to_wire(self.similar),
            "erros": [error.model_dump(by_alias=True) for error in self.errors] or None,
            "estoque": None if self.errors else self.stock,
            "saldo": None if self.balance is None or self.errors else ten_thousandths_to_json(self.balance),
        }


def read_rows(values: list[object]) -> list[Row]:
    """Validate each row by itself and against the ones before it, without the database."""
    names: dict[str, int] = {}
    codes: dict[str, int] = {}
    skus: dict[str, int] = {}
    rows = []
    for line, value in enumerate(values, start=1):
        row = Row(line)
        rows.append(row)
        try:
            parsed = row.parsed = ImportRow.model_validate(value)
        except ValidationError as error:
            row.errors = explain(error, ImportRow)
            continue
        row.folded = fold_case(parsed.name)
        row.counted = None if parsed.counted is None else int(parsed.counted * SCALE)
        _refuse_repetition(row, "nome", names, row.folded)
        if parsed.gtin is not None:
            _refuse_repetition(row, "codigo_barras", codes, parsed.gtin)
        if parsed.sku is not None:
            _refuse_repetition(row, "sku", skus, fold(parsed.sku))
        for code in parsed.codes or ():
            _refuse_repetition(row, "codigos", codes, code.gtin)
    return rows


def _refuse_repetition(row: Row, field_name: str, seen: dict[str, int], value: str) -> None:
    earlier = seen.setdefault(value, row.line)
    if earlier != row.line:
        row.refuse_repetition(field_name, earlier, f"Repete a linha {earlier}.")


# --- against the existing products --------------------------------------------------------


class KnownProducts:
    """The existing products by id, name, barcode and short code."""

    def __init__(
        self,
        products: list[KnownProduct],
        codes: dict[str, tuple[int, int]],
        state: CatalogState,
        taken: dict[int, int],
    ) -> None:
        self.state = state
        self.codes = codes
        self._fractional = state.fractional
        self._units = state.units
        self.by_id = {product.product_id: product for product in products}
        self._by_name = {product.name_folded: product for product in products}
        self._by_search = {product.name_searched: product.product_id for product in products}
        self._by_gtin = {product.gtin: product for product in products if product.gtin}
        self._by_sku = {product.sku_folded: product for product in products if product.sku_folded}
        self._taken = taken

    @classmethod
    def check_all(cls, session: Session, rows: list[Row], taken: dict[int, int] | None = None) -> "KnownProducts":
        """Check all rows. ``taken``: the products of rows that are written already, with their lines."""
        known = cls(
            store.list_known(session),
            store.list_codes(session),
            store.find_state(session),
            taken or {},
        )
        for row in rows:
            if row.parsed is not None:
                known.check(row, row.parsed)
        return known

    def check(self, row: Row, parsed: ImportRow) -> None:
        """Set the outcome and the product of a row, or the reason why it is refused."""
        fault = units.find_unit_fault(parsed, self._units)
        if fault is not None:
            row.refuse(fault.field, fault.message)
            return
        known = self._find(row, parsed)
        if row.errors:
            return
        if known is None:
            row.outcome = RowOutcome.NEW
            row.similar = self._by_search.get(fold(parsed.name))
            row.columns = (parsed.name, row.folded, *columns_of(parsed).values())
            row.product_id = None
            unit = parsed.unit
        else:
            merged = merge(known, parsed)
            unit = merged.unit
            self._compare(row, parsed, known, merged)
        if row.counted is not None and row.counted % SCALE and not self._units.get(unit):
            row.refuse("saldo_inicial", f"A quantidade em {unit} deve ser um número inteiro.")

    def _compare(self, row: Row, parsed: ImportRow, known: KnownProduct, merged: KnownProduct) -> None:
        """Set the outcome of a row whose product, ``known``, becomes ``merged``, or why it is refused."""
        if not known.is_active:
            row.refuse("nome", f"O produto “{known.name}” está desativado.")
            return
        if not self._units.get(merged.unit) and known.product_id in self._fractional:
            row.refuse("unidade", UnitInUse.message)
            return
        is_same = merged == known and not self.list_new_codes(parsed, known.product_id)
        row.outcome = RowOutcome.SAME if is_same else RowOutcome.CHANGED
        row.product_id = known.product_id
        earlier = self._taken.setdefault(known.product_id, row.line)
        if earlier != row.line:
            row.product_id = None
            row.refuse_repetition("nome", earlier, f"É o mesmo produto da linha {earlier}.")

    def list_new_codes(self, parsed: ImportRow, product_id: int | None) -> list[tuple[str, str, int]]:
        """The further codes that the product does not have yet: as 14 digits, as typed, and the factor."""
        if not parsed.codes:
            return []
        found = [(code.gtin, code.code, int(code.factor * SCALE)) for code in parsed.codes]
        return [one for one in found if product_id is None or self.codes.get(one[0]) != (product_id, one[2])]

    def _find(self, row: Row, parsed: ImportRow) -> KnownProduct | None:
        """The product of the row; refuses the row if its codes and its name belong to different products."""
        by_gtin = self._by_gtin.get(parsed.gtin) if parsed.gtin else None
        by_sku = self._by_sku.get(fold(parsed.sku)) if parsed.sku else None
        by_name = self._by_name.get(row.folded)
        known = by_gtin or by_sku or by_name
        if by_gtin is not None and by_name is not None and by_gtin != by_name:
            row.refuse("codigo_barras", f"Este código de barras é de “{by_gtin.name}”.")
        elif by_sku is not None and known != by_sku:
            row.refuse("sku", f"Este código curto é de “{by_sku.name}”.")
        elif by_name is not None and known != by_name:
            row.refuse("nome", f"Já existe “{by_name.name}” com outro código.")
        self._check_codes(row, parsed, known)
        return known

    def _check_codes(self, row: Row, parsed: ImportRow, known: KnownProduct | None) -> None:
        """Refuse the row if its barcode is that of a box, or one of its further codes another product's."""
        boxed = self.codes.get(parsed.gtin or "")
        if boxed is not None:
            row.refuse("codigo_barras", f"Este é o código de uma embalagem de “{self.by_id[boxed[0]].name}”.")
        for code in parsed.codes or ():
            owner = self._by_gtin.get(code.gtin) or self.by_id.get(self.codes.get(code.gtin, (0, 0))[0])
            is_own = owner is not None and known is not None and owner.product_id == known.product_id
            if owner is not None and (not is_own or owner.gtin == code.gtin):
                row.refuse("codigos", f"O código {code.code} é de “{owner.name}”.")


def merge(known: KnownProduct, parsed: ImportRow) -> KnownProduct:
    """The product changed by the row; fields that the row leaves out stay as they were."""
    values = columns_of(parsed)
    sent = {name: values[name] for name in _OPTIONAL if name in parsed.model_fields_set}
    merged = known._replace(
        name=parsed.name, name_folded=fold_case(parsed.name), name_searched=fold(parsed.name), **sent
    )
    if merged.barcode != known.barcode:
        merged = merged._replace(gtin=parsed.gtin)
    if merged.sku != known.sku:
        merged = merged._replace(sku_folded=None if merged.sku is None else fold(merged.sku))
    return merged


def columns_of(parsed: ImportRow) -> dict[str, Any]:
    return {
        "unit": parsed.unit,
        "barcode": parsed.barcode,
        "minimum_stock": None if parsed.minimum_stock is None else int(parsed.minimum_stock * SCALE),
        "price": None if parsed.price is None else int(parsed.price * 100),
        "sku": parsed.sku,
        "cost": None if parsed.cost is None else int(parsed.cost * 100),
    }


# --- the list as a whole -----------------------------------------------------------------


@dataclass(slots=True)
class CheckedList:
    """A list whose rows have been checked."""

    rows: list[Row]
    known: KnownProducts
    checked: list[Row]
    """The rows that are valid by themselves."""
    shop_id: int | None
    """The shop of the quantities; None without any."""
    adjusts: bool = False

    @classmethod
    def check(cls, session: Session, rows: list[Row], shop_id: int | None, *, adjusts: bool = False) -> "CheckedList":
        """Check on a snapshot, while nobody has to wait."""
        checked = [row for row in rows if not row.errors]
        product_list = cls(rows, KnownProducts.check_all(session, checked), checked, shop_id, adjusts)
        product_list.compare_quantities(session)
        return product_list

    def make_current(self, session: Session) -> None:
        """Check again if products have changed since; quantities are always compared again."""
        if self.known.state != store.find_state(session):
            self.check_again(session)
        self.compare_quantities(session)

    def is_current(self, session: Session, rows: Sequence[Row]) -> bool:
        """Whether these rows would be checked with the same result."""
        state, checked_on = store.find_state(session), self.known.state
        if state.products != checked_on.products or state.units != checked_on.units:
            return False
        changed = {row.product_id for row in rows if row.outcome is RowOutcome.CHANGED}
        return changed.isdisjoint(state.fractional ^ checked_on.fractional)

    def check_again(self, session: Session, *, written: int = 0) -> None:
        """Check all rows again but the first ``written`` ones, which are written already."""
        rest = [row for row in self.checked if row.line > written]
        taken = {row.product_id: row.line for row in self.rows[:written] if row.product_id and not row.errors}
        for row in rest:
            row.forget_result()
        self.known = KnownProducts.check_all(session, rest, taken)

    def forget_made(self, *, written: int) -> None:
        """Remove the ids of new products from the first rows, which are going to be taken back."""
        for row in self.rows[:written]:
            if row.outcome is RowOutcome.NEW:
                row.product_id = None

    def compare_quantities(self, session: Session, rows: Sequence[Row] | None = None) -> None:
        """``Row.compare_quantity`` for these rows, or for all."""
        balances: dict[int, int] = {}
        if self.shop_id is not None and rows is None:
            balances = store.list_begun_balances(session, self.shop_id)
        elif self.shop_id is not None and rows is not None:
            known = [row.product_id for row in rows if row.product_id is not None]
            balances = store.find_begun_balances(session, self.shop_id, known)
        for row in self.checked if rows is None else rows:
            row.compare_quantity(balances)

    @property
    def is_refused(self) -> bool:
        return any(row.errors for row in self.rows)

    def report(self, *, written: bool) -> bytes:
        lines = [row.to_wire() for row in self.rows]
        outcomes = Counter(line["resultado"] for line in lines)
        balances = Counter(line["estoque"] for line in lines)
        return orjson.dumps(
            {
                "gravado": written,
                "novos": outcomes[RowOutcome.NEW],
                "alterados": outcomes[RowOutcome.CHANGED],
                "iguais": outcomes[RowOutcome.SAME],
                "recusados": outcomes[RowOutcome.REFUSED],
                "saldos_iniciais": balances[StockOutcome.FIRST],
                "saldos_iguais": balances[StockOutcome.SAME],
                "ajustes": balances[StockOutcome.ADJUSTMENT],
                "linhas": lines,
            }
        )


CheckCancelled = Callable[[], None]
"""Called between the steps of an import. Raises ImportCancelled; what is written is then taken back."""


class ImportRequest(NamedTuple):
    """A checked list that ``by`` wants to be written."""

    product_list: CheckedList
    is_partial: bool
    """Whether to write the other rows if some are refused."""
    by: Identity
    given_key: GivenKey | None
    check_cancelled: CheckCancelled
    require_rights: Callable[[], None]
    """Called before each piece of a long list: a person may lose their account or shop meanwhile."""

    @property
    def is_refused(self) -> bool:
        return self.product_list.is_refused and not self.is_partial
