"""Joins a product's name with its variation, which has its own row: "Camiseta" and "P" become "Camiseta P".

Square, Shopify and Nuvemshop export such rows; the latter two name the product only in its first row.
WooCommerce, Bling and Tiny also write a parent row "Camiseta", which is not a product and is left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from almoxarife.tables import columns
from almoxarife.tables.cells import Cell, LeftOut, Table, TableRow, as_text, trimmed
from almoxarife.tables.headings import IS_SOLD, STOCK_AND_CODES, guess_columns, plain
from almoxarife.tables.vocabulary.fields import NAME, STATUS, STOCK
from almoxarife.wire.fields import fold

_WHOLE = {"variation name", "nome variacao"}
"""Headings of a column with the whole variation, as "P". In "Nome da variação 1" is what it is: "Tamanho"."""
_PARTS = {f"{name} {at}" for name in ("valor variacao", "option value") for at in (1, 2, 3)} | {
    f"{name[0]}{at}{name[1]}" for name in (("option", " value"), ("valor opcao", "")) for at in (1, 2, 3)
}
_OWNER = {"handle", "url handle", "identificador url"}
_NONE = {"regular", "normal", "default", "default title", "padrao", "unico", "unica"}
"""Names of the variation of products that have only one."""
_PARENT = {"codigo pai", "sku pai", "ascendente", "parent", "parent sku"}
_KEYS = {"id", "sku", "codigo"}
_ATTRIBUTE_HEADINGS = set(map(plain, (
    "Cor", "Tamanho", "Tam", "Numeração", "Voltagem", "Sabor", "Fragrância", "Aroma", "Variação", "Medida",
    "Complemento", "Embalagem", "Apresentação", "Peso", "Volume", "Conteúdo",
)))  # fmt: skip
_MAKER_HEADINGS = set(map(plain, ("Marca", "Fabricante", "Modelo", "Laboratório", "Editora")))
_NOTHING_OWN = "Não tem nome, variação, código, preço nem estoque: é só mais uma imagem do produto acima."
_HAS_VARIATIONS = "Tem variações, que estão em linhas próprias."


def with_variations(table: Table) -> Table:
    words = [plain(heading) for heading in table.headings]
    table = _without_parents(table, words)
    parts = [at for at, word in enumerate(words) if word in _WHOLE and table.headings[at][-1:] not in {*"123"}][:1]
    parts = parts or [at for at, word in enumerate(words) if word in _PARTS]
    name_at = guess_columns(table.headings).get(NAME)
    if not parts:
        return _with_attributes(table, words)
    if name_at is None:
        return table
    owner_at = next((at for at, word in enumerate(words) if word in _OWNER), None)
    table = _without_further_images(table, words, name_at, parts)
    status_at = guess_columns(table.headings, known=IS_SOLD).get(STATUS)
    return replace(table, rows=tuple(_add_variations(table.rows, name_at, parts, owner_at, status_at)))


def _without_further_images(table: Table, words: Sequence[str], name_at: int, parts: Sequence[int]) -> Table:
    """Leave out the rows that Shopify writes for a product's further images: of it they have the handle alone."""
    owner_at = next((at for at, word in enumerate(words) if word in _OWNER), None)
    if owner_at is None:
        return table
    fields = {**guess_columns(table.headings), **guess_columns(table.headings, known=STOCK_AND_CODES)}
    own = {name_at, *parts, *fields.values()}
    rest = {
        row.line
        for row in table.rows
        if not row.problem and _text(row.cells, owner_at) and all(row.cells[at : at + 1] in {(), ("",)} for at in own)
    }
    rows = tuple(row for row in table.rows if row.line not in rest)
    left_out = (LeftOut(row, _NOTHING_OWN) for row in table.rows if row.line in rest)
    return replace(table, rows=rows, left_out=(*table.left_out, *left_out)) if rest else table


