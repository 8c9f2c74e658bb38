"""The rows of a list, and what each is: a new product, a known one that changes, the same; and what keeps it out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import ValidationError
from sqlalchemy.orm import Session

from almoxarife.server.catalog.units import service as units
from almoxarife.server.catalog.units.errors import UnitInUse
from almoxarife.server.ids import IdKind
from almoxarife.server.importing import store
from almoxarife.server.importing.store import KnownProduct, State
from almoxarife.wire.catalog import ImportRow, RowOutcome, StockOutcome
from almoxarife.wire.fields import SCALE, fold, fold_case, ten_thousandths_to_json
from almoxarife.wire.problem import FieldError, explain

_SAID = ("unit", "barcode", "minimum_stock", "price", "cost", "sku")


@dataclass(slots=True)
class Row:
    line: int
    asked: ImportRow | None = None
    folded: str = ""
    errors: list[FieldError] = field(default_factory=list)
    outcome: RowOutcome = RowOutcome.REFUSED
    product_id: int | None = None
    repeats: int | None = None
    similar: int | None = None
    columns: tuple[Any, ...] = ()
    """Of a new product: what the database is given, but when and by whom."""
    counted: int | None = None
    """Ten-thousandths."""
    stock: StockOutcome | None = None
    balance: int | None = None
    """What the shop has of it already."""

    def refuse(self, field_name: str, sentence: str) -> None:
        self.errors.append(FieldError(campo=field_name, mensagem=sentence))

    def refuse_repetition(self, field_name: str, earlier: int, sentence: str) -> None:
        self.repeats = self.repeats or earlier
        self.refuse(field_name, sentence)

    def forget_verdict(self) -> None:
        self.errors, self.outcome = [], RowOutcome.REFUSED
        self.product_id = self.repeats = self.similar = None

    def weigh(self, balances: dict[int, int]) -> None:
        """What its quantity is, among the balances that the shop has begun with already."""
        self.stock = self.balance = None
        if self.counted is None or self.errors:
            return
        self.balance = None if self.product_id is None else balances.get(self.product_id)
        if self.balance is None:
            self.stock = StockOutcome.FIRST if self.counted else StockOutcome.SAME
        else:
            self.stock = StockOutcome.SAME if self.balance == self.counted else StockOutcome.ADJUSTMENT

    def to_wire(self) -> dict[str, object]:
        """An ``ImportedRow``; there may be 50,000."""
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
    """Check each row by itself and against the ones before it. Needs no database."""
    names: dict[str, int] = {}
    codes: dict[str, int] = {}
    skus: dict[str, int] = {}
    rows = []
    for line, value in enumerate(values, start=1):
        row = Row(line)
        rows.append(row)
        try:
            asked = row.asked = ImportRow.model_validate(value)
        except ValidationError as error:
            row.errors = explain(error, ImportRow)
            continue
        row.folded = fold_case(asked.name)
        row.counted = None if asked.counted is None else int(asked.counted * SCALE)
        _refuse_repetition(row, "nome", names, row.folded)
        if asked.gtin is not None:
            _refuse_repetition(row, "codigo_barras", codes, asked.gtin)
        if asked.sku is not None:
            _refuse_repetition(row, "sku", skus, fold(asked.sku))
        for code in asked.codes or ():
            _refuse_repetition(row, "codigos", codes, code.gtin)
    return rows


def _refuse_repetition(row: Row, field_name: str, seen: dict[str, int], value: str) -> None:
    earlier = seen.setdefault(value, row.line)
    if earlier != row.line:
        row.refuse_repetition(field_name, earlier, f"Repete a linha {earlier}.")


# --- against what is there ---------------------------------------------------------------


class KnownProducts:
    """The products that are there, by all that tells them apart."""

    def __init__(
        self,
        products: list[KnownProduct],
        codes: dict[str, tuple[int, int]],
        state: State,
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
    def judge_all(cls, session: Session, rows: list[Row], taken: dict[int, int] | None = None) -> "KnownProducts":
        """``taken``: products that earlier rows are about, with the lines of these."""
        known = cls(
            store.list_known(session),
            store.list_codes(session),
            store.find_state(session),
            taken or {},
        )
        for row in rows:
            if row.asked is not None:
                known.judge(row, row.asked)
        return known

    def judge(self, row: Row, asked: ImportRow) -> None:
        """Set the row's outcome and product, or say why it is refused."""
        fault = units.find_unit_fault(asked, self._units)
        if fault is not None:
            row.refuse(fault.field, fault.message)
            return
        known = self._find(row, asked)
        if row.errors:
            return
        if known is None:
            row.outcome = RowOutcome.NEW
            row.similar = self._by_search.get(fold(asked.name))
            row.columns = (asked.name, row.folded, *columns_of(asked).values())
            row.product_id = None
            unit = asked.unit
        else:
            merged = merge(known, asked)
            unit = merged.unit
            if not known.is_active:
                row.refuse("nome", f"O produto “{known.name}” está desativado.")
            elif not self._units.get(unit) and known.product_id in self._fractional:
                row.refuse("unidade", UnitInUse.message)
            else:
                row.product_id = known.product_id
                is_same = merged == known and not self.list_new_codes(asked, known.product_id)
                row.outcome = RowOutcome.SAME if is_same else RowOutcome.CHANGED
        if known is not None and not row.errors:
            earlier = self._taken.setdefault(known.product_id, row.line)
            if earlier != row.line:
                row.product_id = None
                row.refuse_repetition("nome", earlier, f"É o mesmo produto da linha {earlier}.")
        if row.counted is not None and row.counted % SCALE and not self._units.get(unit):
            row.refuse("saldo_inicial", f"A quantidade em {unit} deve ser um número inteiro.")

    def list_new_codes(self, asked: ImportRow, product_id: int | None) -> list[tuple[str, str, int]]:
        """The further codes of a row that the product has not got yet, in 14 places and as given, with the factors."""
        if not asked.codes:
            return []
        found = [(code.gtin, code.code, int(code.factor * SCALE)) for code in asked.codes]
        return [one for one in found if product_id is None or self.codes.get(one[0]) != (product_id, one[2])]

    def _find(self, row: Row, asked: ImportRow) -> KnownProduct | None:
        """The product that the row is about; refuses the row where its codes and its name say different ones."""
        by_gtin = self._by_gtin.get(asked.gtin) if asked.gtin else None
        by_sku = self._by_sku.get(fold(asked.sku)) if asked.sku else None
        by_name = self._by_name.get(row.folded)
        known = by_gtin or by_sku or by_name
        if by_gtin is not None and by_name is not None and by_gtin != by_name:
            row.refuse("codigo_barras", f"Este código de barras é de “{by_gtin.name}”.")
        elif by_sku is not None and known != by_sku:
            row.refuse("sku", f"Este código curto é de “{by_sku.name}”.")
        elif by_name is not None and known != by_name:
            row.refuse("nome", f"Já existe “{by_name.name}” com outro código.")
        boxed = self.codes.get(asked.gtin or "")
        if boxed is not None:
            row.refuse("codigo_barras", f"Este é o código de uma embalagem de “{self.by_id[boxed[0]].name}”.")
        for code in asked.codes or ():
            owner = self._by_gtin.get(code.gtin) or self.by_id.get(self.codes.get(code.gtin, (0, 0))[0])
            is_own = owner is not None and known is not None and owner.product_id == known.product_id
            if owner is not None and (not is_own or owner.gtin == code.gtin):
                row.refuse("codigos", f"O código {code.code} é de “{owner.name}”.")
        return known


