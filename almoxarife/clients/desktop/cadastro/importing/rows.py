"""From the columns of somebody's spreadsheet to the rows that ``POST /produtos/importar`` takes. No widget here.

Only what the spreadsheet alone knows is judged here, how it writes numbers and units; the
rest is the server's word. A cell that is empty says nothing: what the product has stays.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from almoxarife.brazil import format_number, parse_money, parse_number
from almoxarife.tables import headings, notation
from almoxarife.tables.cells import Cell, LeftOut, Table, TableRow, Unusable, as_text, shown
from almoxarife.tables.headings import BARCODE, MINIMUM, NAME, PRICE, UNIT
from almoxarife.tables.notation import Notation
from almoxarife.tables.writer import Heading, Sheet
from almoxarife.wire.catalog import ImportedRow, ImportReport, RowOutcome
from almoxarife.wire.codes.units import read_unit

LABELS = {NAME: "Produto", UNIT: "Unidade", BARCODE: "Código de barras", MINIMUM: "Estoque mínimo", PRICE: "Preço"}

_CENTAVO = Decimal("0.01")
_NOTHING = "Não tem nada nas colunas escolhidas."
_POINT_FOR_COMMA = str.maketrans(",.", ".,")

Columns = Mapping[str, int]
"""Which column of the table holds which field, by wire name; a field may have none."""
Values = dict[str, object]


@dataclass(frozen=True)
class Refused:
    row: TableRow
    reason: str


@dataclass
class Prepared:
    """The rows as they are sent, and those that cannot be."""

    values: list[Values] = field(default_factory=list)
    sources: list[TableRow] = field(default_factory=list)
    """Where each of ``values`` comes from."""
    refused: list[Refused] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    """What is no product: titles, remarks. With ``values`` and ``refused``, all rows of the file."""


@dataclass(frozen=True)
class Verdict:
    """What an import would do. ``good`` is what is sent when it is confirmed: this, or nothing."""

    new: int
    changed: int
    same: int
    refused: list[Refused]
    good: Prepared
    left_out: Sequence[LeftOut] = ()

    @property
    def set_aside(self) -> list[Refused | LeftOut]:
        """What is not written, in the order of the file."""
        return sorted([*self.refused, *self.left_out], key=lambda one: one.row.line)

    @property
    def writes(self) -> int:
        return self.new + self.changed


def guess_columns(names: Sequence[str], rows: Sequence[TableRow] = ()) -> dict[str, int]:
    """The fields whose column can be told by its heading, and where two could, by what is in it."""

    def is_empty(at: int) -> bool:
        return bool(rows) and not any(row.cells[at : at + 1] not in {(), ("",)} for row in rows)

    return headings.guess_columns(names, is_empty)


def prepare(table: Table, columns: Columns, *, decimal_point: bool | None = None) -> Prepared:
    """``decimal_point``: this file writes "19.90" where Brazil writes "19,90"; None where nobody has said."""
    prepared = Prepared(left_out=list(table.left_out))
    notations = _judge_notations(table, columns)
    for row in table.rows:
        cells = {name: row.cells[at] for name, at in columns.items() if at < len(row.cells) and row.cells[at] != ""}
        if row.problem:
            prepared.refused.append(Refused(row, row.problem))
            continue
        if not cells:
            prepared.left_out.append(LeftOut(row, _NOTHING))
            continue
        try:
            values = {
                name: _value(name, cell, _Signs(notations.get(name, Notation.EITHER), decimal_point))
                for name, cell in cells.items()
            }
        except _Unreadable as error:
            prepared.refused.append(Refused(row, str(error)))
        else:
            prepared.values.append({NAME: "", **values})
            prepared.sources.append(row)
    return prepared


def asks_for_decimals(table: Table, columns: Columns) -> bool:
    """Whether a person has to say which sign this file writes before the centavos."""
    return bool({Notation.UNDECIDED, Notation.BOTH} & set(_judge_notations(table, columns).values()))


def _judge_notations(table: Table, columns: Columns) -> dict[str, Notation]:
    """Of the columns of numbers; one that cannot be told by itself is written like the other."""
    found = {
        name: notation.judge(
            cell for row in table.rows if not row.problem for cell in row.cells[at : at + 1] if isinstance(cell, str)
        )
        for name, at in columns.items()
        if name in {MINIMUM, PRICE}
    }
    told = {Notation.COMMA, Notation.POINT} & set(found.values())
    if len(told) == 1:
        found = {name: told.copy().pop() if one is Notation.UNDECIDED else one for name, one in found.items()}
    return found


def judge(prepared: Prepared, report: ImportReport) -> Verdict:
    """The server's report, told by the lines of the spreadsheet."""
    good = Prepared()
    refused = list(prepared.refused)
    for values, source, outcome in zip(prepared.values, prepared.sources, report.rows, strict=True):
        if outcome.outcome is RowOutcome.REFUSED:
            refused.append(Refused(source, _reason(outcome, prepared.sources)))
        else:
            good.values.append(values)
            good.sources.append(source)
    refused.sort(key=lambda one: one.row.line)
    return Verdict(report.new, report.changed, report.same, refused, good, prepared.left_out)


