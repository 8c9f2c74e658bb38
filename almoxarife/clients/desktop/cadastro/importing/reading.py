"""Options for reading a file (sheet, encoding, delimiter…), remembered for each kind of file. No widget here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from almoxarife.tables.cells import Dialect, Table
from almoxarife.tables.columns import Columns, guess_all_columns
from almoxarife.tables.doubts.shops import NO_SHOPS, ShopNames, find_stock_of, is_of_another, names_a_shop
from almoxarife.tables.headings import plain
from almoxarife.tables.product_cells import LABELS
from almoxarife.tables.text.delimited import DELIMITERS
from almoxarife.tables.text.encodings import CODE_PAGES, UTF_8, UTF_16
from almoxarife.tables.text.fixed_width import FIXED
from almoxarife.tables.text.spaced import KINDS
from almoxarife.tables.vocabulary.fields import STOCK

SHEET, ENCODING, DELIMITER, HEADINGS, DECIMALS = "aba", "letras", "separador", "titulos", "decimais"
_SHOP = "loja"

OPTIONS = {SHEET: "Aba", ENCODING: "Letras", DELIMITER: "Separador", HEADINGS: "Títulos", DECIMALS: "Decimais"}

_ENCODINGS = {
    UTF_8: "UTF-8",
    UTF_16: "UTF-16",
    "cp1252": "Windows",
    "cp850": "DOS",
    "cp860": "DOS 860",
    "mac_roman": "Mac",
}
_DELIMITERS = {";": "ponto e vírgula", ",": "vírgula", "\t": "tabulação", "|": "barra", FIXED: FIXED}
_HEADINGS = {"sim": "na primeira linha", "não": "não há"}
_DECIMALS = {"coluna": "pela coluna", "vírgula": "vírgula: 19,90", "ponto": "ponto: 19.90"}
_MAX_KINDS = 20


@dataclass(frozen=True)
class Choice:
    """A person's choices about reading a file. What was not chosen is detected."""

    chosen: Mapping[str, str] = field(default_factory=dict)
    columns: Columns | None = None
    kind: str = ""
    """The kind of file (``kind_of``) as detected without any choice."""
    shop: str = ""
    """The name of the shop for which the columns were chosen."""

    def choose(self, name: str, value: str) -> "Choice":
        """Set an option. All but the decimal sign change the columns, so chosen columns are dropped."""
        columns = self.columns if name == DECIMALS else None
        return replace(self, chosen={**self.chosen, name: value}, columns=columns)

    @property
    def dialect(self) -> Dialect:
        headings = self.chosen.get(HEADINGS)
        return Dialect(
            sheet=self.chosen.get(SHEET),
            encoding=self.chosen.get(ENCODING),
            delimiter=self.chosen.get(DELIMITER),
            has_headings=None if headings is None else headings == "sim",
        )

    @property
    def decimal_point(self) -> bool | None:
        return {"vírgula": False, "ponto": True}.get(self.chosen.get(DECIMALS, ""))

    def columns_of(self, table: Table, shops: ShopNames = NO_SHOPS) -> Columns:
        """The chosen columns if the file has that many, or else guessed from the headings.

        Of several columns of stock, that of the shop that gets it is taken, and never that of another one. What was
        chosen for another shop is not: its column of stock may be that of the other one.
        """
        width = max([len(table.headings), *(len(row.cells) for row in table.rows)])
        if self.columns is None or any(at >= width for at in self.columns.values()):
            return _with_stock_of(shops, table, guess_all_columns(table.headings, table.rows))
        at = self.columns.get(STOCK, len(table.headings))
        is_of_any = at >= len(table.headings) or not names_a_shop(table.headings[at], shops.every)
        if is_of_any or self.shop == shops.chosen:
            return self.columns
        return _with_stock_of(shops, table, {name: at for name, at in self.columns.items() if name != STOCK})


def _with_stock_of(shops: ShopNames, table: Table, columns: Columns) -> Columns:
    """The columns with that of the chosen shop's stock, and without that of another shop."""
    stock = find_stock_of(shops.chosen, table)
    if stock is not None and stock not in columns.values():
        return {**columns, STOCK: stock}
    at = columns.get(STOCK, len(table.headings))
    if at < len(table.headings) and is_of_another(table.headings[at], shops):
        return {name: column for name, column in columns.items() if name != STOCK}
    return columns


@dataclass(frozen=True)
class Option:
    name: str
    labels: Mapping[str, str]
    """The labels, by value."""
    current: str


def list_options(table: Table, choice: Choice) -> list[Option]:
    """The options that this file has."""
    dialect = table.dialect
    options = []
    if len(table.sheets) > 1:
        options.append(Option(SHEET, {sheet: sheet for sheet in table.sheets}, dialect.sheet or ""))
    if dialect.encoding is not None:
        options.append(Option(ENCODING, {dialect.encoding: "várias", **_ENCODINGS}, dialect.encoding))
    if dialect.delimiter is not None:
        options.append(Option(DELIMITER, {dialect.delimiter: dialect.delimiter, **_DELIMITERS}, dialect.delimiter))
    options.append(Option(HEADINGS, _HEADINGS, "sim" if dialect.has_headings else "não"))
    options.append(Option(DECIMALS, _DECIMALS, choice.chosen.get(DECIMALS, "coluna")))
    return options


def kind_of(table: Table) -> str:
    """Identifies files from the same program: by their headings, or else the number of columns."""
    if table.headings:
        return "|".join(plain(heading)[:40] for heading in table.headings)[:1000]
    return f"sem títulos, {max(len(row.cells) for row in table.rows)}"


def remember(known: Mapping[str, Mapping[str, str]], kind: str, choice: Choice) -> dict[str, dict[str, str]]:
    """Add the choices for this kind; the least recently used kinds are dropped."""
    kept = {name: dict(values) for name, values in known.items() if name != kind}
    for name in list(kept)[: max(0, len(kept) - _MAX_KINDS + 1)]:
        del kept[name]
    columns = {name: str(at) for name, at in (choice.columns or {}).items()}
    return {**kept, kind: {**choice.chosen, **columns, **({_SHOP: choice.shop} if STOCK in columns else {})}}


def recall(known: Mapping[str, Mapping[str, str]], kind: str) -> Choice:
    """The choices for the last file of this kind, without invalid values."""
    values = known.get(kind, {})
    columns = {name: int(values[name]) for name in LABELS if _is_column(values.get(name, ""))}
    chosen = {name: value for name, value in values.items() if name == SHEET or value in _KNOWN.get(name, ())}
    return Choice(chosen, columns or None, shop=values.get(_SHOP, ""))


def _is_column(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 5


_KNOWN: Mapping[str, Sequence[str]] = {
    ENCODING: (UTF_8, UTF_16, *CODE_PAGES),
    DELIMITER: (*DELIMITERS, FIXED, *KINDS),
    HEADINGS: tuple(_HEADINGS),
    DECIMALS: tuple(_DECIMALS),
}