def _add_variations(
    rows: Sequence[TableRow], name_at: int, parts: Sequence[int], owner_at: int | None, status_at: int | None
) -> Iterator[TableRow]:
    """Add the texts of the columns ``parts`` to each name.

    Rows of one owner may have the name, and the status, in the first of them only.
    """
    owner, name, status = "", "", ""
    for row in rows:
        if row.problem:
            yield row
            continue
        belongs_to = _text(row.cells, owner_at)
        if _text(row.cells, name_at) or not belongs_to or belongs_to != owner:
            owner, name, status = belongs_to, _text(row.cells, name_at), _text(row.cells, status_at)
        values = [value for at in parts if (value := _text(row.cells, at)) and fold(value) not in _NONE]
        cells = [*row.cells, *[""] * (name_at + 1 - len(row.cells))]
        if name:
            cells[name_at] = " ".join([name, *(value for value in values if not name.endswith(f" {value}"))])
        if status_at is not None and belongs_to and not _text(row.cells, status_at):
            cells += [""] * (status_at + 1 - len(cells))
            cells[status_at] = status
        yield replace(row, cells=trimmed(cells))


def _with_attributes(table: Table, words: Sequence[str]) -> Table:
    """Add color and size to the names of products that have the same one, and the make if that is not enough.

    "Camiseta" becomes "Camiseta Azul P". Where even that leaves two of them the same, all stay as they are.
    """
    attributes = [at for at, word in enumerate(words) if word in _ATTRIBUTE_HEADINGS]
    makes = [at for at, word in enumerate(words) if word in _MAKER_HEADINGS]
    name_at = columns.guess_columns(table.headings, table.rows).get(NAME) if attributes or makes else None
    if name_at is None:
        return table
    groups: dict[str, list[TableRow]] = {}
    for row in table.rows:
        if (name := _shown(row, name_at)) and not row.problem:
            groups.setdefault(fold(name), []).append(row)
    names: dict[int, str] = {}
    for group in groups.values():
        if len(group) > 1:
            names |= _tell_apart(group, name_at, attributes) or _tell_apart(group, name_at, attributes + makes)
    rows = (
        replace(row, cells=(*row.cells[:name_at], names[row.line], *row.cells[name_at + 1 :]))
        if row.line in names
        else row
        for row in table.rows
    )
    return replace(table, rows=tuple(rows))


def _tell_apart(group: Sequence[TableRow], name_at: int, places: Sequence[int]) -> dict[int, str]:
    """Longer names by line for rows of one name; empty if two of them would still be the same."""
    names = {
        row.line: _join(_shown(row, name_at), [_attribute(row, at) for at in places if at != name_at]) for row in group
    }
    return names if len(set(map(fold, names.values()))) == len(group) else {}


def _join(name: str, values: Sequence[str]) -> str:
    """The name followed by those values that it does not contain yet."""
    words = f" {fold(name)} "
    return " ".join([name, *(value for value in values if value and f" {fold(value)} " not in words)])


def _without_parents(table: Table, words: Sequence[str]) -> Table:
    """Leave out rows that other rows name as their parent, unless they have stock."""
    parent_at = next((at for at, word in enumerate(words) if word in _PARENT), None)
    named = {_shown(row, parent_at).removeprefix("id:") for row in table.rows} - {""}
    if not named:
        return table
    keys = [at for at, word in enumerate(words) if word in _KEYS]
    stock_at = guess_columns(table.headings, known=STOCK_AND_CODES).get(STOCK)
    parents = {
        row.line
        for row in table.rows
        if not _shown(row, parent_at) and any(_shown(row, at) in named for at in keys)
        if _shown(row, stock_at).strip("0,.") == ""
    }
    rows = tuple(row for row in table.rows if row.line not in parents)
    left_out = (LeftOut(row, _HAS_VARIATIONS) for row in table.rows if row.line in parents)
    return replace(table, rows=rows, left_out=(*table.left_out, *left_out))


def _shown(row: TableRow, at: int | None) -> str:
    return as_text(row.cells[at]) if at is not None and at < len(row.cells) and not row.problem else ""


def _attribute(row: TableRow, at: int) -> str:
    """The cell as a part of a name: the number 1.5 of a spreadsheet is "1,5"."""
    text = _shown(row, at)
    return text.replace(".", ",") if text and isinstance(row.cells[at], Decimal) else text


def _text(cells: Sequence[Cell], at: int | None) -> str:
    cell = cells[at] if at is not None and at < len(cells) else ""
    return cell if isinstance(cell, str) else ""
