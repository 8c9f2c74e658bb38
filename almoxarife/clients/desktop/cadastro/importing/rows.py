"""From the columns of somebody's spreadsheet to the rows that ``POST /produtos/importar`` takes. No widget here.

Only what the spreadsheet alone knows is judged here, how it writes numbers and units; the
rest is the server's word. A cell that is empty says nothing: what the product has stays.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from almoxarife.brazil import format_number, parse_money, parse_number
from almoxarife.tables.reader import Cell, Table, TableRow
from almoxarife.tables.writer import Heading, Sheet
from almoxarife.wire.catalog import ImportedRow, ImportReport, RowOutcome, Unit
from almoxarife.wire.fields import fold

NAME, UNIT, BARCODE, MINIMUM, PRICE = "nome", "unidade", "codigo_barras", "estoque_minimo", "preco"
LABELS = {NAME: "Produto", UNIT: "Unidade", BARCODE: "Código de barras", MINIMUM: "Estoque mínimo", PRICE: "Preço"}

# From the surest to the vaguest; a heading is taken by the first field that knows it.
_HEADINGS = {
    BARCODE: ("codigo de barras", "cod de barras", "cod barras", "codigo barras", "barras", "ean", "gtin"),
    MINIMUM: ("estoque minimo", "minimo", "est minimo", "est min", "qtd minima", "ponto de pedido"),
    PRICE: ("preco", "preco de venda", "preco venda", "valor", "valor de venda", "valor unitario", "preco unitario"),
    UNIT: ("unidade", "un", "und", "unid", "unidade de medida", "medida", "um"),
    NAME: ("nome", "produto", "nome do produto", "descricao", "descricao do produto", "item", "mercadoria"),
}
_UNITS = {
    "und": Unit.UN, "unid": Unit.UN, "unidade": Unit.UN, "unidades": Unit.UN,
    "caixa": Unit.CX, "cxa": Unit.CX,
    "peca": Unit.PC, "pecas": Unit.PC, "pca": Unit.PC,
    "pacote": Unit.PCT, "pcte": Unit.PCT, "pt": Unit.PCT,
    "pr": Unit.PAR, "pares": Unit.PAR,
    "duzia": Unit.DZ, "dza": Unit.DZ,
    "kgs": Unit.KG, "kilo": Unit.KG, "quilo": Unit.KG, "quilos": Unit.KG,
    "gr": Unit.G, "grama": Unit.G, "gramas": Unit.G,
    "lt": Unit.L, "lts": Unit.L, "litro": Unit.L, "litros": Unit.L,
    "mt": Unit.M, "mts": Unit.M, "metro": Unit.M, "metros": Unit.M,
    "m²": Unit.M2, "m³": Unit.M3,
}  # fmt: skip
"""What spreadsheets write for the units of an invoice, folded."""

_CENTAVO = Decimal("0.01")
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


@dataclass(frozen=True)
class Verdict:
    """What an import would do. ``good`` is what is sent when it is confirmed: this, or nothing."""

    new: int
    changed: int
    same: int
    refused: list[Refused]
    good: Prepared

    @property
    def writes(self) -> int:
        return self.new + self.changed


def guess_columns(headings: Sequence[str]) -> dict[str, int]:
    """The fields whose column can be told by its heading."""
    folded = [_plain(heading) for heading in headings]
    found: dict[str, int] = {}
    for name, known in _HEADINGS.items():
        column = next((folded.index(word) for word in known if word in folded), None)
        if column is not None:
            found[name] = column
    return found


def prepare(table: Table, columns: Columns, *, decimal_point: bool) -> Prepared:
    """``decimal_point``: the texts of this file write "19.90" where Brazil writes "19,90"."""
    prepared = Prepared()
    for row in table.rows:
        cells = {name: row.cells[at] for name, at in columns.items() if at < len(row.cells) and row.cells[at] != ""}
        if not cells:
            continue  # A row of other columns: a total, a remark.
        try:
            values = {name: _value(name, cell, decimal_point=decimal_point) for name, cell in cells.items()}
        except _Unreadable as error:
            prepared.refused.append(Refused(row, str(error)))
        else:
            prepared.values.append({NAME: "", **values})
            prepared.sources.append(row)
    return prepared


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
    return Verdict(report.new, report.changed, report.same, refused, good)


def nothing_good(prepared: Prepared) -> Verdict:
    """Where there is nothing to ask the server about."""
    return Verdict(0, 0, 0, prepared.refused, Prepared())


def with_refused(verdict: Verdict, earlier: Sequence[Refused]) -> Verdict:
    """The verdict on what was good, and what was refused before that."""
    refused = sorted([*earlier, *verdict.refused], key=lambda one: one.row.line)
    return replace(verdict, refused=refused)


class _Unreadable(ValueError):
    """The sentence says what is wrong with the cell."""


def _plain(heading: str) -> str:
    """ "Preço (R$)*" as "preco": what stands in brackets, and signs, do not name the column."""
    text = fold(heading).partition("(")[0].replace("_", " ").replace(".", " ").replace("-", " ")
    return " ".join(text.strip("*:# ").split())


def _value(name: str, cell: Cell, *, decimal_point: bool) -> object:
    """As the wire wants it. Raises _Unreadable."""
    if name == UNIT:
        text = str(cell)
        return _UNITS.get(fold(text).strip(" ."), text.strip(" .").upper())
    if name == BARCODE:
        return "".join(_digits(cell).split())
    if name == NAME:
        return _digits(cell)
    return _quantity(cell, decimal_point) if name == MINIMUM else _money(cell, decimal_point)


def _digits(cell: Cell) -> str:
    """A spreadsheet keeps a barcode, or a name of digits alone, as a number."""
    return cell if isinstance(cell, str) else format(cell.normalize(), "f")


def _quantity(cell: Cell, decimal_point: bool) -> int | float:
    number = cell if isinstance(cell, Decimal) else _read(parse_number, MINIMUM, cell, decimal_point)
    return int(number) if number == number.to_integral_value() else float(number)


def _money(cell: Cell, decimal_point: bool) -> str:
    if isinstance(cell, Decimal):
        amount = cell.quantize(_CENTAVO, ROUND_HALF_UP)  # As the spreadsheet shows the result of a formula.
    else:
        amount = _read(parse_money, PRICE, cell, decimal_point)
    if amount < 0:
        raise _Unreadable(f"{LABELS[PRICE]}: não pode ser negativo.")
    return f"{amount:.2f}"


def _read(parse: Callable[[str], Decimal], name: str, text: str, decimal_point: bool) -> Decimal:
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
        texts.append(cell if isinstance(cell, str) else format_number(cell))
    return texts


def summary(verdict: Verdict) -> str:
    """ "20.000 linhas: 19.000 novos, 800 alterados, 63 iguais, 137 recusados."."""
    total = verdict.new + verdict.changed + verdict.same + len(verdict.refused)
    counts = (
        (verdict.new, "novo", "novos"),
        (verdict.changed, "alterado", "alterados"),
        (verdict.same, "igual", "iguais"),
        (len(verdict.refused), "recusado", "recusados"),
    )
    told = ", ".join(f"{format_number(n)} {one if n == 1 else many}" for n, one, many in counts if n)
    return f"{format_number(total)} {'linha' if total == 1 else 'linhas'}: {told}."


def refused_sheet(table: Table, refused: Sequence[Refused]) -> Sheet:
    """The refused rows as they came, and why: to be put right and imported again."""
    width = len(column_labels(table))
    titles = [*table.headings, *[""] * (width - len(table.headings))]
    headings = [*(Heading(title, width=20) for title in titles), Heading("Linha", width=8), Heading("Motivo", width=60)]
    rows = ([*one.row.cells, *[None] * (width - len(one.row.cells)), one.row.line, one.reason] for one in refused)
    return Sheet("Recusados", headings, rows)


def _letters(at: int) -> str:
    """ "A" to "Z", then "AA"."""
    above, within = divmod(at, 26)
    return (_letters(above - 1) if above else "") + chr(ord("A") + within)
