"""Converts spreadsheet rows into the rows of ``POST /produtos/importar``, and its report back. No widget here.

Rows that are no products are skipped with a reason. Empty cells are not sent, so the product's values stay.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from almoxarife.brazil import format_number
from almoxarife.clients.desktop.cadastro.registering.catalog_search import display_code
from almoxarife.tables import notation
from almoxarife.tables.cells import Cell, LeftOut, Table, TableRow, Unusable, as_text, shown
from almoxarife.tables.columns import Columns, letters_of
from almoxarife.tables.names.clean_names import clean_names
from almoxarife.tables.non_product_rows import find_non_product_rows
from almoxarife.tables.notation import Notation
from almoxarife.tables.product_cells import (
    AMOUNTS,
    LABELS,
    NO_UNITS,
    NUMBERS,
    Signs,
    Units,
    Unreadable,
    Values,
    drop_unusable,
    find_unit,
    is_blank,
    is_of_each,
    is_sold,
    read_unit_of_price,
    read_value,
    split_price,
    without_unit,
)
from almoxarife.tables.vocabulary.fields import BARCODE, MINIMUM, NAME, PRICE, SKU, STATUS, STOCK, UNIT
from almoxarife.tables.writer import Heading, Sheet
from almoxarife.wire.catalog import ImportedRow, ImportReport, RowOutcome, StockOutcome, UnitOut
from almoxarife.wire.codes.gtin import clean_code, is_gtin
from almoxarife.wire.codes.units import read_unit
from almoxarife.wire.fields import fold
from almoxarife.wire.selling.typed import plain_money

_HEAD = 1_000
_WHOLE_AS_DECIMAL = re.compile(r"\d{1,12}\.0", re.ASCII)
LISTED = (NAME, UNIT, BARCODE, MINIMUM, PRICE, STOCK)
"""The fields shown in the list."""
_SIMILAR = "Novo, com nome parecido com {}: confira se não é o mesmo."
_NOTHING = "Não tem nada nas colunas escolhidas."
_NOT_SOLD = (
    "A planilha diz que não se vende mais (“{}”). Para importar também estes, escolha “(não importar)” em Situação."
)


@dataclass(frozen=True)
class Refused:
    row: TableRow
    reason: str


@dataclass
class Prepared:
    """The rows to send, and those that cannot be sent."""

    values: list[Values] = field(default_factory=list)
    sources: list[TableRow] = field(default_factory=list)
    """The spreadsheet row of each of ``values``."""
    refused: list[Refused] = field(default_factory=list)
    remarks: list[Refused] = field(default_factory=list)
    """Rows of ``sources`` from which a value was dropped."""
    left_out: list[LeftOut] = field(default_factory=list)
    """Rows that are not products, such as titles. With ``values`` and ``refused``, these are all rows of the file."""

    def add(self, row: TableRow, values: Values, *, unit: str | None) -> None:
        """Add a product, without unusable values. ``unit``: the unit after its quantity, if no cell has one."""
        remark = drop_unusable(values)
        if unit is not None:
            values[UNIT] = unit
        self.values.append({NAME: "", **values})
        self.sources.append(row)
        if remark:
            self.remarks.append(Refused(row, remark))


@dataclass(frozen=True)
class CheckResult:
    """What an import would do. On confirmation exactly ``good`` is sent."""

    new: int
    changed: int
    same: int
    refused: list[Refused]
    good: Prepared
    left_out: Sequence[LeftOut] = ()
    similar: Sequence[Refused] = ()
    """New products whose name differs from another one's only in accents or punctuation."""
    first_balances: int = 0
    same_balances: int = 0
    adjustments: int = 0
    stocked: int = 0
    """Unchanged products that get their first balance."""
    adjusted: int = 0
    """Unchanged products whose balance differs."""

    @property
    def set_aside(self) -> list[Refused | LeftOut]:
        """All rows that are not written, or not as they are, in the order of the file."""
        every: list[Refused | LeftOut] = [*self.refused, *self.left_out, *self.good.remarks, *self.similar]
        return sorted(every, key=lambda one: one.row.line)

    @property
    def writes(self) -> int:
        """How many products are created, changed or get their first balance."""
        return self.new + self.changed + self.stocked