def merge(known: KnownProduct, asked: ImportRow) -> KnownProduct:
    """The product with what the row says, and the rest as it was."""
    values = columns_of(asked)
    said = {name: values[name] for name in _SAID if name in asked.model_fields_set}
    merged = known._replace(name=asked.name, name_folded=fold_case(asked.name), name_searched=fold(asked.name), **said)
    if merged.barcode != known.barcode:
        merged = merged._replace(gtin=asked.gtin)
    if merged.sku != known.sku:
        merged = merged._replace(sku_folded=None if merged.sku is None else fold(merged.sku))
    return merged


def columns_of(asked: ImportRow) -> dict[str, Any]:
    return {
        "unit": asked.unit,
        "barcode": asked.barcode,
        "minimum_stock": None if asked.minimum_stock is None else int(asked.minimum_stock * SCALE),
        "price": None if asked.price is None else int(asked.price * 100),
        "sku": asked.sku,
        "cost": None if asked.cost is None else int(asked.cost * 100),
    }


# --- the list as a whole -----------------------------------------------------------------


@dataclass(slots=True)
class Import:
    """Rows that have been judged, and by what."""

    rows: list[Row]
    known: KnownProducts
    judged: list[Row]
    """Those that nothing in themselves speaks against."""
    shop_id: int | None
    """Where the quantities are; None without any."""
    adjusts: bool = False

    @classmethod
    def judge(cls, session: Session, rows: list[Row], shop_id: int | None, *, adjusts: bool = False) -> "Import":
        """On a snapshot, before anybody waits for it."""
        judged = [row for row in rows if not row.errors]
        asked = cls(rows, KnownProducts.judge_all(session, judged), judged, shop_id, adjusts)
        asked.weigh(session)
        return asked

    def make_current(self, session: Session) -> None:
        """Judge again where the products are no longer those it was judged by; balances always move."""
        if self.known.state != store.find_state(session):
            self.judge_again(session)
        self.weigh(session)

    def is_current(self, session: Session, rows: Sequence[Row]) -> bool:
        """Whether these would be judged as they were."""
        state, judged_by = store.find_state(session), self.known.state
        if state.products != judged_by.products or state.units != judged_by.units:
            return False
        changed = {row.product_id for row in rows if row.outcome is RowOutcome.CHANGED}
        return changed.isdisjoint(state.fractional ^ judged_by.fractional)

    def judge_again(self, session: Session, *, written: int = 0) -> None:
        """All but the first ``written`` rows, which are written already."""
        rest = [row for row in self.judged if row.line > written]
        taken = {row.product_id: row.line for row in self.rows[:written] if row.product_id and not row.errors}
        for row in rest:
            row.forget_verdict()
        self.known = KnownProducts.judge_all(session, rest, taken)

    def forget_made(self, *, written: int) -> None:
        """Of the first rows: they are written, and to be taken back."""
        for row in self.rows[:written]:
            if row.outcome is RowOutcome.NEW:
                row.product_id = None

    def weigh(self, session: Session, rows: Sequence[Row] | None = None) -> None:
        """Find what the quantities of these rows are, or of all that were judged."""
        balances: dict[int, int] = {}
        if self.shop_id is not None and rows is None:
            balances = store.list_begun(session, self.shop_id)
        elif self.shop_id is not None and rows is not None:
            known = [row.product_id for row in rows if row.product_id is not None]
            balances = store.find_begun(session, self.shop_id, known)
        for row in self.judged if rows is None else rows:
            row.weigh(balances)

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