def nothing_good(prepared: Prepared) -> Verdict:
    """Where there is nothing to ask the server about."""
    return Verdict(0, 0, 0, prepared.refused, Prepared(), prepared.left_out)


def with_earlier(verdict: Verdict, earlier: Verdict) -> Verdict:
    """The verdict on what was good, and what was refused or left out before that."""
    refused = sorted([*earlier.refused, *verdict.refused], key=lambda one: one.row.line)
    return replace(verdict, refused=refused, left_out=earlier.left_out)


class _Unreadable(ValueError):
    """The sentence says what is wrong with the cell."""


@dataclass(frozen=True)
class _Signs:
    """Which sign stands before the decimals: as the column shows it, and as a person says."""

    column: Notation
    decimal_point: bool | None

    @property
    def are_doubted(self) -> bool:
        """Whether what can be read in two ways cannot be read."""
        if self.decimal_point is None or self.column is Notation.BOTH:
            return self.column in {Notation.UNDECIDED, Notation.BOTH}
        return self.column is (Notation.COMMA if self.decimal_point else Notation.POINT)

    def is_point(self, text: str) -> bool:
        if self.decimal_point is not None:
            return self.decimal_point
        if self.column is Notation.BOTH:
            return notation.judge([text]) is Notation.POINT
        return self.column is Notation.POINT


def _value(name: str, cell: Cell, signs: _Signs) -> object:
    """As the wire wants it. Raises _Unreadable."""
    if isinstance(cell, Unusable):
        raise _Unreadable(f"{LABELS[name]}{f' “{cell.shown}”' if cell.shown else ''}: {cell.reason}")
    if name == UNIT:
        return read_unit(as_text(cell))  # what is not known is the server's to judge
    if name == BARCODE:
        return "".join(as_text(cell).split())
    if name == NAME:
        return as_text(cell)
    return _quantity(cell, signs) if name == MINIMUM else _money(cell, signs)


def _quantity(cell: str | Decimal, signs: _Signs) -> int | float:
    number = cell if isinstance(cell, Decimal) else _read(parse_number, MINIMUM, cell, signs)
    return int(number) if number == number.to_integral_value() else float(number)


def _money(cell: str | Decimal, signs: _Signs) -> str:
    if isinstance(cell, Decimal):
        amount = cell.quantize(_CENTAVO, ROUND_HALF_UP)  # As the spreadsheet shows the result of a formula.
    else:
        amount = _read(parse_money, PRICE, cell, signs)
    if amount < 0:
        raise _Unreadable(f"{LABELS[PRICE]}: não pode ser negativo.")
    return f"{amount:.2f}"