def prepare(table: Table, columns: Columns, *, decimal_point: bool | None = None, units: Units = NO_UNITS) -> Prepared:
    """The rows to send, and those that cannot be sent.

    ``decimal_point``: whether the file has "19.90" instead of "19,90"; None: to be detected by column.
    """
    table, units_by_line = _take_units_from_numbers(table, columns, units)
    prepared = Prepared(left_out=list(table.left_out))
    notations = _detect_notations(table, columns)
    own = [at for name, at in columns.items() if name not in {NAME, UNIT, STATUS}]
    non_products = find_non_product_rows(table.rows, len(table.headings), own, columns.get(STOCK))
    has_one_code = SKU in columns and columns.get(BARCODE) == columns[SKU]
    status_at = columns.get(STATUS, len(table.headings))
    status_heading = table.headings[status_at] if status_at < len(table.headings) else ""
    for row in table.rows:
        if row.problem:
            prepared.refused.append(Refused(row, row.problem))
            continue
        cells = _find_cells(row, columns)
        if has_one_code and BARCODE in cells:
            del cells[SKU if is_gtin(clean_code(as_text(cells[BARCODE]))) else BARCODE]
        status = as_text(cells.pop(STATUS, ""))
        reason = non_products.get(row.line, "" if cells else _NOTHING) or _tell_if_unsold(status_heading, status)
        if reason:
            prepared.left_out.append(LeftOut(row, reason))
            continue
        try:
            values = {
                name: read_value(name, cell, Signs(notations.get(name, Notation.EITHER), decimal_point), units)
                for name, cell in cells.items()
            }
        except Unreadable as error:
            prepared.refused.append(Refused(row, str(error)))
        else:
            prepared.add(row, values, unit=units_by_line.get(row.line))
    clean_names(prepared.values)
    _take_decimals_from_codes(prepared.values)
    return prepared


def _find_cells(row: TableRow, columns: Columns) -> dict[str, Cell]:
    """The cells of the row that are not blank, by field."""
    found = ((name, row.cells[at]) for name, at in columns.items() if at < len(row.cells))
    return {name: cell for name, cell in found if not is_blank(name, cell)}


def _tell_if_unsold(heading: str, status: str) -> str:
    """The reason to leave out a product that is no longer sold; empty for the others."""
    if not status or is_sold(heading, status):
        return ""
    return _NOT_SOLD.format(": ".join(filter(None, (heading, status))))


def name_units(units: Sequence[UnitOut]) -> Units:
    return {word: unit.code for unit in units for word in (fold(unit.name), unit.code.lower())}


def _take_units_from_numbers(table: Table, columns: Columns, units: Units) -> tuple[Table, dict[int, str]]:
    """Replace "10 UN" by "10", and "5,00/kg" by "5,00". Returns the table, and by line the unit if only these had one.

    A number in another unit than the product's, or than the row's first number, stays as it is, and is refused.
    """
    quantities = [at for name, at in columns.items() if name in NUMBERS]
    amounts = [at for name, at in columns.items() if name in AMOUNTS]
    price_at = columns.get(PRICE)
    unit_at = columns.get(UNIT)
    rows, units_by_line = [], {}
    for row in table.rows:
        counted = {at: row.cells[at] for at in quantities if at < len(row.cells)}
        priced = {at: found for at in amounts if at < len(row.cells) and (found := split_price(row.cells[at]))}
        word = as_text(row.cells[unit_at]) if unit_at is not None and unit_at < len(row.cells) else ""
        has_price = price_at is not None and any(cell != "" for cell in row.cells[price_at : price_at + 1])
        told = (
            *(find_unit(cell, units) for cell in counted.values()),
            # Of a box bought for 120,00 and pieces sold for 15,00, the unit is not the box.
            *(read_unit_of_price(by, units) for at, (_, by) in priced.items() if at == price_at or not has_price),
        )
        code = read_unit(word, units) if word else next(filter(None, told), None)
        bare: dict[int, Cell] = {
            at: amount
            for at, (amount, sold_by) in priced.items()
            if is_of_each(sold_by) or (code is not None and read_unit(sold_by, units) == code)
        }
        if code is not None:
            bare |= {at: without_unit(cell, code, units) for at, cell in counted.items()}
        if code is not None and not word:
            units_by_line[row.line] = code
        is_same = all(row.cells[at] is cell for at, cell in bare.items())
        rows.append(
            row if is_same else replace(row, cells=tuple(bare.get(at, cell) for at, cell in enumerate(row.cells)))
        )
    return replace(table, rows=tuple(rows)), units_by_line


def _take_decimals_from_codes(rows: Sequence[Values]) -> None:
    """Shorten "12.0" to "12" where every code is written so, as by programs that take them for numbers."""
    codes = [str(values[SKU]) for values in rows if SKU in values]
    if len(codes) > 1 and all(map(_WHOLE_AS_DECIMAL.fullmatch, codes)):
        for values in rows:
            if SKU in values:
                values[SKU] = str(values[SKU]).partition(".")[0]


def _detect_notations(table: Table, columns: Columns) -> dict[str, Notation]:
    """The notation of each column of numbers. An undecided column follows the others if they agree."""
    found = {
        name: notation.detect(
            cell for row in table.rows if not row.problem for cell in row.cells[at : at + 1] if isinstance(cell, str)
        )
        for name, at in columns.items()
        if name in {*NUMBERS, *AMOUNTS}
    }
    decided = {Notation.COMMA, Notation.POINT} & set(found.values())
    if len(decided) == 1:
        only = decided.pop()
        for name, one in found.items():
            if one is Notation.UNDECIDED and not _looks_otherwise(table, columns[name], only):
                found[name] = only
    return found


def _looks_otherwise(table: Table, at: int, other: Notation) -> bool:
    """Whether a column seems to use the other decimal sign: every number has exactly three digits after it.

    If that sign separated thousands, some number would be below one thousand and would not have it.
    """
    sign = "." if other is Notation.COMMA else ","
    texts = [cell for row in table.rows for cell in row.cells[at : at + 1] if isinstance(cell, str)]
    numbers = [text for text in texts if notation.is_number(text) and notation.bare(text).strip("0,.") != ""]
    return len(numbers) > 1 and all(sign in text and notation.is_ambiguous(text) for text in numbers)


def read_report(prepared: Prepared, report: ImportReport) -> CheckResult:
    """The server's report as a result about the rows of the spreadsheet."""
    good = Prepared()
    refused, similar = list(prepared.refused), []
    remarked = {one.row.line: one for one in prepared.remarks}
    same: Counter[StockOutcome | None] = Counter()
    for values, source, outcome in zip(prepared.values, prepared.sources, report.rows, strict=True):
        if outcome.outcome is RowOutcome.REFUSED:
            refused.append(Refused(source, _reason(outcome, prepared.sources)))
            continue
        good.values.append(values)
        good.sources.append(source)
        if source.line in remarked:
            good.remarks.append(remarked[source.line])
        elif outcome.similar is not None:
            similar.append(Refused(source, _SIMILAR.format(display_code(outcome.similar))))
        if outcome.outcome is RowOutcome.SAME:
            same[outcome.stock] += 1
    refused.sort(key=lambda one: one.row.line)
    return CheckResult(
        report.new, report.changed, report.same, refused, good, prepared.left_out, similar,
        first_balances=report.first_balances, same_balances=report.same_balances, adjustments=report.adjustments,
        stocked=same[StockOutcome.FIRST], adjusted=same[StockOutcome.ADJUSTMENT],
    )  # fmt: skip


def nothing_good(prepared: Prepared) -> CheckResult:
    """The result if there is no row to send."""
    return CheckResult(0, 0, 0, prepared.refused, Prepared(), prepared.left_out)


def with_earlier(result: CheckResult, earlier: CheckResult) -> CheckResult:
    """A second result on the good rows, with the rows refused and skipped by the first."""
    refused = sorted([*earlier.refused, *result.refused], key=lambda one: one.row.line)
    return replace(result, refused=refused, left_out=earlier.left_out)


def _reason(outcome: ImportedRow, sources: Sequence[TableRow]) -> str:
    """All errors of a row, with the name of the column if the sentence lacks it."""
    if outcome.repeats is not None:
        return f"É o mesmo produto da linha {sources[outcome.repeats - 1].line}."
    sentences = []
    for error in outcome.errors or []:
        label = LABELS.get(error.field, error.field)
        named = label.casefold() in error.message.casefold()
        sentences.append(error.message if named else f"{label}: {error.message}")
    return " ".join(sentences)


# --- what the screen shows and saves ------------------------------------------------------


def column_labels(table: Table) -> list[str]:
    """ "B · Preço" for each column."""
    width = max([len(table.headings), *(len(row.cells) for row in table.rows)])
    names = [*table.headings, *[""] * (width - len(table.headings))]
    return [f"{letters_of(at)} · {name}" if name else letters_of(at) for at, name in enumerate(names)]


def find_signs(table: Table, columns: Columns, decimal_point: bool | None) -> dict[str, Signs]:
    """The notation of the chosen columns, detected in the first rows only."""
    head = replace(table, rows=table.rows[:_HEAD])
    return {name: Signs(found, decimal_point) for name, found in _detect_notations(head, columns).items()}


def cells_of(row: TableRow, columns: Columns, signs: Mapping[str, Signs]) -> list[str]:
    """The cells of the chosen columns, in the order of ``LISTED``; numbers as they are understood."""
    texts = []
    for name in LISTED:
        at = columns.get(name)
        cell = row.cells[at] if at is not None and at < len(row.cells) else ""
        texts.append(_understood(name, cell, signs[name]) if name in signs else shown(cell))
    return texts


def _understood(name: str, cell: Cell, signs: Signs) -> str:
    if is_blank(name, cell):
        return ""
    try:
        value = read_value(name, cell, signs)
    except Unreadable:
        return shown(cell)
    return plain_money(Decimal(str(value))) if name in AMOUNTS else format_number(Decimal(str(value)))


def refused_sheet(table: Table, refused: Sequence[Refused]) -> Sheet:
    """The refused rows unchanged, with their reasons, to be corrected and imported again."""
    width = len(column_labels(table))
    titles = [*table.headings, *[""] * (width - len(table.headings))]
    above = [*(Heading(title, width=20) for title in titles), Heading("Linha", width=8), Heading("Motivo", width=60)]
    rows = ([*_values(one.row, width), one.row.line, one.reason] for one in refused)
    return Sheet("Recusados", above, rows)


def _values(row: TableRow, width: int) -> list[str | Decimal | None]:
    values = [cell.shown if isinstance(cell, Unusable) else cell for cell in row.cells]
    return [*values, *[None] * (width - len(values))]