def _read(parse: Callable[[str], Decimal], name: str, text: str, signs: _Signs) -> Decimal:
    if signs.are_doubted and notation.is_ambiguous(text):
        raise _Unreadable(
            f"{LABELS[name]} “{text}”: não se sabe se o sinal separa milhares ou decimais. Escolha isso acima,"
            " ou escreva o número por inteiro, como 1.234,50."
        )
    decimal_point = signs.is_point(text)
    swapped = text.translate(_POINT_FOR_COMMA) if decimal_point else text
    try:
        return parse(swapped)
    except ValueError as error:
        sentence = str(error).translate(_POINT_FOR_COMMA) if decimal_point else str(error)
        raise _Unreadable(f"{LABELS[name]} “{text}”: {sentence[0].lower()}{sentence[1:]}") from None


def _reason(outcome: ImportedRow, sources: Sequence[TableRow]) -> str:
    """Every sentence, with its column where it does not say it itself."""
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
    """ "B · Preço", as the spreadsheet itself names its columns."""
    width = max([len(table.headings), *(len(row.cells) for row in table.rows)])
    names = [*table.headings, *[""] * (width - len(table.headings))]
    return [f"{_letters(at)} · {name}" if name else _letters(at) for at, name in enumerate(names)]


def cells_of(row: TableRow, columns: Columns) -> list[str]:
    """What the chosen columns hold, in the order of ``LABELS``."""
    texts = []
    for name in LABELS:
        at = columns.get(name)
        cell = row.cells[at] if at is not None and at < len(row.cells) else ""
        texts.append(shown(cell))
    return texts


def read_sentence(table: Table) -> str:
    """ "20.000 linhas lidas, 1 deixada de fora. Confira as colunas."."""
    count, aside = len(table.rows), len(table.left_out)
    left = f", {format_number(aside)} {'deixada' if aside == 1 else 'deixadas'} de fora" if aside else ""
    untitled = "" if table.headings else " Não há títulos: diga o que é cada coluna."
    said = "".join(f" {note}" for note in table.notes)
    read = f"{format_number(count)} {'linha lida' if count == 1 else 'linhas lidas'}{left}."
    return f"{read}{untitled}{said} Confira as colunas."


def summary(verdict: Verdict) -> str:
    """ "20.000 linhas: 19.000 novos, 800 alterados, 63 iguais, 137 recusados."."""
    total = verdict.new + verdict.changed + verdict.same + len(verdict.refused) + len(verdict.left_out)
    counts = (
        (verdict.new, "novo", "novos"),
        (verdict.changed, "alterado", "alterados"),
        (verdict.same, "igual", "iguais"),
        (len(verdict.refused), "recusado", "recusados"),
        (len(verdict.left_out), "deixada de fora", "deixadas de fora"),
    )
    told = ", ".join(f"{format_number(n)} {one if n == 1 else many}" for n, one, many in counts if n)
    return f"{format_number(total)} {'linha' if total == 1 else 'linhas'}: {told}."


def written_sentence(report: ImportReport) -> str:
    done = report.new + report.changed
    return f"{format_number(done)} {'produto importado' if done == 1 else 'produtos importados'}."


def advice(verdict: Verdict) -> str:
    """What to do with those that were not written."""
    count = len(verdict.refused)
    if not count:
        return ""
    left = "ficou de fora: salve-o" if count == 1 else "ficaram de fora: salve-os"
    return f"{format_number(count)} {left}, corrija e importe de novo."


def refused_sheet(table: Table, refused: Sequence[Refused]) -> Sheet:
    """The refused rows as they came, and why: to be put right and imported again."""
    width = len(column_labels(table))
    titles = [*table.headings, *[""] * (width - len(table.headings))]
    above = [*(Heading(title, width=20) for title in titles), Heading("Linha", width=8), Heading("Motivo", width=60)]
    rows = ([*_values(one.row, width), one.row.line, one.reason] for one in refused)
    return Sheet("Recusados", above, rows)


def _values(row: TableRow, width: int) -> list[str | Decimal | None]:
    values = [cell.shown if isinstance(cell, Unusable) else cell for cell in row.cells]
    return [*values, *[None] * (width - len(values))]


def _letters(at: int) -> str:
    """ "A" to "Z", then "AA"."""
    above, within = divmod(at, 26)
    return (_letters(above - 1) if above else "") + chr(ord("A") + within)
